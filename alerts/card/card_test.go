package card

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"github.com/google/go-cmp/cmp"

	"samleng"
	"samleng/alerts"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

func silent() *samleng.Alert {
	return &samleng.Alert{
		Episode: strings.Repeat("5", 32), Number: 1, State: samleng.AlertOpened, Level: samleng.LevelWarning, Rule: "silence", At: at, Start: at.Add(-40 * time.Minute), End: at,
		Changes: []samleng.Change{{Signal: samleng.SignalSilence, Observed: 2}}, Silent: []string{"Example Daily", "សារព័ត៌មានគំរូ"},
		Quality: samleng.DataQuality{Coverage: .61},
	}
}

// cases are the alerts of testdata.
func cases() map[string]*samleng.Alert {
	urgent := peakOf()
	urgent.State, urgent.Number, urgent.Level = samleng.AlertEscalated, 2, samleng.LevelUrgent
	closed := peakOf()
	closed.State, closed.Number, closed.Since, closed.Start, closed.Peak, closed.Examples = samleng.AlertClosed, 3, at.Add(-7*time.Hour), at.Add(-7*time.Hour), 4.1, nil
	closed.Changes[0].Start, closed.Changes[0].End = at.Add(-5*time.Hour), at.Add(-4*time.Hour)
	held := peakOf()
	held.State, held.Held, held.Quality.Coverage = samleng.AlertHeld, "only 31% of the sources were heard", .31
	burst := peakOf()
	burst.Burst, burst.Stories, burst.Tally.Stories, burst.Changes, burst.Level = true, 2, 2, burst.Changes[:1], samleng.LevelNotice
	back := silent()
	back.State, back.Number, back.Since = samleng.AlertClosed, 2, at.Add(-5*time.Hour)
	veiled := peakOf()
	veiled.Without, veiled.Cut, veiled.Sources = []samleng.Kind{samleng.KindSocial, samleng.KindSurvey}, true, veiled.Sources[:1]
	small := peakOf()
	small.State, small.Held, small.Without = samleng.AlertHeld, samleng.HeldSmall, []samleng.Kind{samleng.KindSocial}
	small.Changes, small.Tally, small.Stories, small.Sources, small.Terms, small.Examples, small.History = nil, samleng.Tally{}, 0, nil, nil, nil, samleng.History{}
	ended := peakOf()
	ended.State, ended.Number, ended.Ended, ended.Peak, ended.Examples = samleng.AlertClosed, 3, samleng.EndedChanged, 4.1, nil
	past := peakOf() // a second sign joins when the first is past its peak
	past.State, past.Number, past.Peak = samleng.AlertEscalated, 2, 5.4
	past.Changes[0].Start, past.Changes[0].End = at.Add(-15*time.Minute), at
	past.Changes[1].Start, past.Changes[1].End = at.Add(-3*time.Hour), at
	return map[string]*samleng.Alert{"past": past, "veiled": veiled, "ended": ended, "small": small, "opened": peakOf(), "escalated": urgent, "closed": closed, "held": held, "burst": burst, "silent": silent(), "back": back, "empty": {}}
}

func TestCardsAreAsWritten(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for name, a := range cases() {
		for _, language := range []string{samleng.Khmer, samleng.English, Both} {
			for _, format := range Formats() {
				if format != alerts.FormatTelegram && name != "opened" {
					continue
				}
				c := render(t, r, a, format, language)
				got := c.Title + "\n\n" + c.Markup + "\n"
				if format == alerts.FormatPlain {
					got = c.Title + "\n\n" + c.Text + "\n"
				}
				if c.Alt != "" {
					got += "\n" + c.Alt + "\n"
				}
				file := filepath.Join("testdata", name+"."+language+"."+string(format))
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s, want (-) got (+):\n%s", file, diff)
				}
			}
		}
	}
}

func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	defined := func(language string) map[string][]string {
		w, err := loadWords(language)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string][]string{}
		for _, d := range w.template.Templates() {
			if strings.HasSuffix(d.Name(), ".tmpl") || d.Tree == nil {
				continue
			}
			all[d.Name()] = fields(d.Root)
		}
		return all
	}
	km, en := defined(samleng.Khmer), defined(samleng.English)
	for name, uses := range en {
		other, there := km[name]
		if !there {
			t.Errorf("km.tmpl has no %q", name)
			continue
		}
		for _, f := range uses {
			// English alone tells one from many.
			if !slices.Contains(other, f) {
				t.Errorf("%q says nothing of %s in Khmer", name, f)
			}
		}
	}
	for name := range km {
		if _, there := en[name]; !there {
			t.Errorf("en.tmpl has no %q", name)
		}
	}
}

