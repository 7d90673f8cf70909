package app

import (
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/card"
	"samleng/alerts/link"
	"samleng/classifiers/place"
	"samleng/internal/config"
)

// TestCardOfARealTopic writes cards with the names that readers know, and reads their links.
func TestCardOfARealTopic(t *testing.T) {
	t.Parallel()
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	links, err := link.New("https://samleng.example", []byte(strings.Repeat("k", link.KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	cards, err := newCards(topics, links)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	for _, p := range place.Provinces() {
		a := &samleng.Alert{
			Episode: strings.Repeat("0", 32), Number: 1, State: samleng.AlertOpened, Level: samleng.LevelWarning, Rule: "topics", At: at, Start: at.Add(-time.Hour), End: at,
			Series: samleng.Series{Topic: topics[0].ID, Place: p.Code}, Changes: []samleng.Change{{Signal: samleng.SignalVolume, Observed: 40, Expected: 10, Low: 5, High: 16, Score: 3}},
		}
		c, err := cards.Card(a, alerts.FormatPlain, card.Both)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{topics[0].Name.Khmer, topics[0].Name.English, p.Khmer, p.English} {
			if !strings.Contains(c.Title, name) {
				t.Errorf("%s is missing in %q", name, c.Title)
			}
		}
		token := strings.TrimPrefix(links.Act(a, samleng.ActionFalse), "https://samleng.example"+link.Path)
		if claim, err := links.Claim(token, at); err != nil || claim.Place != p.Code || !strings.Contains(c.Text, token) {
			t.Errorf("claim %+v, %v", claim, err)
		}
	}
}
