package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"regexp"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"samleng"
	"samleng/alerts"
)

// chartID is what the chart is called within a mail; the HTML of a card may show it anywhere as
// cid:chart.
const chartID = "chart"

// build makes the mail of a message.
func (c *channel) build(m alerts.Message) (*gomail.Msg, error) {
	b := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	if err := b.FromFormat(c.from.Name, c.from.Address); err != nil {
		return nil, fmt.Errorf("write the sender: %w", err)
	}
	if err := b.To(c.to...); err != nil {
		return nil, fmt.Errorf("write the recipients: %w", err)
	}
	b.Subject(oneLine(m.Title))
	b.SetDateWithValue(c.deps.Now())
	b.SetMessageIDWithValue(c.id(m.Key))
	thread := "<" + c.thread(m.Key) + ">"
	b.SetGenHeader(gomail.HeaderReferences, thread)
	if m.First != "" {
		thread = string(m.First)
	}
	b.SetGenHeader(gomail.HeaderInReplyTo, thread)
	b.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers, please
	b.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.Markup == "" {
		return b, nil
	}
	document := m.Markup
	if len(m.Image) > 0 {
		if !strings.Contains(document, "cid:"+chartID) {
			document = withChart(document, m.Alt)
		}
		err := b.EmbedReader("chart.png", bytes.NewReader(m.Image), gomail.WithFileContentID(chartID), gomail.WithFileContentType("image/png"))
		if err != nil {
			return nil, fmt.Errorf("write the chart: %w", err)
		}
	}
	b.AddAlternativeString(gomail.TypeTextHTML, document)
	return b, nil
}

var bodyEnd = regexp.MustCompile(`(?i)</body\s*>`)

// withChart shows the chart at the end of an HTML document.
func withChart(document, alt string) string {
	picture := `<p><img src="cid:` + chartID + `" alt="` + html.EscapeString(alt) + `"></p>`
	if at := bodyEnd.FindStringIndex(document); at != nil {
		return document[:at[0]] + picture + document[at[0]:]
	}
	return document + picture
}

// id is the Message-ID of a delivery, the same in every attempt: mail stores know a repeat by it.
func (c *channel) id(key samleng.DeliveryKey) string {
	return localPart(key.String()) + "@" + c.domain()
}

// thread is the id that all mails of an episode refer to. No mail has it, which mail programs
// are used to: they lose mails.
func (c *channel) thread(key samleng.DeliveryKey) string {
	return localPart("thread/"+key.Episode+"/"+key.Channel) + "@" + c.domain()
}

func (c *channel) domain() string {
	return c.from.Address[strings.LastIndexByte(c.from.Address, '@')+1:]
}

// localPart makes text fit for the left side of a Message-ID.
func localPart(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// oneLine is text without line breaks, which would end a header.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