// fields lists what a sentence is filled with.
func fields(list *parse.ListNode) []string {
	found := regexp.MustCompile(`\.[A-Z][A-Za-z]+`).FindAllString(list.String(), -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestWordsOfHowOften(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for _, c := range []struct {
		score  float64
		en, km string
	}{
		{0, "", ""},
		{1, "more than once a day", "ច្រើនជាងម្ដងក្នុងមួយថ្ងៃ"},
		{1.5, "about 3 times a week", "ប្រហែល ៣ ដងក្នុងមួយសប្ដាហ៍"},
		{2, "about once a week", "ប្រហែលម្ដងក្នុងមួយសប្ដាហ៍"},
		{2.3, "about once in 2 weeks", "ប្រហែលម្ដងក្នុង ២ សប្ដាហ៍"},
		{3, "about once in 10 weeks", "ប្រហែលម្ដងក្នុង ១០ សប្ដាហ៍"},
		{3.8, "about once in 1 year", "ប្រហែលម្ដងក្នុង ១ ឆ្នាំ"},
		{5, "about once in 19 years", "ប្រហែលម្ដងក្នុង ១៩ ឆ្នាំ"},
		{300, "less than once in 100 years", "មិនដល់ម្ដងក្នុង ១០០ ឆ្នាំ"},
	} {
		if got := r.words["en"].often(c.score); got != c.en {
			t.Errorf("%v: %q, want %q", c.score, got, c.en)
		}
		if got := r.words["km"].often(c.score); got != c.km {
			t.Errorf("%v: %q, want %q", c.score, got, c.km)
		}
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"short", 5, "short"},
		{"  two\n\twords \u2029", 20, "two words"},
		{"longer words", 10, "longer wo…"},
		{"several short words", 16, "several short…"},
		{"unbreakable", 6, "unbre…"},
		{"ខ្មែរ", 5, "ខ្មែរ"},
		{"ខ្មែរខ្មែរ", 9, "ខ្មែរ…"},
		{"ខ្មែរ", 4, "…"},
		{"a\u202Eb\u0000c\xff", 9, "abc\uFFFD"},
		{"👩‍👧👩‍👧", 7, "👩‍👧…"},
		{"👩‍👧👩‍👧", 6, "👩‍👧…"},
		{"👩‍👧👩‍👧", 5, "…"},
		{"🇰🇭🇰🇭", 7, "🇰🇭…"},
		{"👍🏽👍🏽", 6, "👍🏽…"},
		{"é́x", 3, "é́x"},
	} {
		if got := r.clip(c.text, c.limit); got != c.want {
			t.Errorf("clip(%q, %d) = %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}

func TestWordsOfAPostCallNobody(t *testing.T) {
	t.Parallel()
	const hostile = "<!channel> <@U012> @here *bold* _it_ ~no~ `code` :joy: a|b <b>x</b> & &amp; http://x.example/?a=1&b=2 14:05:10"
	got := escapeSlack(hostile)
	for _, bad := range []string{"<", ">", "*", "_", "~", "`", "|", "@here", "@U", ":joy:"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q stands in %q", bad, got)
		}
	}
	if !strings.Contains(got, "14:05:10") {
		t.Errorf("the time is changed in %q", got)
	}
	if got := escapeTelegram("@someone /start #tag <a>"); strings.ContainsAny(got, "<>") || regexp.MustCompile(`[@/#][a-z]`).MatchString(got) {
		t.Errorf("%q", got)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "",
		"javascript:alert(1)":           "",
		"ftp://x.example":               "",
		"https://":                      "",
		"https://user:pass@x.example/":  "",
		"https://x.example/a?b=c&d=e#f": "https://x.example/a?b=c&d=e#f",
		"https://x.example/ក?q=ខ|\">":   "https://x.example/%E1%9E%80?q=%E1%9E%81%7C%22%3E",
		"https://x.ex\"ample/":          "",
		"https://x.example/" + strings.Repeat("a", maxURL): "",
	} {
		if got := address(text); got != want {
			t.Errorf("address(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestChart(t *testing.T) {
	t.Parallel()
	r, a := renderer(t), peakOf()
	first, second := render(t, r, a, alerts.FormatTelegram, Both), render(t, renderer(t), a, alerts.FormatSlack, samleng.English)
	if !bytes.Equal(first.Image, second.Image) {
		t.Error("the chart of one alert is not the same every time")
	}
	picture, err := png.Decode(bytes.NewReader(first.Image))
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != chartWidth || b.Dy() != chartHeight {
		t.Errorf("the chart has %v", b)
	}
	if len(first.Image) > 20_000 {
		t.Errorf("the chart has %d bytes", len(first.Image))
	}
	// Within the window, and above its bars, it is shaded.
	if r, g, b, _ := picture.At(chartWidth-right-80, top+20).RGBA(); r>>8 != 0xFD || g>>8 != 0xF0 || b>>8 != 0xD5 {
		t.Errorf("the window is not marked: %x %x %x", r>>8, g>>8, b>>8)
	}
	a.History.Observed = a.History.Observed[:1]
	if c := render(t, r, a, alerts.FormatTelegram, Both); c.Image != nil || c.Alt != "" {
		t.Error("there is a chart of one value")
	}
	for v, want := range map[float64]string{0: "0", .25: "0.25", 2500: "2500", 10000: "10k", 2.5e6: "2.5M"} {
		if got := short(v); got != want {
			t.Errorf("short(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	if _, err := r.Card(peakOf(), alerts.FormatMail, "fr"); err == nil {
		t.Error("a card in French")
	}
	if _, err := r.Card(peakOf(), "fax", "en"); err == nil {
		t.Error("a card by fax")
	}
	if _, err := New(Options{}); err == nil {
		t.Error("a renderer without names")
	}
}

// TestWhyItIsHeld says every reason in the language of the card.
func TestWhyItIsHeld(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	until := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	for _, reason := range []string{
		samleng.HeldForDigest, samleng.HeldNoChannel, samleng.HeldTogether, samleng.HeldFolded, samleng.HeldGap, samleng.HeldModel, samleng.HeldCoverage, samleng.HeldSilenced(until, "ព្រះរាជពិធី"),
	} {
		a := &samleng.Alert{State: samleng.AlertHeld, Held: reason, Series: samleng.Series{Topic: "land"}}
		c, err := r.Card(a, alerts.FormatPlain, samleng.Khmer)
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(c.Text, "\n")
		if line, _, _ := strings.Cut(body, "\n"); strings.ContainsFunc(line, func(r rune) bool { return r >= 'a' && r <= 'z' }) || !strings.Contains(line, "៖ ") {
			t.Errorf("%s: %s", reason, line)
		}
		if c, err = r.Card(a, alerts.FormatPlain, samleng.English); err != nil || !strings.Contains(c.Text, "Nobody was alerted: ") {
			t.Errorf("%s: %s, %v", reason, c.Text, err)
		}
	}
	c, err := r.Card(&samleng.Alert{State: samleng.AlertHeld, Held: samleng.HeldSilenced(until, "a festival")}, alerts.FormatPlain, samleng.English)
	if err != nil || !strings.Contains(c.Text, "silenced until 23 Nov 2026, 08:00: a festival") {
		t.Errorf("%s, %v", c.Text, err)
	}
	if c, err = r.Card(&samleng.Alert{State: samleng.AlertHeld, Held: "something else"}, alerts.FormatPlain, samleng.Khmer); err != nil || !strings.Contains(c.Text, "something else") {
		t.Errorf("%s, %v", c.Text, err)
	}
}

// TestStillGoingOn says that an alert is told because it stays, and not that it grew.
func TestStillGoingOn(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	opened := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	a := &samleng.Alert{State: samleng.AlertEscalated, Still: true, Since: opened, At: opened.Add(2 * time.Hour), Start: opened.Add(-time.Hour), End: opened, Series: samleng.Series{Topic: "land"}, Changes: []samleng.Change{{Signal: samleng.SignalVolume, Observed: 40, Expected: 10, Score: 3}}}
	for language, want := range map[string][]string{samleng.English: {"Still going on: Land", "It is still going on after 2 h."}, samleng.Khmer: {"នៅតែបន្ត៖ ដីធ្លី", "អស់រយៈពេល ២ ម៉ោង"}} {
		c, err := r.Card(a, alerts.FormatPlain, language)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(c.Text, w) {
				t.Errorf("lacks %q:\n%s", w, c.Text)
			}
		}
		if strings.Contains(c.Text, "ten times") || strings.Contains(c.Text, "ដប់ដង") {
			t.Errorf("says that it grew:\n%s", c.Text)
		}
	}
	a.Still, a.Silent, a.Changes = false, []string{"Forum"}, []samleng.Change{{Signal: samleng.SignalSilence}}
	if c, err := r.Card(a, alerts.FormatPlain, samleng.English); err != nil || !strings.Contains(c.Text, "More sources have gone silent.") || strings.Contains(c.Text, "Rising") {
		t.Errorf("%s, %v", c.Text, err)
	}
}
