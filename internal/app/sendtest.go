package app

import (
	"context"
	"html"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/all"
)

// TestMessage is what became of a test message.
type TestMessage struct {
	Receipt alerts.Receipt // empty: the channel gave none
	Took    time.Duration
	// Editable says that updates of an episode change its first message.
	Editable bool
	// Err is why it was not sent; nil: the other side has taken it.
	Err error
	// Unsure says that it may have gone out in spite of Err.
	Unsure bool
}

// sendTestTimeout is how long a test message may take.
const sendTestTimeout = 30 * time.Second

// SendTest sends one message to a channel, once: without outbox, rate limits or further attempts.
// The error is about the configuration; what the other side says is in TestMessage.
func SendTest(ctx context.Context, c *all.Channel, logger *slog.Logger) (TestMessage, error) {
	opened, err := c.Open(alerts.Deps{HTTP: &http.Client{}, Logger: logger, Now: time.Now})
	if err != nil {
		return TestMessage{}, err
	}
	return sendOnce(ctx, opened, testCard(opened.Traits().Format, c.Speaks(), c.ID), "test", c.ID), nil
}

// sendOnce sends a card under a name that no other has.
func sendOnce(ctx context.Context, opened alerts.Channel, card alerts.Card, name, channel string) TestMessage {
	now := time.Now()
	message := alerts.Message{
		Card: card,
		Key:  samleng.DeliveryKey{Episode: name + "-" + now.UTC().Format("20060102T150405.000"), Number: 1, Channel: channel},
	}
	ctx, cancel := context.WithTimeout(ctx, sendTestTimeout)
	defer cancel()
	var result TestMessage
	_, result.Editable = opened.(alerts.Editor)
	result.Receipt, result.Err = opened.Send(ctx, message)
	result.Took, result.Unsure = time.Since(now), alerts.IsUnsure(result.Err)
	result.Editable = result.Editable && result.Receipt != ""
	return result
}

// testCard is a card that says it is a test, in the languages of the channel.
func testCard(format alerts.Format, language, channel string) alerts.Card {
	var lines []string
	if language != all.English {
		lines = append(lines, "នេះជាសារសាកល្បងពី samleng។ ឆានែល «"+channel+"» ដំណើរការហើយ។")
	}
	if language != all.Khmer {
		lines = append(lines, "This is a test message of samleng. The channel \""+channel+"\" works.")
	}
	text := strings.Join(lines, "\n")
	card := alerts.Card{Title: "samleng: សារសាកល្បង / test", Text: text}
	switch format {
	case alerts.FormatTelegram:
		card.Markup = html.EscapeString(text)
	case alerts.FormatSlack:
		card.Markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	case alerts.FormatMail:
		card.Markup = "<!doctype html><html><body><p>" + strings.ReplaceAll(html.EscapeString(text), "\n", "</p><p>") + "</p></body></html>"
	case alerts.FormatPlain:
	}
	return card
}
