package card

import (
	"fmt"
	"html"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"

	"samleng"
	"samleng/alerts"
)

// defaultRounds is how many alerts TestAnyAlertFits makes; SAMLENG_TEST_ROUNDS says another
// number.
const defaultRounds = 1000

// atoms are what hostile texts are made of. Khmer ones are whole clusters.
var atoms = []string{
	"ខ្មែ", "រ", "ក", "កា", "ស្ត្រី", "ញ៉ាំ", "ប៉ុ", "ន្តែ", "។", "៖", "១", "\u200B", "ត្រឹ", "ម្រ៉េ",
	"a", "Z", "word ", "longerword", " ", "\n", "\t", "\r\n", "0", "9", "é", "e\u0301", "ß", "中", "ก็", "мир", "عربي", "עברית",
	"😀", "👩‍👧‍👦", "🇰🇭", "👍🏽", "❤️", "\u202E", "\u2066", "\u200F", "\u0000", "\u001B", "\uFEFF", "\u2028", "\xff", "\xe1\x9e",
	"<", ">", "&", "\"", "'", "</b>", "<b>", "<script>", "&amp;", "&lt;", "&#60;", "<!channel>", "<@U123>", "<https://x.example|y>", "*", "_", "~", "`", "|", ":joy:",
	"@here", "@someone", "#tag", "/start", "{{.}}", "%", "\\", "]]>", "<!--", "-->", "=", ";", "https://x.example/?a=b&c=d", "javascript:x", "$", "{", "}", "…", "•",
}

// maker makes hostile alerts, and remembers the texts in them.
type maker struct {
	*rand.Rand
	texts [][]rune // cleaned, each begun by the mark of its place
}

// marks wrap the number of a text, so that what became of it can be found in a card.
var mark = regexp.MustCompile(`◆([0-9]+)◆`)

func (m *maker) text() string {
	var length int
	switch m.IntN(40) {
	case 0, 1, 2, 3:
		return ""
	case 4, 5, 6, 7:
		length = 600
	case 8:
		length = 10_000
	default:
		length = m.IntN(60)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "◆%d◆", len(m.texts))
	narrow := m.IntN(4) == 0 // of one sort of atoms
	from := m.IntN(len(atoms))
	for b.Len() < length {
		if narrow {
			b.WriteString(atoms[(from+m.IntN(3))%len(atoms)])
		} else {
			b.WriteString(atoms[m.IntN(len(atoms))])
		}
	}
	m.texts = append(m.texts, []rune(clean(b.String())))
	return b.String()
}

// number is any float, those that are none among them.
func (m *maker) number() float64 {
	switch m.IntN(12) {
	case 0:
		return math.NaN()
	case 1:
		return math.Inf(1 - 2*m.IntN(2))
	case 2:
		return -m.Float64() * 100
	case 3:
		return 0
	case 4:
		return math.MaxFloat64
	case 5:
		return m.Float64() * 1e9
	case 6, 7:
		return m.Float64()
	}
	return m.Float64() * 500
}

func (m *maker) integer() int {
	switch m.IntN(8) {
	case 0:
		return 0
	case 1:
		return -m.IntN(100)
	case 2:
		return math.MaxInt - m.IntN(3)
	case 3:
		return math.MinInt
	}
	return m.IntN(5000)
}

func (m *maker) time() time.Time {
	switch m.IntN(10) {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(m.Int64N(1<<62)-1<<61, 0)
	}
	return at.Add(time.Duration(m.Int64N(int64(30*24*time.Hour))) - 15*24*time.Hour)
}

func (m *maker) duration() time.Duration {
	switch m.IntN(6) {
	case 0:
		return 0
	case 1:
		return time.Duration(m.Uint64()) //nolint:gosec // any, the impossible ones too
	}
	return time.Duration(m.Int64N(int64(300 * 24 * time.Hour)))
}

func pick[T any](m *maker, of ...T) T { return of[m.IntN(len(of))] }

