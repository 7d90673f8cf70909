package config

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// editRule changes the rule of an id, or adds it, on the lines where it stands. It reports false
// for what is not written as blocks, and may be wrong about what is written strangely: whoever
// calls it compares what the text then means.
func editRule(text, id string, keys []RuleKey) (string, bool) {
	root, err := mapping([]byte(text))
	if err != nil {
		return "", false
	}
	rules := value(root, "rules")
	if rules == nil || rules.Kind != yaml.SequenceNode || rules.Style&yaml.FlowStyle != 0 || len(rules.Content) == 0 {
		return "", false
	}
	var ok bool
	if ruleOf(rules, id) == nil {
		if text, ok = addRule(text, root, rules, id); !ok {
			return "", false
		}
	}
	for _, k := range keys {
		if text, ok = editKey(text, id, k); !ok {
			return "", false
		}
	}
	return text, true
}

// addRule puts a rule with nothing but its id behind the last one.
func addRule(text string, root, rules *yaml.Node, id string) (string, bool) {
	lines := strings.Split(text, "\n")
	last := rules.Content[len(rules.Content)-1]
	dash := strings.IndexByte(lines[last.Line-1], '-')
	written, err := yaml.Marshal(id)
	if dash < 0 || err != nil {
		return "", false
	}
	end := contentEnd(lines, last.Line, lineAfter(root, rules.Line, len(lines)))
	return strings.Join(slices.Insert(lines, end, strings.Repeat(" ", dash)+"- id: "+strings.TrimSpace(string(written))), "\n"), true
}

// lineAfter gives the line from 1 on which the first key of a mapping behind a line stands, or the
// one behind the last line.
func lineAfter(n *yaml.Node, line, lines int) int {
	next := lines + 1
	for i := 0; i < len(n.Content); i += 2 {
		if at := n.Content[i].Line; at > line {
			next = min(next, at)
		}
	}
	return next
}

// contentEnd gives the last line, from 1, before next that is neither blank nor a comment.
func contentEnd(lines []string, from, next int) int {
	end := min(next-1, len(lines))
	for ; end > from; end-- {
		if line := strings.TrimSpace(lines[end-1]); line != "" && line[0] != '#' {
			break
		}
	}
	return end
}

// editKey changes, adds or takes out one key of a rule.
func editKey(text, id string, k RuleKey) (string, bool) {
	root, err := mapping([]byte(text))
	if err != nil {
		return "", false
	}
	rules := value(root, "rules")
	at := slices.Index(rules.Content, ruleOf(rules, id))
	if at < 0 || rules.Content[at].Style&yaml.FlowStyle != 0 {
		return "", false
	}
	r, lines := rules.Content[at], strings.Split(text, "\n")
	next := lineAfter(root, rules.Line, len(lines))
	if at+1 < len(rules.Content) {
		next = rules.Content[at+1].Line
	}
	var plain string
	if k.Value != nil {
		n, err := encoded(k.Value)
		if err != nil {
			return "", false
		}
		body, err := yaml.Marshal(n)
		if plain = strings.TrimSuffix(string(body), "\n"); err != nil || strings.Contains(plain, "\n") {
			return "", false
		}
	}
	i := 0
	for i < len(r.Content) && r.Content[i].Value != k.Name {
		i += 2
	}
	if i >= len(r.Content) {
		if k.Value == nil || isEmpty(k.Value) {
			return text, true
		}
		end := contentEnd(lines, r.Line, next)
		return strings.Join(slices.Insert(lines, end, strings.Repeat(" ", r.Column-1)+k.Name+": "+plain), "\n"), true
	}
	key := r.Content[i]
	first, end := key.Line, contentEnd(lines, key.Line, lineAfter(r, key.Line, next-1))
	if k.Value == nil {
		if i == 0 {
			return "", false // the dash stands there
		}
		return strings.Join(slices.Delete(lines, first-1, end), "\n"), true
	}
	line := []rune(lines[first-1])
	colon := key.Column - 1
	for colon < len(line) && line[colon] != ':' {
		colon++
	}
	if colon >= len(line) {
		return "", false
	}
	lines[first-1] = string(line[:colon+1]) + " " + plain
	if first == end { // what follows the value is a comment
		rest := string(line[colon+1:])
		from := len(rest) - len(strings.TrimLeft(rest, " "))
		old := rest[:from+valueEnd(rest[from:])]
		if comment := strings.TrimLeft(rest[len(old):], " \t"); comment != "" {
			// In the column where it stood, where the value leaves it room.
			gap := max(1, len([]rune(rest))-len([]rune(comment))-1-len([]rune(plain)))
			lines[first-1] += strings.Repeat(" ", gap) + comment
		}
	}
	return strings.Join(slices.Delete(lines, first, end), "\n"), true
}

// valueEnd gives the length in bytes of the value that a text on one line begins with.
func valueEnd(s string) int {
	depth, quote := 0, rune(0)
	for i, c := range s {
		switch {
		case quote != 0:
			if c == quote && (c != '"' || s[i-1] != '\\') {
				quote = 0
			}
		case (c == '"' || c == '\'') && (i == 0 || strings.ContainsRune(" [{,:", rune(s[i-1]))):
			quote = c
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == '#' && depth <= 0 && (i == 0 || s[i-1] == ' ' || s[i-1] == '\t'):
			return len(strings.TrimRight(s[:i], " \t"))
		}
	}
	return len(s)
}

// sameMeaning reports whether two texts hold the same.
func sameMeaning(a, b string) bool {
	var x, y any
	if yaml.Unmarshal([]byte(a), &x) != nil || yaml.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}
