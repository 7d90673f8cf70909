package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/endpoint"
)

// channel is a chat that a bot writes into.
type channel struct {
	bot   string // the address up to the name of a method; it holds the token
	chat  string // changes when a group becomes a supergroup
	topic int
	deps  alerts.Deps
}

// receipt is what a message is known by.
type receipt struct {
	Message int64 `json:"message"`
	Photo   bool  `json:"photo,omitempty"` // the text is the caption of a photo
}

// Traits says what the chat takes.
func (c *channel) Traits() alerts.Traits {
	return alerts.Traits{Format: alerts.FormatTelegram, Limits: limits(c.chat), Peer: "telegram " + c.chat}
}

// Send writes a message. The chart goes with the text where that fits a caption; otherwise it
// follows as a message of its own, which is not tried again when it fails. Where pictures are
// refused, as a group can do, the text goes without.
func (c *channel) Send(ctx context.Context, m alerts.Message) (alerts.Receipt, error) {
	if len(m.Image) > 0 && width(m.Markup) <= MaxCaption {
		r, err := c.message(ctx, "sendPhoto", c.address(m), caption(m), &photo{"photo", m.Image})
		if class := samleng.ClassOf(err); class != samleng.Permanent && class != samleng.Unauthorised {
			return r, err
		}
		c.unsent(m, err)
		m.Image = nil
	}
	r, err := c.message(ctx, "sendMessage", c.address(m), text(m), nil)
	if err == nil && len(m.Image) > 0 {
		c.chart(ctx, m, r)
	}
	return r, err
}

// words are the fields of a message's text, as its markup or, where Telegram cannot read that, as
// plain text.
type words struct{ marked, plain map[string]any }

func text(m alerts.Message) words {
	noPreview := map[string]any{"is_disabled": true}
	return words{
		map[string]any{"text": m.Markup, "parse_mode": "HTML", "link_preview_options": noPreview},
		map[string]any{"text": m.Text, "link_preview_options": noPreview},
	}
}

func caption(m alerts.Message) words {
	return words{map[string]any{"caption": m.Markup, "parse_mode": "HTML"}, map[string]any{"caption": m.Text}}
}

// chart sends the picture that belongs to a message that has been sent.
func (c *channel) chart(ctx context.Context, m alerts.Message, to alerts.Receipt) {
	m.First, m.Silent = to, true
	if _, err := c.call(ctx, "sendPhoto", c.address(m), &photo{"photo", m.Image}); err != nil {
		c.unsent(m, err)
	}
}

// unsent says that a chart was not sent.
func (c *channel) unsent(m alerts.Message, err error) {
	c.deps.Logger.Warn("the chart of an alert was not sent", slog.String("channel", m.Key.Channel), slog.String("error", err.Error()))
}

// Edit changes the text of a message, and the chart where the message has one.
func (c *channel) Edit(ctx context.Context, first alerts.Receipt, m alerts.Message) error {
	var r receipt
	if err := json.Unmarshal([]byte(first), &r); err != nil || r.Message == 0 {
		return samleng.Errorf(samleng.Permanent, "edit a message of Telegram: %q is no receipt of one", first)
	}
	fields := map[string]any{"chat_id": c.chat, "message_id": r.Message}
	var err error
	switch {
	case !r.Photo:
		_, err = c.say(ctx, "editMessageText", fields, text(m), nil)
	case width(m.Markup) > MaxCaption:
		return samleng.Errorf(samleng.Permanent, "edit a message of Telegram: the text has outgrown the caption of a photo")
	case len(m.Image) == 0:
		_, err = c.say(ctx, "editMessageCaption", fields, caption(m), nil)
	default:
		w := caption(m)
		for _, media := range []map[string]any{w.marked, w.plain} {
			media["type"], media["media"] = "photo", "attach://chart"
		}
		w = words{map[string]any{"media": w.marked}, map[string]any{"media": w.plain}}
		_, err = c.say(ctx, "editMessageMedia", fields, w, &photo{"chart", m.Image})
	}
	if err != nil && strings.Contains(err.Error(), "message is not modified") {
		return nil
	}
	return err
}

