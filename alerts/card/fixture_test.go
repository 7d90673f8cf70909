package card

import (
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"samleng"
	"samleng/alerts"
)

// names knows a few topics and places.
type names struct{}

func (names) Topic(id, language string) string {
	return map[string]string{"land en": "Land", "land km": "ដីធ្លី", "health en": "Health", "health km": "សុខភាព"}[id+" "+language]
}

func (names) Place(code, language string) string {
	return map[string]string{
		"17 en": "Siem Reap", "17 km": "ខេត្តសៀមរាប", "07 en": "Kampot", "07 km": "ខេត្តកំពត", "18 en": "Preah Sihanouk", "18 km": "ខេត្តព្រះសីហនុ",
	}[code+" "+language]
}

// links lead to the documentation's own domain.
type links struct{}

func (links) Page(a *samleng.Alert) string {
	return "https://samleng.example/?topic=" + a.Series.Topic + "&from=2026-11-21T07:00&to=2026-11-22T08:00"
}

func (links) Act(_ *samleng.Alert, action samleng.AlertAction) string {
	return "https://samleng.example/a/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygp" + string(action)
}

func renderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := New(Options{Names: names{}, Links: links{}, ClusterEnd: clusterEnd})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// clusterEnd is enough of what internal/app gives: a letter with all that belongs to it.
func clusterEnd(s string, i int) int {
	first, n := utf8.DecodeRuneInString(s[i:])
	below := false
	for i += n; i < len(s); i += n {
		var r rune
		r, n = utf8.DecodeRuneInString(s[i:])
		letter := r >= 0x1780 && r <= 0x17B3
		switch {
		case first >= 0x1780 && first <= 0x17D3 && (r >= 0x17B4 && r <= 0x17D3 || r == 0x17DD || letter && below):
			below = r == 0x17D2
		case unicode.Is(unicode.M, r):
		default:
			return i
		}
	}
	return i
}

func render(t testing.TB, r *Renderer, a *samleng.Alert, format alerts.Format, language string) alerts.Card {
	t.Helper()
	c, err := r.Card(a, format, language)
	if err != nil {
		t.Fatalf("%s %s: %v", format, language, err)
	}
	return c
}

var at = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

// peakOf is an alert with everything in it.
func peakOf() *samleng.Alert {
	day := samleng.History{Step: 15 * time.Minute, Start: at.Add(-24 * time.Hour), LastAlert: at.AddDate(0, 0, -19), LastScore: 2.6}
	for i := range 96 {
		expected := 3 + 2*float64(i%48)/48
		observed := expected + float64(i*7%5) - 2
		if i > 84 {
			observed += float64(i-84) * 3
		}
		day.Expected, day.Observed = append(day.Expected, expected), append(day.Observed, observed)
	}
	return &samleng.Alert{
		Episode: "0123456789abcdef0123456789abcdef", Number: 1, State: samleng.AlertOpened, Level: samleng.LevelWarning, Rule: "topics",
		Series: samleng.Series{Topic: "land", Place: "17"}, At: at, Since: at, Start: at.Add(-3 * time.Hour), End: at,
		Changes: []samleng.Change{
			{Signal: samleng.SignalVolume, Observed: 237, Expected: 56.4, Low: 38, High: 77, Score: 3.2, LogP: 9.1},
			{Signal: samleng.SignalNegative, Observed: .62, Expected: .25, Low: .18, High: .33, Count: 201, Score: 3.4, LogP: 7},
		},
		Folded: []samleng.Series{{Topic: "land", Place: "17", Kind: samleng.KindSocial}, {Topic: "land", Place: "07"}},
		Tally:  samleng.Tally{Posts: 237, Stories: 41, Positive: 20, Neutral: 56, Negative: 125}, Stories: 41,
		Terms:    []string{"បណ្ដេញចេញ", "សំណង", "eviction", "bulldozer", "compensation"},
		Sources:  []samleng.ShareOf{{Value: "news", Tally: samleng.Tally{Posts: 90}}, {Value: "social", Tally: samleng.Tally{Posts: 147}}},
		Examples: examples(),
		Quality:  samleng.DataQuality{Coverage: .96, Lag: 4 * time.Minute, Late: .03, WarmUp: 12 * 7 * 24 * time.Hour, Tested: 412, Model: "topic 7, sentiment 5"},
		History:  day,
	}
}

func examples() []samleng.Example {
	return []samleng.Example{
		{
			Source: "Example Daily", URL: "https://news.example/land/1?a=1&b=2", Title: "Families in two villages say nobody told them of the road",
			Text: "Families in two villages near the new road say they learnt of its course from the markers in their fields.", Published: at.Add(-time.Hour), Label: samleng.Negative, Confidence: .91,
		},
		{
			Source: "សារព័ត៌មានគំរូ", URL: "https://news.example/%E1%9E%8A%E1%9E%B8", Title: "ប្រជាពលរដ្ឋសុំឱ្យមានដំណោះស្រាយលើបញ្ហាដីធ្លី",
			Text: "ប្រជាពលរដ្ឋក្នុងភូមិចំនួនពីរបានសុំឱ្យអាជ្ញាធរពន្យល់អំពីផ្លូវថ្មី ដែលកាត់តាមស្រែរបស់ពួកគាត់ និងអំពីសំណងដែលពួកគាត់នឹងទទួលបាន។ ពួកគាត់ថា មិនទាន់មាននរណាម្នាក់មកជួបទេ។", Published: at.Add(-2 * time.Hour), Label: samleng.Negative, Confidence: .84,
		},
		{Source: "Forum", Text: "When does <b>the meeting</b> begin & who may speak?", Published: at.Add(-30 * time.Minute), Label: samleng.Neutral, Confidence: .7},
	}
}