// or picks one, or as often a hostile text.
func or[T ~string](m *maker, of ...T) T {
	if i := m.IntN(len(of) + 1); i < len(of) {
		return of[i]
	}
	return T(m.text())
}

func many[T any](m *maker, most int, each func() T) []T {
	var out []T
	for range m.IntN(most + 1) {
		out = append(out, each())
	}
	return out
}

func (m *maker) series() samleng.Series {
	return samleng.Series{
		Topic: or(m, "", "land", "health"), Place: or(m, "", "17", "07"), Kind: or(m, "", samleng.KindNews, samleng.KindSocial),
		Language: or(m, "", "km", "en"), Keyword: or(m, ""), Stories: m.IntN(2) == 0,
	}
}

func (m *maker) tally() samleng.Tally {
	return samleng.Tally{Posts: m.integer(), Stories: m.integer(), Positive: m.IntN(100), Neutral: m.integer(), Negative: m.IntN(100)}
}

func (m *maker) alert() *samleng.Alert {
	if m.IntN(50) == 0 {
		return &samleng.Alert{}
	}
	signals := []samleng.Signal{samleng.SignalVolume, samleng.SignalNegative, samleng.SignalPositive, samleng.SignalSilence, "", "other"}
	a := &samleng.Alert{
		Episode: or(m, strings.Repeat("a", 32)), Number: m.integer(), State: pick(m, samleng.AlertOpened, samleng.AlertEscalated, samleng.AlertHeld, samleng.AlertClosed, "", "other"),
		Held: m.text(), Ended: or(m, "", "", samleng.EndedGone), Still: m.IntN(4) == 0, Level: samleng.Level(m.IntN(5)), Rule: m.text(), Series: m.series(), At: m.time(), Start: m.time(), End: m.time(), Since: m.time(), Peak: m.number(),
		Changes: many(m, 5, func() samleng.Change {
			return samleng.Change{Signal: pick(m, signals...), Observed: m.number(), Expected: m.number(), Low: m.number(), High: m.number(), Count: m.integer(), Score: m.number(), LogP: m.number(), Start: m.time(), End: m.time()}
		}),
		Folded: many(m, 20, m.series), Without: many(m, 4, func() samleng.Kind { return or(m, samleng.KindSocial, samleng.KindSurvey) }), Cut: m.IntN(4) == 0, Tally: m.tally(), Stories: m.integer(), Burst: m.IntN(3) == 0, Terms: many(m, 15, m.text),
		Sources: many(m, 8, func() samleng.ShareOf { return samleng.ShareOf{Value: or(m, "news"), Tally: m.tally()} }),
		Examples: many(m, 8, func() samleng.Example {
			return samleng.Example{
				Source: m.text(), URL: pick(m, "", "https://x.example/a?b=c&d=e", "https://x.example/", "http://x.example/?", "") + or(m, "", ""),
				Title: m.text(), Text: m.text(), Published: m.time(), Label: or(m, samleng.Positive, samleng.Negative, samleng.Unscored), Confidence: m.number(),
			}
		}),
		Quality: samleng.DataQuality{Coverage: m.number(), Lag: m.duration(), Late: m.number(), WarmUp: m.duration(), Tested: m.integer(), Model: m.text()},
		History: samleng.History{LastAlert: m.time(), LastScore: m.number()},
	}
	if m.IntN(4) == 0 {
		a.Silent = many(m, 20, m.text)
	}
	if m.IntN(40) == 0 {
		a.History.Step, a.History.Start = m.duration(), m.time()
		for range m.IntN(400) {
			a.History.Observed, a.History.Expected = append(a.History.Observed, m.Float64()*100), append(a.History.Expected, m.Float64()*100)
		}
	}
	return a
}

// hostileLinks are as long as they may get, or not links at all.
type hostileLinks struct{ m *maker }

