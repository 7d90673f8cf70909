package config

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"samleng/alerts/rule"
	"samleng/configs"
)

// rulesOnly is alerts.yaml without its channels, as readers of the page may see and write it.
type rulesOnly struct {
	rule.Config `yaml:",inline"`

	known *rule.Known
}

// Validate reports the faults of the rules.
func (r *rulesOnly) Validate() error { return r.Config.Validate(*r.known) }

// ReadRules reads the rules, silences and holidays of a text that somebody sent, and checks them
// against what is known, channels among it. The error is as that of Decode; the rules are then
// those that were read all the same.
func ReadRules(name string, text []byte, known *rule.Known) (rule.Config, error) {
	r := rulesOnly{known: known}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err == nil {
		if line := alias(&document); line > 0 {
			return r.Config, Problem{File: name, Line: line, Text: "anchors and aliases are not read here: write it out"}
		}
	}
	err := Decode(name, text, &r)
	return r.Config, err
}

// alias gives the line of the first alias below a node, which may stand for itself; 0 without any.
func alias(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		return max(1, n.Line)
	}
	for _, child := range n.Content {
		if line := alias(child); line > 0 {
			return line
		}
	}
	return 0
}

// RulesText gives the rules, silences and holidays of alerts.yaml, of the built-in one when file is
// empty. Channels, which hold secrets, and comments, which may, are left out.
func RulesText(file string) (string, error) {
	body := configs.Alerts()
	if file != "" {
		var err error
		if body, err = readFile(file); err != nil {
			return "", err
		}
	}
	root, err := mapping(body)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	kept := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch root.Content[i].Value {
		case "rules", "silences", "holidays":
			kept.Content = append(kept.Content, root.Content[i], root.Content[i+1])
		}
	}
	return written(kept)
}

// RuleKey is a key of a rule with its value; a nil one is taken out of the rule.
type RuleKey struct {
	Name  string
	Value any
}

// SetRule gives a text in which the rule of an id has keys changed, or in which it was added at the
// end. Everything else of the text stays, but for comments.
func SetRule(text []byte, id string, keys []RuleKey) (string, error) {
	root, err := mapping(text)
	if err != nil {
		return "", err
	}
	if line := alias(root); line > 0 {
		return "", fmt.Errorf("line %d: anchors and aliases are not read here", line)
	}
	rules := value(root, "rules")
	if rules == nil || rules.Kind != yaml.SequenceNode {
		rules = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		put(root, "rules", rules)
	}
	rules.Style = 0
	var found *yaml.Node
	for _, r := range rules.Content {
		if v := value(r, "id"); v != nil && v.Value == id {
			found = r
			break
		}
	}
	if found == nil {
		found = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		put(found, "id", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: id})
		rules.Content = append(rules.Content, found)
	}
	for _, k := range keys {
		if k.Value == nil {
			put(found, k.Name, nil)
			continue
		}
		n := &yaml.Node{}
		if err := n.Encode(k.Value); err != nil {
			return "", fmt.Errorf("write %s: %w", k.Name, err)
		}
		if n.Kind != yaml.ScalarNode {
			n.Style = yaml.FlowStyle
		}
		put(found, k.Name, n)
	}
	return written(root)
}

// mapping reads a text as a block of keys.
func mapping(text []byte) (*yaml.Node, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("not valid YAML: %w", err)
	}
	if len(document.Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}, nil
	}
	if document.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("want a block of keys")
	}
	return document.Content[0], nil
}

// value gives what a key of a mapping has, nil without it.
func value(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// put sets a key of a mapping, or takes it out when the value is nil.
func put(n *yaml.Node, key string, v *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			continue
		}
		if v == nil {
			n.Content = append(n.Content[:i], n.Content[i+2:]...)
		} else {
			n.Content[i+1] = v
		}
		return
	}
	if v != nil {
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, v)
	}
}

// written writes a node without its comments and anchors.
func written(n *yaml.Node) (string, error) {
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(plain(n)); err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	return b.String(), nil
}

// plain is a copy of a node without comments and anchors. What it is given is the operator's, or
// has no alias.
func plain(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return plain(n.Alias)
	}
	c := &yaml.Node{Kind: n.Kind, Style: n.Style, Tag: n.Tag, Value: n.Value}
	for _, child := range n.Content {
		c.Content = append(c.Content, plain(child))
	}
	return c
}
