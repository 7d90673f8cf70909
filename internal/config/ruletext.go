package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"samleng/alerts/deliver"
	"samleng/alerts/rule"
	"samleng/configs"
)

// RuleText is alerts.yaml as readers of the page may see and change it: word for word, but for the
// channels, which hold secrets, and comments that may. Each of these is a line of its own, a
// comment with a number, that stands for what is kept from the reader.
type RuleText struct {
	Text     string // with "\n" at the ends of its lines
	Channels []string

	hidden []string // piece n is hidden[n-1]
	blocks []bool   // which of them are whole lines
	file   Alerts   // as it is
	crlf   bool
}

// hiddenMark stands for a hidden piece in the text.
var hiddenMark = regexp.MustCompile(`# \[hidden ([0-9]{1,4})(?::[^\]\n]*)?\]`)

// These find comments that may hold a secret: words that go with one, addresses, tokens.
var (
	secretWord = regexp.MustCompile(`(?i)token|secret|passw|passphrase|bearer|authoriz|api.?key|://|[0-9]{6,}:[a-z0-9]|\[hidden `)
	longWord   = regexp.MustCompile(`[A-Za-z0-9_+/=-]{16,}`)
)

// mayBeSecret reports whether a comment is kept from readers.
func mayBeSecret(comment string) bool {
	if secretWord.MatchString(comment) {
		return true
	}
	return slices.ContainsFunc(longWord.FindAllString(comment, -1), func(w string) bool {
		return strings.ContainsFunc(w, unicode.IsDigit) && strings.ContainsFunc(w, unicode.IsLetter)
	})
}

// NewRuleText hides what readers may not see of a body; nil is the built-in file.
func NewRuleText(body []byte) (*RuleText, error) {
	if body == nil {
		body = configs.Alerts()
	}
	t := &RuleText{crlf: strings.Contains(string(body), "\r\n")}
	// Faults are told when the text is read; here it matters what channels there are.
	_ = Decode("", body, &t.file)
	for i := range t.file.Channels {
		t.Channels = append(t.Channels, t.file.Channels[i].ID)
	}
	root, err := mapping(body)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n")
	from, to, err := channelLines(root, lines)
	if err != nil {
		return nil, err
	}
	var shown []string
	for i := 0; i < len(lines); i++ {
		if i == from && to > from {
			shown = append(shown, t.hide(strings.Join(lines[from:to], "\n"), true, "the channels: they hold secrets and are not changed here; keep this line"))
			i = to - 1
			continue
		}
		shown = append(shown, t.veil(lines[i]))
	}
	t.Text = strings.Join(shown, "\n")
	if _, err := mapping([]byte(t.Text)); err != nil {
		return nil, fmt.Errorf("it cannot be shown without its comments: %w", err)
	}
	return t, nil
}

// hide puts a piece away and gives what stands for it.
func (t *RuleText) hide(piece string, block bool, what string) string {
	t.hidden, t.blocks = append(t.hidden, piece), append(t.blocks, block)
	return fmt.Sprintf("# [hidden %d: %s]", len(t.hidden), what)
}

// veil hides the comment of a line that may hold a secret. What is no comment, as a # within
// quotes, may be hidden too: it comes back as it was.
func (t *RuleText) veil(line string) string {
	for i, c := range line {
		if c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') && mayBeSecret(line[i:]) {
			return line[:i] + t.hide(line[i:], false, "a comment that may hold a secret")
		}
	}
	return line
}

// channelLines gives the lines, from 0 and up to the one behind, that the channels stand on, with
// the comments right above and within; none where there is no channel.
func channelLines(root *yaml.Node, lines []string) (from, to int, err error) {
	block, next := -1, len(lines)
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, v := root.Content[i], root.Content[i+1]
		if key.Value == "channels" && (v.Kind == yaml.AliasNode || len(v.Content) > 0) {
			if block >= 0 {
				return 0, 0, errors.New("channels are set twice")
			}
			block = key.Line - 1
		} else if block >= 0 && key.Line-1 < next {
			next = key.Line - 1
		}
	}
	if block < 0 {
		return 0, 0, nil
	}
	if root.Style&yaml.FlowStyle != 0 || next == block {
		return 0, 0, errors.New("the channels do not stand on lines of their own: write the file as a block of keys")
	}
	comment := func(i int) bool { return strings.HasPrefix(lines[i], "#") }
	from, to = block, next
	for from > 0 && comment(from-1) {
		from--
	}
	for to < len(lines) && to > block+1 && comment(to-1) {
		to-- // it is about what follows
	}
	for to > block+1 && strings.TrimSpace(lines[to-1]) == "" {
		to--
	}
	return from, to, nil
}

