package app

import (
	"fmt"
	"html"
	"strings"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/deliver"
	"samleng/classifiers/topic"
)

// newRenderer makes what writes cards.
func newRenderer(topics []topic.Definition, publicURL string) (deliver.Renderer, error) {
	r := &plainCards{topics: map[string]string{}, publicURL: publicURL}
	for i := range topics {
		r.topics[topics[i].ID] = topics[i].Name.Khmer + " / " + topics[i].Name.English
	}
	return r, nil
}

// plainCards writes an alert in a few lines.
type plainCards struct {
	topics    map[string]string
	publicURL string
}

// Card implements deliver.Renderer.
func (r *plainCards) Card(a *samleng.Alert, format alerts.Format, _ string) (alerts.Card, error) {
	zone := time.FixedZone("Asia/Phnom_Penh", 7*60*60)
	subject := r.topics[a.Series.Topic]
	if subject == "" {
		subject = a.Series.Topic + a.Series.Keyword
	}
	title := strings.TrimSpace(fmt.Sprintf("%s: %s %s", a.State, subject, a.Series.Place))
	lines := []string{title, a.Start.In(zone).Format("2006-01-02 15:04") + " - " + a.End.In(zone).Format("15:04")}
	for i := range a.Changes {
		c := &a.Changes[i]
		lines = append(lines, fmt.Sprintf("%s: %.4g, expected %.4g (%.4g-%.4g)", c.Signal, c.Observed, c.Expected, c.Low, c.High))
	}
	if len(a.Silent) > 0 {
		lines = append(lines, strings.Join(a.Silent, ", "))
	}
	if r.publicURL != "" {
		lines = append(lines, r.publicURL)
	}
	text := strings.Join(lines, "\n")
	card := alerts.Card{Title: title, Text: text}
	if format != alerts.FormatPlain {
		card.Markup = html.EscapeString(text)
	}
	return card, nil
}
