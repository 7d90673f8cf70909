package card

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"samleng"
	"samleng/alerts"
)

func week() *samleng.Digest {
	midnight := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)
	return &samleng.Digest{
		Weekly: true, From: midnight.AddDate(0, 0, -7), To: midnight, Alerts: 3,
		Total: samleng.Tally{Posts: 8421, Stories: 3120, Positive: 900, Neutral: 4000, Negative: 1800}, Before: samleng.Tally{Posts: 7600, Positive: 1000, Neutral: 4000, Negative: 1000},
		Moved: []samleng.TopicTrend{
			{Topic: "land", Now: samleng.Tally{Posts: 930, Positive: 40, Neutral: 300, Negative: 500}, Before: samleng.Tally{Posts: 410, Positive: 60, Neutral: 200, Negative: 120}},
			{Topic: "health", Now: samleng.Tally{Posts: 210}, Before: samleng.Tally{Posts: 400, Positive: 60, Neutral: 200, Negative: 120}},
			{Topic: "elections", Hidden: true},
		},
		Emerging: []samleng.EmergingStory{{Title: "A new bridge opens", URL: "https://news.example/1", Source: "Example Daily", Sources: 7, Posts: 12}, {Title: "ស្ពានថ្មី", Source: "សារព័ត៌មានគំរូ", Sources: 1}},
		Sparse:   []string{"elections", "health"}, Quiet: []string{"Forum"},
		Noticed: []samleng.Alert{
			{State: samleng.AlertOpened, Series: samleng.Series{Topic: "land", Place: "17"}, Changes: []samleng.Change{{Signal: samleng.SignalVolume, Observed: 42, Expected: 10, Score: 3}}},
			{State: samleng.AlertOpened, Changes: []samleng.Change{{Signal: samleng.SignalSilence}}, Silent: []string{"Forum", "Example Daily"}},
		},
	}
}

func TestDigestsAreAsWritten(t *testing.T) {
	t.Parallel()
	r := renderer(t)
	// In the morning, of some topics and provinces, when nothing is known of the day before.
	morning := &samleng.Digest{
		From: week().To.Add(-17 * time.Hour), To: week().To.Add(7 * time.Hour), Topics: []string{"land", "health"}, Places: []string{"17", "07"}, Total: samleng.Tally{Posts: 12, Stories: 9},
	}
	for name, d := range map[string]*samleng.Digest{"digest.km": week(), "digest.en": week(), "morning.km": morning, "morning.en": morning} {
		_, language, _ := strings.Cut(name, ".")
		c, err := r.Digest(d, alerts.FormatPlain, language)
		if err != nil {
			t.Fatal(err)
		}
		got, file := c.Title+"\n\n"+c.Text+"\n", filepath.Join("testdata", name+".plain")
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
	named := week()
	named.Emerging[0].Post = samleng.NewPostID("p", "1")
	if c, err := r.Digest(named, alerts.FormatPlain, samleng.English); err != nil || len(c.Posts) == 0 || c.Posts[0] != named.Emerging[0].Post {
		t.Errorf("it says that it names %v, %v", c.Posts, err)
	}
	if _, err := r.Digest(week(), alerts.FormatMail, "fr"); err == nil {
		t.Error("a digest in French")
	}
}

func TestAnyDigestFits(t *testing.T) {
	t.Parallel()
	var l hostileLinks
	r, err := New(Options{Names: names{}, Links: &l, ClusterEnd: clusterEnd})
	if err != nil {
		t.Fatal(err)
	}
	for round := range 300 {
		m := &maker{Rand: rand.New(rand.NewPCG(6, uint64(round)))} //nolint:gosec // the same in every run
		l.m = m
		d := &samleng.Digest{
			Weekly: m.IntN(2) == 0, From: m.time(), To: m.time(), Total: m.tally(), Before: m.tally(), Alerts: m.integer(), Sparse: many(m, 20, m.text), Quiet: many(m, 20, m.text),
			Topics: many(m, 20, m.text), Places: many(m, 20, m.text), Noticed: many(m, 20, func() samleng.Alert { return *m.alert() }),
			Moved: many(m, 20, func() samleng.TopicTrend {
				return samleng.TopicTrend{Topic: m.text(), Now: m.tally(), Before: m.tally(), Hidden: m.IntN(5) == 0}
			}),
			Emerging: many(m, 20, func() samleng.EmergingStory {
				return samleng.EmergingStory{Title: m.text(), URL: "https://x.example/" + m.text(), Source: m.text(), Sources: m.integer()}
			}),
		}
		for _, format := range Formats() {
			for _, language := range []string{samleng.Khmer, samleng.English, Both} {
				c, err := r.Digest(d, format, language)
				if err != nil {
					t.Fatalf("round %d, %s, %s: %v", round, format, language, err)
				}
				faults := check(&c, format)
				_, split := m.split(&c, format)
				if faults = append(faults, split...); len(faults) > 0 {
					t.Fatalf("round %d, %s, %s: %s\n%s\n%s", round, format, language, strings.Join(faults, "; "), c.Markup, c.Text)
				}
			}
		}
	}
}
