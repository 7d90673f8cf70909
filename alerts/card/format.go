package card

import (
	"embed"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"text/template"

	"samleng/alerts"
)

//go:embed layout/*.tmpl
var layoutFiles embed.FS

// Limits of the channels, and the sources of them.
const (
	// telegramText is Telegram's limit of a message in UTF-16 units after its entities are
	// parsed: core.telegram.org/bots/api#sendmessage.
	telegramText = 4096
	// slackText is the limit of chat.update in bytes of escaped text, which is what a card that
	// is changed later has to keep to. chat.postMessage alone takes more.
	slackText = 4000
	// mailText is below the 102 kB from which Gmail shows a mail cut.
	mailText = 90_000
	// plainText and plainBytes are the lowest limits of the services that take plain text:
	// Discord's 2,000 characters and ntfy's 4,096 bytes.
	plainText  = 2000
	plainBytes = 4096
	// maxTitle is the length of a title: of a mail's subject as well.
	maxTitle = 150
	// maxURL is how long an address may be to be linked.
	maxURL = 1000
)

// limit is how long a text may be; 0: any.
type limit struct {
	units int // UTF-16, of the text without its markup
	bytes int // of all of it
	bare  func(string) string
}

// holds reports whether the text leaves room for alerts.RepeatMark.
func (l limit) holds(text string) bool {
	if l.bytes > 0 && len(text)+len(alerts.RepeatMark) > l.bytes {
		return false
	}
	if l.units == 0 {
		return true
	}
	if l.bare != nil {
		text = l.bare(text)
	}
	return units(text)+len(alerts.RepeatMark) <= l.units
}

// layout is how a card looks in a format.
type layout struct {
	format    alerts.Format
	template  *template.Template
	escape    func(string) string // of text
	address   func(string) string // of a link
	limit     limit
	textLimit limit // of the plain text beside the markup
}

func loadLayout(format alerts.Format) (*layout, error) {
	t, err := template.ParseFS(layoutFiles, "layout/"+string(format)+".tmpl")
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	l := &layout{format: format, template: t.Option("missingkey=error"), escape: plain, address: plain}
	l.textLimit = limit{units: plainText, bytes: plainBytes}
	switch format {
	case alerts.FormatTelegram:
		l.escape, l.address = escapeTelegram, html.EscapeString
		l.limit = limit{units: telegramText, bare: withoutTags}
	case alerts.FormatSlack:
		l.escape, l.address = escapeSlack, slackAddress
		l.limit = limit{bytes: slackText}
	case alerts.FormatMail:
		l.escape, l.address = html.EscapeString, html.EscapeString
		l.limit, l.textLimit = limit{bytes: mailText}, limit{bytes: mailText}
	case alerts.FormatPlain:
		l.limit = l.textLimit
	}
	return l, nil
}

func (l *layout) execute(v *view) (string, error) {
	var b strings.Builder
	if err := l.template.Execute(&b, v); err != nil {
		return "", err
	}
	return tidy(b.String()), nil
}

var gaps = regexp.MustCompile(`\n{3,}`)

// tidy leaves one empty line at most, and none at the ends.
func tidy(s string) string {
	return strings.TrimSpace(gaps.ReplaceAllString(s, "\n\n"))
}

func plain(s string) string { return s }

var telegramTag = regexp.MustCompile(`<[^>]*>`)

// withoutTags is the text that Telegram counts.
func withoutTags(markup string) string {
	return html.UnescapeString(telegramTag.ReplaceAllString(markup, ""))
}

// called is what chat programs make a mention, a command, a tag or a channel of.
var called = regexp.MustCompile(`([@/#$])([A-Za-z0-9_])`)

const wordJoiner = "\u2060" // shows nothing and breaks no line

// uncalled keeps words of a post from calling anybody.
func uncalled(s string) string { return called.ReplaceAllString(s, "$1"+wordJoiner+"$2") }

func escapeTelegram(s string) string { return html.EscapeString(uncalled(s)) }

// slackLetters are the characters that mean something to Slack. Those that have no escape are
// shown by ones that look alike.
var slackLetters = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "∗", "_", "ˍ", "~", "∼", "`", "ˋ", "|", "∣")

// slackEmoji is how Slack writes emoji, such as :joy:.
var slackEmoji = regexp.MustCompile(`:([A-Za-z0-9_+'-]*[A-Za-z][A-Za-z0-9_+'-]*):`)

func escapeSlack(s string) string {
	return slackLetters.Replace(slackEmoji.ReplaceAllString(uncalled(s), "꞉$1꞉"))
}

// slackAddress is an address between < and |, in which Slack knows no escapes but three.
func slackAddress(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(s)
}

// address gives an address that can be linked, or "".
func address(s string) string {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return ""
	}
	for _, c := range u.Host { // what does not belong there may be read as markup
		if c <= ' ' || strings.ContainsRune("<>\"'|`\\{}^", c) {
			return ""
		}
	}
	// Parsed and written anew, everything else that is no plain letter is escaped.
	u.RawPath, u.RawFragment = "", ""
	u.RawQuery = escapeQuery(u.RawQuery)
	if s = u.String(); len(s) > maxURL {
		return ""
	}
	return s
}

// escapeQuery escapes what may not stand in a query, and leaves what is escaped as it is.
func escapeQuery(q string) string {
	var b strings.Builder
	for i := range len(q) {
		if c := q[i]; c <= ' ' || c >= 0x7F || strings.IndexByte("<>\"'|`\\{}^", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
