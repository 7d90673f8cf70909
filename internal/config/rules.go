package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

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

// RuleKey is a key of a rule with its value. A nil one is taken out of the rule; an empty list is
// written only where the key stands already.
type RuleKey struct {
	Name  string
	Value any
}

// SetRule gives a text in which the rule of an id has keys changed, or in which it was added at the
// end. Everything else of the text stays as it is, comments too, wherever the rules are written as
// a block; a text in another style is written anew.
func SetRule(text []byte, id string, keys []RuleKey) (string, error) {
	root, err := mapping(text)
	if err != nil {
		return "", err
	}
	if line := alias(root); line > 0 {
		return "", fmt.Errorf("line %d: anchors and aliases are not read here", line)
	}
	anew, err := setAnew(root, id, keys)
	if err != nil {
		return "", err
	}
	if edited, ok := editRule(string(text), id, keys); ok && sameMeaning(edited, anew) {
		return edited, nil
	}
	return anew, nil
}

// setAnew changes the nodes of a text, and writes them.
func setAnew(root *yaml.Node, id string, keys []RuleKey) (string, error) {
	rules := value(root, "rules")
	if rules == nil || rules.Kind != yaml.SequenceNode {
		rules = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		put(root, "rules", rules)
	}
	rules.Style = 0
	found := ruleOf(rules, id)
	if found == nil {
		found = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		put(found, "id", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: id})
		rules.Content = append(rules.Content, found)
	}
	for _, k := range keys {
		if k.Value == nil || (isEmpty(k.Value) && value(found, k.Name) == nil) {
			put(found, k.Name, nil)
			continue
		}
		n, err := encoded(k.Value)
		if err != nil {
			return "", fmt.Errorf("write %s: %w", k.Name, err)
		}
		put(found, k.Name, n)
	}
	return written(root)
}

// encoded is a value as it is written: on one line.
func encoded(v any) (*yaml.Node, error) {
	n := &yaml.Node{}
	if err := n.Encode(v); err != nil {
		return nil, err
	}
	if n.Kind != yaml.ScalarNode {
		n.Style = yaml.FlowStyle
	}
	return n, nil
}

// ruleOf finds the rule of an id, nil without one.
func ruleOf(rules *yaml.Node, id string) *yaml.Node {
	for _, r := range rules.Content {
		if v := value(r, "id"); v != nil && v.Value == id {
			return r
		}
	}
	return nil
}

func isEmpty(v any) bool {
	list := reflect.ValueOf(v)
	return list.Kind() == reflect.Slice && list.Len() == 0
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

// written writes a node with its comments.
func written(n *yaml.Node) (string, error) {
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return "", fmt.Errorf("write YAML: %w", err)
	}
	return b.String(), nil
}