func (l *hostileLinks) Page(*samleng.Alert) string {
	return or(l.m, "", "https://samleng.example/?topic=land&from=2026-11-21T07:00", "https://samleng.example/?q="+strings.Repeat("x", 900))
}

func (l *hostileLinks) Act(*samleng.Alert, samleng.AlertAction) string {
	return pick(l.m, "", "https://samleng.example/a/"+strings.Repeat("x", 180))
}

func TestAnyAlertFits(t *testing.T) {
	t.Parallel()
	rounds := defaultRounds
	if s := os.Getenv("SAMLENG_TEST_ROUNDS"); s != "" {
		var err error
		if rounds, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	var l hostileLinks
	r, err := New(Options{Names: names{}, Links: &l, ClusterEnd: clusterEnd})
	if err != nil {
		t.Fatal(err)
	}
	cards, cut := 0, 0
	for round := range rounds {
		m := &maker{Rand: rand.New(rand.NewPCG(4, uint64(round)))} //nolint:gosec // the same in every run
		a := m.alert()
		l.m = m
		for _, format := range Formats() {
			for _, language := range []string{samleng.Khmer, samleng.English, Both} {
				c, err := r.Card(a, format, language)
				if err != nil {
					t.Fatalf("round %d, %s, %s: %v", round, format, language, err)
				}
				cards++
				faults := check(&c, format)
				n, split := m.split(&c, format)
				cut += n
				if faults = append(faults, split...); len(faults) > 0 {
					t.Fatalf("round %d, %s, %s: %s\n%s\n%s", round, format, language, strings.Join(faults, "; "), c.Markup, c.Text)
				}
			}
		}
	}
	t.Logf("%d alerts, %d cards, %d cuts looked at", rounds, cards, cut)
	if cut < rounds {
		t.Errorf("only %d cuts were looked at", cut)
	}
}

// check holds a card to the rules of its channel, written here from what the channels publish
// and not from the code.
func check(c *alerts.Card, format alerts.Format) (faults []string) {
	fault := func(f string, args ...any) { faults = append(faults, fmt.Sprintf(f, args...)) }
	const mark = "(repeat) "
	if c.Title == "" || strings.ContainsAny(c.Title, "\r\n\u2028\u2029") || length(mark+c.Title) > 160 {
		fault("title %q", c.Title)
	}
	for name, s := range map[string]string{"title": c.Title, "text": c.Text, "markup": c.Markup, "alt": c.Alt} {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
			return r < ' ' && r != '\n' || r == 0x7F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
		}) {
			fault("%s holds what is no text", name)
		}
		if strings.Contains(s, "<no value>") || strings.Contains(s, "%!") || strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
			fault("%s holds what is no value", name)
		}
	}
	if c.Text == "" {
		fault("no text")
	}
	switch format {
	case alerts.FormatPlain:
		if c.Markup != "" || length(mark+c.Text) > 2000 || len(mark+c.Text) > 4096 {
			fault("plain text of %d, %d bytes", length(c.Text), len(c.Text))
		}
	case alerts.FormatTelegram:
		text, err := telegram(c.Markup)
		if err != nil {
			fault("%v", err)
		}
		if n := length(mark + text); n > 4096 || strings.TrimSpace(text) == "" {
			fault("%d units", n)
		}
	case alerts.FormatSlack:
		if err := slack(c.Markup); err != nil {
			fault("%v", err)
		}
		if len(mark+c.Markup) > 4000 || c.Markup == "" {
			fault("%d bytes", len(c.Markup))
		}
	case alerts.FormatMail:
		if err := document(c.Markup); err != nil {
			fault("%v", err)
		}
		if len(mark+c.Markup) > 102_000 {
			fault("%d bytes", len(c.Markup))
		}
	}
	return faults
}

func length(s string) int { return len(utf16.Encode([]rune(s))) }