// address is what every new message says about where it goes.
func (c *channel) address(m alerts.Message) map[string]any {
	fields := map[string]any{"chat_id": c.chat, "disable_notification": m.Silent}
	if c.topic > 0 {
		fields["message_thread_id"] = c.topic
	}
	var first receipt
	if json.Unmarshal([]byte(m.First), &first) == nil && first.Message != 0 {
		fields["reply_parameters"] = map[string]any{"message_id": first.Message, "allow_sending_without_reply": true}
	}
	return fields
}

// say makes a call with words: with their markup, or plain where that cannot be read.
func (c *channel) say(ctx context.Context, method string, fields map[string]any, w words, picture *photo) (json.RawMessage, error) {
	marked := maps.Clone(fields)
	maps.Copy(marked, w.marked)
	result, err := c.call(ctx, method, marked, picture)
	if err == nil || !strings.Contains(err.Error(), "can't parse entities") {
		return result, err
	}
	c.deps.Logger.Error("Telegram cannot read the markup of a card, which goes as plain text", slog.String("error", err.Error()))
	plain := maps.Clone(fields)
	maps.Copy(plain, w.plain)
	return c.call(ctx, method, plain, picture)
}

// message says something anew and gives its receipt.
func (c *channel) message(ctx context.Context, method string, fields map[string]any, w words, picture *photo) (alerts.Receipt, error) {
	result, err := c.say(ctx, method, fields, w, picture)
	if err != nil {
		return "", err
	}
	var written struct {
		ID int64 `json:"message_id"`
	}
	if json.Unmarshal(result, &written) != nil || written.ID == 0 {
		return "", nil //nolint:nilerr // taken, but it cannot be changed
	}
	b, err := json.Marshal(receipt{written.ID, picture != nil})
	if err != nil {
		return "", nil //nolint:nilerr // taken all the same
	}
	return alerts.Receipt(b), nil
}

// answer is how every answer of the Bot API begins.
type answer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`        // seconds
		MovedTo    int64 `json:"migrate_to_chat_id"` // of a group that became a supergroup
	} `json:"parameters"`
}

// call makes one call and gives its result, which is empty when the answer was cut off.
func (c *channel) call(ctx context.Context, method string, fields map[string]any, picture *photo) (json.RawMessage, error) {
	what := "call " + method + " of Telegram"
	body, kind, err := encode(fields, picture)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	got, err := endpoint.Post(ctx, c.deps.HTTP, endpoint.Request{
		What: what, URL: c.bot + method, Header: map[string][]string{"Content-Type": {kind}}, Body: body,
	})
	if err != nil {
		return nil, err
	}
	var a answer
	parsed := json.Unmarshal(got.Body, &a) == nil
	switch {
	case got.OK() && (!parsed || a.OK):
		return a.Result, nil
	case got.OK():
		return nil, samleng.Errorf(samleng.Permanent, "%s: %s", what, endpoint.Short(a.Description))
	}
	err = got.Err(what, a.Description, c.deps.Now())
	if wait := time.Duration(a.Parameters.RetryAfter) * time.Second; wait > samleng.WaitOf(err) {
		err = samleng.WithWait(samleng.ClassOf(err), wait, err)
	}
	if moved := a.Parameters.MovedTo; moved != 0 {
		c.chat = strconv.FormatInt(moved, 10)
		c.deps.Logger.Warn("the Telegram group has a new number: put it into alerts.yaml", slog.String("chat", c.chat))
		return nil, samleng.WithClass(samleng.RetryAfter, fmt.Errorf("%w; the chat is now %s", err, c.chat))
	}
	if chatIsAway(a.Description) {
		err = samleng.WithClass(samleng.Unauthorised, err)
	}
	return nil, err
}

// chatIsAway reports whether a refusal is about the chat and the bot's rights in it, which a
// person can mend, and not about the message. The Bot API has no codes for that but its words.
func chatIsAway(description string) bool {
	description = strings.ToLower(description)
	for _, words := range []string{"chat not found", "not enough rights", "have no rights", "message thread not found", "topic_closed", "chat_write_forbidden"} {
		if strings.Contains(description, words) {
			return true
		}
	}
	return false
}

var tag = regexp.MustCompile(`<[^>]*>`)

// width is how long Telegram finds a text: UTF-16 units, without markup.
func width(markup string) int {
	n := 0
	for _, r := range html.UnescapeString(tag.ReplaceAllString(markup, "")) {
		n += utf16.RuneLen(r)
	}
	return n
}