// Read reads a text that a reader made of Text, by the same rules as LoadAlerts, and gives the
// whole file that it stands for. The error is joined Problems with lines of the text; the rules are
// then those that were read all the same. Other channels than those of the file are a fault.
func (t *RuleText) Read(name, text string, known *rule.Known) (whole []byte, read Alerts, err error) {
	fault := func(line int, key, says string) error { return Problem{File: name, Line: line, Key: key, Text: says} }
	var document yaml.Node
	if yaml.Unmarshal([]byte(text), &document) != nil {
		// What cannot be read might be with what is hidden, as a part of a value that is shown.
		return nil, read, Decode(name, []byte(text), &Alerts{})
	}
	if line := alias(&document); line > 0 {
		return nil, read, fault(line, "", "anchors and aliases are not read here: write it out")
	}
	if line := marked(&document); line > 0 {
		return nil, read, fault(line, "", "what is hidden can stand in a comment only")
	}
	body, place, err := t.restore(text)
	if err != nil {
		return nil, read, fault(place(0), "", err.Error())
	}
	read = Alerts{Deliver: deliver.DefaultConfig(), known: known}
	err = moved(Decode(name, body, &read), place)
	if err == nil && !reflect.DeepEqual(channelsOf(&read), channelsOf(&t.file)) {
		err = fault(0, "channels", "are not changed here: they stay in the file as they are")
	}
	return body, read, err
}

func channelsOf(a *Alerts) any {
	if len(a.Channels) == 0 {
		return nil
	}
	return a.Channels
}

// marked gives the line of a value that holds what stands for a hidden piece; 0 without any.
func marked(n *yaml.Node) int {
	if n.Kind == yaml.ScalarNode && hiddenMark.MatchString(n.Value) {
		return max(1, n.Line)
	}
	for _, child := range n.Content {
		if line := marked(child); line > 0 {
			return line
		}
	}
	return 0
}

// restore puts the hidden pieces back. place gives the line of the text that a line of the whole
// came from, 0 for a line that was hidden; after an error, of any line, that of the fault.
func (t *RuleText) restore(text string) (whole []byte, place func(int) int, err error) {
	var out []string
	from := []int{0} // line of the text by line of the whole
	seen := make([]bool, len(t.hidden))
	refuse := func(line int, format string, args ...any) ([]byte, func(int) int, error) {
		return nil, func(int) int { return line }, fmt.Errorf(format, args...)
	}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		for _, at := range slices.Backward(hiddenMark.FindAllStringSubmatchIndex(line, -1)) {
			n, _ := strconv.Atoi(line[at[2]:at[3]]) // digits
			switch {
			case n < 1 || n > len(t.hidden):
				return refuse(i+1, "nothing is hidden under the number %d", n)
			case seen[n-1]:
				return refuse(i+1, "[hidden %d] stands in the text twice", n)
			case t.blocks[n-1] && strings.TrimSpace(line) != line[at[0]:at[1]], t.blocks[n-1] && at[0] > 0:
				return refuse(i+1, "[hidden %d] needs a line of its own", n)
			}
			seen[n-1] = true
			line = line[:at[0]] + t.hidden[n-1] + line[at[1]:]
		}
		out = append(out, line)
		for j := range strings.Count(line, "\n") + 1 {
			if j == 0 && !strings.Contains(line, "\n") {
				from = append(from, i+1)
			} else {
				from = append(from, 0)
			}
		}
	}
	if n := slices.Index(seen, false); n >= 0 {
		return refuse(0, "the line with [hidden %d] is missing: it stands for a part of the file that is not shown, and stays where it is", n+1)
	}
	joined := strings.Join(out, "\n")
	if t.crlf {
		joined = strings.ReplaceAll(joined, "\n", "\r\n")
	}
	return []byte(joined), func(line int) int {
		if line < 0 || line >= len(from) {
			return 0
		}
		return from[line]
	}, nil
}

// moved gives problems the lines of the text. What is wrong with a hidden part is not told.
func moved(err error, place func(int) int) error {
	if err == nil {
		return nil
	}
	var all []error
	hidden := false
	for _, one := range unjoined(err) {
		p, ok := errors.AsType[Problem](one)
		if !ok {
			all = append(all, one)
			continue
		}
		line := place(p.Line)
		if p.Line > 0 && line == 0 || strings.HasPrefix(p.Key, "channels[") {
			if !hidden {
				all = append(all, Problem{File: p.File, Key: "channels", Text: "have a fault, and are not shown here: samleng alerts check says which"})
			}
			hidden = true
			continue
		}
		p.Line = line
		all = append(all, p)
	}
	return errors.Join(all...)
}

func unjoined(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // joined errors are taken apart
		return many.Unwrap()
	}
	return []error{err}
}