// telegram parses the HTML of the Bot API and gives its text.
func telegram(s string) (string, error) {
	var text strings.Builder
	var open []string
	for i := 0; i < len(s); {
		switch s[i] {
		case '<':
			end := strings.IndexByte(s[i:], '>')
			if end < 0 {
				return "", fmt.Errorf("a tag does not end: %.40q", s[i:])
			}
			tag := s[i+1 : i+end]
			i += end + 1
			if name, closing := strings.CutPrefix(tag, "/"); closing {
				if len(open) == 0 || open[len(open)-1] != name {
					return "", fmt.Errorf("</%s> closes %v", name, open)
				}
				if strings.HasSuffix(s[:i], "></"+name+">") {
					return "", fmt.Errorf("<%s> is empty", name)
				}
				open = open[:len(open)-1]
				continue
			}
			name, attribute, _ := strings.Cut(tag, " ")
			if !slices.Contains([]string{"b", "i", "a", "code", "blockquote"}, name) || slices.Contains(open, name) {
				return "", fmt.Errorf("tag <%s> within %v", tag, open)
			}
			if (name == "a") != (attribute != "") {
				return "", fmt.Errorf("attributes of <%s>", tag)
			}
			if name == "a" {
				address, quoted := strings.CutPrefix(attribute, `href="`)
				address, ended := strings.CutSuffix(address, `"`)
				if !quoted || !ended || strings.ContainsAny(address, "\"<> ") || entities(address) != nil || !web(html.UnescapeString(address)) {
					return "", fmt.Errorf("address %q", attribute)
				}
			}
			open = append(open, name)
		case '>':
			return "", fmt.Errorf("a bare > at %.20q", s[i:])
		case '&':
			if err := entities(s[i:min(len(s), i+8)]); err != nil {
				return "", err
			}
			end := strings.IndexByte(s[i:], ';')
			text.WriteString(html.UnescapeString(s[i : i+end+1]))
			i += end + 1
		default:
			text.WriteByte(s[i])
			i++
		}
	}
	if len(open) > 0 {
		return "", fmt.Errorf("%v is not closed", open)
	}
	return text.String(), nil
}

// entity is one that Telegram knows.
var entity = regexp.MustCompile(`^&(?:lt|gt|amp|quot|#[0-9]+);`)

// entities reports the first & that begins no entity; the last seven bytes may be cut off.
func entities(s string) error {
	for i := range len(s) {
		if s[i] == '&' && !entity.MatchString(s[i:]) && (i == 0 || len(s)-i > 7) {
			return fmt.Errorf("no entity at %.12q", s[i:])
		}
	}
	return nil
}

