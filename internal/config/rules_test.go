package config

import (
	"errors"
	"strings"
	"testing"

	"samleng/alerts/rule"
)

// secretive is an operator's file, with secrets where they can be.
const secretive = `# the old token was 123456:SECRET
rules:
  - &r
    id: land
    name: {km: ដីធ្លី, en: Land}
    topics: [land] # SECRET of a comment
    channels: [team]
    min_posts: 7
#channels:
#  - {id: old, slack: {token: SECRET}}
channels:
  - id: team
    webhook: {url: "https://example.org/SECRET", secret: SECRET}
silences:
  - {topic: land, until: 2026-12-01T00:00:00+07:00, reason: works}
holidays: {remove: [2026-01-07]}
deliver: {give_up: 1h}
`

func known() *rule.Known {
	return &rule.Known{Topics: []string{"land", "health"}, Provinces: []string{"12"}, Channels: []string{"team"}}
}

func TestRulesTextHasNoSecrets(t *testing.T) {
	t.Parallel()
	text, err := RulesText(write(t, secretive))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "SECRET") || strings.Contains(text, "webhook") || strings.Contains(text, "#") || strings.Contains(text, "give_up") {
		t.Errorf("the text has too much:\n%s", text)
	}
	c, err := ReadRules("text", []byte(text), known())
	if err != nil || len(c.Rules) != 1 || c.Rules[0].MinPosts != 7 || len(c.Silences) != 1 || len(c.Holidays.Remove) != 1 {
		t.Errorf("%+v, %v, from\n%s", c, err, text)
	}
	if text, err = RulesText(""); err != nil || !strings.Contains(text, "id: topics") {
		t.Errorf("the built-in one: %v\n%s", err, text)
	}
	if _, err := RulesText("/nothing/here.yaml"); err == nil {
		t.Error("a file that is not there")
	}
	if text, err = RulesText(write(t, "")); err != nil {
		t.Errorf("an empty file: %v\n%s", err, text)
	}
}

func TestReadRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"a channel that there is not": {"rules:\n  - id: r\n    name: {km: ក, en: R}\n    channels: [nobody]\n", `text:4: rules[0].channels: "nobody" is not a channel`},
		"a topic that there is not":   {"rules:\n  - {id: r, name: {km: ក, en: R}, level: notice,\n     topics: [x]}\n", `text:3: rules[0].topics: "x" is not a topic`},
		"channels":                    {"channels: []\n", "text:1: channels: unknown key"},
		"an unknown key":              {"rules:\n  - {id: r, name: {km: ក, en: R}, level: notice, topic: [land]}\n", "rules[0].topic: unknown key"},
		"not YAML":                    {"rules: [", "not valid YAML"},
		"an alias of itself":          {"rules: &a\n  - *a\n", "text:2: anchors and aliases"},
		"a multitude":                 {"a: &a [x, x]\nb: &b [*a, *a]\nrules: *b\n", "anchors and aliases"},
	} {
		_, err := ReadRules("text", []byte(c.text), known())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, ok := errors.AsType[Problem](err); !ok {
			t.Errorf("%s: %T is not a Problem", name, err)
		}
	}
}

func TestSetRule(t *testing.T) {
	t.Parallel()
	text, err := RulesText(write(t, secretive))
	if err != nil {
		t.Fatal(err)
	}
	if text, err = SetRule([]byte(text), "land", []RuleKey{{"topics", []string{"land", "health"}}, {"min_posts", nil}, {"quiet", struct {
		From string `yaml:"from"`
		To   string `yaml:"to"`
	}{"21:00", "06:00"}}}); err != nil {
		t.Fatal(err)
	}
	if text, err = SetRule([]byte(text), "new", []RuleKey{{"name", map[string]string{"km": "ថ្មី", "en": "yes: [no]"}}, {"level", "notice"}}); err != nil {
		t.Fatal(err)
	}
	c, err := ReadRules("text", []byte(text), known())
	if err != nil || len(c.Rules) != 2 || len(c.Rules[0].Topics) != 2 || c.Rules[0].MinPosts != 0 || c.Rules[0].Quiet.From != "21:00" || c.Rules[0].Channels[0] != "team" ||
		c.Rules[1].Name.English != "yes: [no]" || len(c.Silences) != 1 {
		t.Errorf("%+v, %v, from\n%s", c, err, text)
	}
	if text, err = SetRule(nil, "first", []RuleKey{{"level", "notice"}}); err != nil || text != "rules:\n  - id: first\n    level: notice\n" {
		t.Errorf("in an empty text: %v\n%s", err, text)
	}
	for _, bad := range []string{"[", "- x", "rules: &a [*a]"} {
		if text, err := SetRule([]byte(bad), "r", nil); err == nil {
			t.Errorf("%q gives\n%s", bad, text)
		}
	}
}

// FuzzSetRule looks for texts that end the program, or that come out as something that is not YAML.
func FuzzSetRule(f *testing.F) {
	for _, seed := range []string{secretive, "", "rules: [", "rules: &a [*a]", "rules:\n - {id: land}\n", "rules: {id: land}", "? [a]\n: b", "rules: !!binary x", "rules:\n- - - land\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = ReadRules("text", []byte(text), known())
		out, err := SetRule([]byte(text), "land", []RuleKey{{"topics", []string{"land"}}})
		if err != nil {
			return
		}
		if _, err := mapping([]byte(out)); err != nil {
			t.Errorf("%q became %q: %v", text, out, err)
		}
	})
}
