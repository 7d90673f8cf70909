// Package alerts is the room in which changes that are worth a person's attention are found,
// judged and told. What all of its parts share belongs here: the card that an alert is told by,
// and the contract of the channels that take it. It owns no input and no output of its own.
package alerts

import "samleng"

// Format is the markup that a channel takes.
type Format string

// The formats.
const (
	// FormatPlain is text without markup.
	FormatPlain Format = "plain"
	// FormatTelegram is the HTML subset of Telegram's Bot API.
	FormatTelegram Format = "telegram"
	// FormatSlack is Slack's mrkdwn, with &, < and > escaped.
	FormatSlack Format = "slack"
	// FormatMail is an HTML document.
	FormatMail Format = "mail"
)

// Card is an alert, or a digest, as people read it, in one format and language.
type Card struct {
	Title string `json:"title"` // one line of plain text
	Text  string `json:"text"`  // all of it as plain text, the title included
	// Markup is all of it in the channel's format, the title included. Empty for FormatPlain.
	Markup string `json:"markup,omitempty"`
	Image  []byte `json:"image,omitempty"` // a PNG; empty: none
	Alt    string `json:"alt,omitempty"`   // what Image shows, in words
	// Posts are those that a digest names. A card that was written before one of them was taken
	// down is not sent.
	Posts []samleng.PostID `json:"posts,omitempty"`
}

// RepeatMark begins the title, text and markup of a message that may have been sent before. A
// card leaves room for it below its channel's limit: it counts len(RepeatMark) characters, and
// means the same in every format.
const RepeatMark = "(repeat) "

// Message is a card on its way into a channel.
type Message struct {
	Card
	Key samleng.DeliveryKey
	// Alert is what the card says. It is nil for what is not an alert.
	Alert *samleng.Alert
	// First is the receipt of the first message about the episode on this channel, which the
	// message answers; empty: there is none, or it left none.
	First Receipt
	// Silent messages make no sound, where the channel knows such.
	Silent bool
	// Repeat says that the message may have been sent before. See Repeated.
	Repeat bool
}

// Repeated is the message marked as one that may have been sent before.
func (m Message) Repeated() Message {
	m.Repeat = true
	m.Title, m.Text = RepeatMark+m.Title, RepeatMark+m.Text
	if m.Markup != "" {
		m.Markup = RepeatMark + m.Markup
	}
	return m
}

// Receipt is what a channel knows a message by that it has taken: JSON that only the kind of
// channel that gave it understands. Empty: the message cannot be changed or answered.
type Receipt string