func web(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

var (
	slackLink   = regexp.MustCompile(`<(https?://[^<>|\s]+)\|([^<>|\n]+)>`)
	slackEntity = regexp.MustCompile(`^&(?:amp|lt|gt);`)
	slackBold   = regexp.MustCompile(`^\*[^*\n]+\*$`)
	slackItalic = regexp.MustCompile(`^_[^_\n]+_$`)
)

// slack holds markup to what cards use of mrkdwn: links, whole lines in bold or italics, and
// quotes.
func slack(s string) error {
	for i := range len(s) {
		if s[i] == '&' && !slackEntity.MatchString(s[i:]) {
			return fmt.Errorf("no entity at %.12q", s[i:])
		}
	}
	for line := range strings.SplitSeq(s, "\n") {
		for _, link := range slackLink.FindAllStringSubmatch(line, -1) {
			if !web(strings.ReplaceAll(link[1], "&amp;", "&")) || strings.TrimSpace(link[2]) == "" {
				return fmt.Errorf("link %q", link[0])
			}
		}
		line = slackLink.ReplaceAllString(line, "")
		line = strings.TrimPrefix(line, "> ")
		if strings.ContainsAny(line, "<>`~|") {
			return fmt.Errorf("markup in %q", line)
		}
		if strings.Contains(line, "*") && !slackBold.MatchString(line) || strings.Contains(line, "_") && !slackItalic.MatchString(line) {
			return fmt.Errorf("formatting in %q", line)
		}
	}
	return nil
}

// document holds HTML to the tags that cards use, each closed where it has to be.
func document(s string) error {
	allowed := []string{"html", "head", "meta", "title", "body", "section", "h1", "h2", "p", "img", "ul", "li", "span", "a", "br", "small"}
	void := []string{"meta", "img", "br"}
	if !strings.HasPrefix(s, "<!DOCTYPE html>\n<html lang=") || !strings.HasSuffix(s, "</body>\n</html>") {
		return fmt.Errorf("it does not begin or end as a document")
	}
	var open []string
	for z := nethtml.NewTokenizer(strings.NewReader(s)); ; {
		switch z.Next() {
		case nethtml.ErrorToken:
			if len(open) > 0 {
				return fmt.Errorf("%v is not closed", open)
			}
			return nil
		case nethtml.CommentToken, nethtml.SelfClosingTagToken:
			return fmt.Errorf("%q", z.Raw())
		case nethtml.StartTagToken:
			token := z.Token()
			if !slices.Contains(allowed, token.Data) {
				return fmt.Errorf("<%s>", token.Data)
			}
			for _, a := range token.Attr {
				if !slices.Contains([]string{"lang", "charset", "name", "content", "style", "src", "alt", "width", "href"}, a.Key) {
					return fmt.Errorf("<%s %s>", token.Data, a.Key)
				}
				if a.Key == "href" && !web(a.Val) || a.Key == "src" && a.Val != "cid:chart" || a.Key == "lang" && a.Val != "km" && a.Val != "en" {
					return fmt.Errorf("%s=%q", a.Key, a.Val)
				}
			}
			if !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
		case nethtml.EndTagToken:
			name := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != name {
				return fmt.Errorf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		case nethtml.TextToken:
			raw := string(z.Raw())
			for i := range len(raw) {
				if raw[i] == '<' || raw[i] == '>' || raw[i] == '&' && !entity.MatchString(raw[i:]) {
					return fmt.Errorf("text %.30q", raw[i:])
				}
			}
		case nethtml.DoctypeToken:
		}
	}
}

// split finds where texts were cut within a cluster. It counts the cuts that it looked at.
func (m *maker) split(c *alerts.Card, format alerts.Format) (cuts int, faults []string) {
	for _, s := range []string{c.Title, c.Text, c.Markup} {
		if format == alerts.FormatTelegram || format == alerts.FormatSlack || format == alerts.FormatMail {
			s = html.UnescapeString(s)
		}
		s = strings.ReplaceAll(s, wordJoiner, "")
		marks := mark.FindAllStringSubmatchIndex(s, -1)
		for i, at := range marks {
			n, err := strconv.Atoi(s[at[2]:at[3]])
			if err != nil || n >= len(m.texts) {
				continue
			}
			end := len(s)
			if i+1 < len(marks) {
				end = marks[i+1][0]
			}
			shown, text := []rune(s[at[0]:end]), m.texts[n]
			same := 0
			for same < len(shown) && same < len(text) && alike(shown[same], text[same]) {
				same++
			}
			if same == len(text) || same == len(shown) || shown[same] != '…' {
				continue // all of it is there, or it was cut together with what is around it
			}
			cuts++
			if khmerMark(text[same]) || text[same-1] == 0x17D2 || text[same] == 0x200D || text[same-1] == 0x200D {
				faults = append(faults, fmt.Sprintf("cut within a cluster: %q, then %q", string(text[max(0, same-4):same]), string(text[same:min(len(text), same+3)])))
			}
		}
	}
	return cuts, faults
}

// alike reports whether a character stands for another: Slack's formatting marks are shown by
// others.
func alike(shown, text rune) bool {
	return shown == text || strings.ContainsRune("*_~`|:", text) && strings.ContainsRune("∗ˍ∼ˋ∣꞉", shown)
}

func khmerMark(r rune) bool { return r >= 0x17B4 && r <= 0x17D3 || r == 0x17DD }
