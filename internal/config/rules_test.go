package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"samleng/alerts/rule"
	"samleng/configs"
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
    webhook: {url: "https://example.org/SECRET", secret: SECRET-0123456789}
silences:
  - {topic: land, until: 2026-12-01T00:00:00+07:00, reason: works}
holidays: {remove: [2026-01-07]}
deliver: {give_up: 1h}
`

func known() *rule.Known {
	return &rule.Known{Topics: []string{"land", "health"}, Provinces: []string{"12"}}
}

func shown(t *testing.T, file string) *RuleText {
	t.Helper()
	text, err := NewRuleText([]byte(file))
	if err != nil {
		t.Fatalf("%v, of\n%s", err, file)
	}
	return text
}

func TestRuleTextHasNoSecrets(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"as written":          secretive,
		"windows":             strings.ReplaceAll(secretive, "\n", "\r\n"),
		"channels at the end": strings.Replace(secretive, "silences:", "#\nsilences:", 1) + "\n# SECRET token",
		"channels alone":      "channels:\n  - id: team\n    webhook: {url: \"https://example.org/SECRET\", secret: SECRET}\n  # xoxb-1-SECRET\n",
		"channels in a line":  "channels: [{id: team, webhook: {url: \"https://example.org/SECRET\", secret: SECRET}}]\nrules: []\n",
		"a commented token":   "rules: []\n# telegram: 123456:SECRET\n# https://hooks.example/SECRET\n#  aGVsbG8gd29ybGQ1SECRET\nchannels: []\n",
	} {
		text := shown(t, file)
		if strings.Contains(text.Text, "SECRET") || strings.Contains(text.Text, "webhook") {
			t.Errorf("%s: the text has too much:\n%s", name, text.Text)
		}
		whole, _, err := text.Read("text", text.Text, known())
		if string(whole) != file {
			t.Errorf("%s: it came back as\n%s", name, whole)
		}
		if faults := fmt.Sprint(err); strings.Contains(faults, "SECRET") {
			t.Errorf("%s: %s", name, faults)
		}
	}
	text := shown(t, secretive)
	for _, kept := range []string{"topics: [land] ", "deliver: {give_up: 1h}", "- &r", "holidays: {remove"} {
		if !strings.Contains(text.Text, kept) {
			t.Errorf("the text lacks %q:\n%s", kept, text.Text)
		}
	}
	_, a, err := text.Read("text", text.Text, known())
	if err != nil || len(a.Rules) != 1 || a.Rules[0].MinPosts != 7 || len(a.Silences) != 1 || len(a.Channels) != 1 || a.Channels[0].Webhook.Secret.Reveal() != "SECRET-0123456789" {
		t.Errorf("%+v, %v", a, err)
	}
	// Nothing is hidden of the built-in file, and its comments are there.
	built, err := NewRuleText(nil)
	if err != nil || strings.Contains(built.Text, "[hidden") || built.Text != string(configs.Alerts()) {
		t.Errorf("the built-in one: %v\n%s", err, built.Text)
	}
	if _, err := NewRuleText([]byte("{rules: [], channels: [{id: team, slack: {token: SECRET}}]}")); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("in braces: %v", err)
	}
	if _, err := NewRuleText([]byte("")); err != nil {
		t.Errorf("an empty file: %v", err)
	}
}

// TestRuleTextKeepsChannels has texts that would change or show what is hidden.
func TestRuleTextKeepsChannels(t *testing.T) {
	t.Parallel()
	text := shown(t, secretive)
	_, rest, _ := strings.Cut(text.Text, "# [hidden 3")
	rest, _, _ = strings.Cut(rest, "\n")
	line := "# [hidden 3" + rest
	for name, c := range map[string]struct{ text, want string }{
		"no channels":             {strings.Replace(text.Text, line+"\n", "", 1), "[hidden 3] is missing"},
		"no comment":              {strings.Replace(text.Text, "# [hidden 1", "# [shown 1", 1), "[hidden 1] is missing"},
		"twice":                   {text.Text + line + "\n", "text:14: [hidden 3] stands in the text twice"},
		"an unknown one":          {text.Text + "# [hidden 9]\n", "nothing is hidden under the number 9"},
		"channels within a line":  {strings.Replace(text.Text, line, "digests: [] "+line, 1), "needs a line of its own"},
		"channels indented":       {strings.Replace(text.Text, line, "  "+line, 1), "needs a line of its own"},
		"one more channel":        {strings.Replace(text.Text, line, line+"\n  - id: mine\n    webhook: {url: \"https://mine.example/\", secret: 0123456789abcdef}", 1), "channels: are not changed here"},
		"channels set again":      {text.Text + "channels: []\n", "channels: is set twice"},
		"channels left behind":    {"---\nrules: []\n---\n" + text.Text, "channels: are not changed here"},
		"a secret as a reason":    {strings.Replace(text.Text, "reason: works", "reason: \"# [hidden 1]\"", 1), "in a comment only"},
		"a secret as a long text": {strings.Replace(text.Text, "holidays:", "x: |\n  # [hidden 1]\nholidays:", 1), "in a comment only"},
		"a fault behind channels": {strings.Replace(text.Text, "give_up: 1h", "give_up: soon", 1), `text:13: deliver.give_up`},
		"an alias":                {text.Text + "digests: *r\n", "anchors and aliases"},
	} {
		_, _, err := text.Read("text", c.text, known())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v, want %q, of\n%s", name, err, c.want, c.text)
		}
	}
	if _, _, err := shown(t, "rules: []\n").Read("text", "channels:\n  - id: mine\n    webhook: {url: \"https://mine.example/\", secret: 0123456789abcdef}\n", known()); err == nil || !strings.Contains(err.Error(), "are not changed here") {
		t.Errorf("a first channel: %v", err)
	}
	broken := shown(t, strings.Replace(secretive, "id: team", "id: Te am", 1))
	if _, _, err := broken.Read("text", broken.Text, known()); err == nil || !strings.Contains(err.Error(), "have a fault, and are not shown here") || strings.Contains(err.Error(), "Te am\"") {
		t.Errorf("a hidden fault: %v", err)
	}
}

// TestHiddenIsNoPartOfAValue closes a quotation of the reader's with one that is hidden: the text
// cannot be read without what is hidden, and could with it.
func TestHiddenIsNoPartOfAValue(t *testing.T) {
	t.Parallel()
	text := shown(t, "rules: []\nchannels:\n  - {id: team, webhook: {url: \"https://example.org/\", secret: SECRET-0123456789}}\n  # of the readers'\n")
	_, mark, _ := strings.Cut(text.Text, "rules: []\n")
	_, read, err := text.Read("text", "rules:\n- id: 'x\n"+mark, known())
	if err == nil || !strings.Contains(err.Error(), "not valid YAML") || len(read.Rules) > 0 {
		t.Errorf("%+v, %v", read.Rules, err)
	}
}

func TestReadRules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"a channel that there is not": {"rules:\n  - id: r\n    name: {km: ក, en: R}\n    channels: [nobody]\n", `text:4: rules[0].channels: "nobody" is not a channel`},
		"a topic that there is not":   {"rules:\n  - {id: r, name: {km: ក, en: R}, level: notice,\n     topics: [x]}\n", `text:3: rules[0].topics: "x" is not a topic`},
		"an unknown key":              {"rules:\n  - {id: r, name: {km: ក, en: R}, level: notice, topic: [land]}\n", "rules[0].topic: unknown key"},
		"not YAML":                    {"rules: [", "not valid YAML"},
		"an alias of itself":          {"rules: &a\n  - *a\n", "text:2: anchors and aliases"},
		"a multitude":                 {"a: &a [x, x]\nb: &b [*a, *a]\nrules: *b\n", "anchors and aliases"},
	} {
		_, _, err := shown(t, "rules: []\n").Read("text", c.text, known())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, ok := errors.AsType[Problem](err); !ok {
			t.Errorf("%s: %T is not a Problem", name, err)
		}
	}
}

type hours struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

func TestSetRule(t *testing.T) {
	t.Parallel()
	built := string(configs.Alerts())
	was := "    topics: []             # ids of topics.yaml; empty: each topic\n"
	for name, c := range map[string]struct {
		text, id string
		keys     []RuleKey
		old, now string // what was replaced by what; everything else stays
	}{
		"a list, its comment in its column": {built, "topics", []RuleKey{{"topics", []string{"land"}}}, was, "    topics: [land]         # ids of topics.yaml; empty: each topic\n"},
		"a list that is long": {
			built, "topics", []RuleKey{{"topics", []string{"land", "health", "education"}}}, was, "    topics: [land, health, education] # ids of topics.yaml; empty: each topic\n",
		},
		"a value":                         {built, "provinces", []RuleKey{{"alerts_a_week", 0.5}}, "    alerts_a_week: 3\n", "    alerts_a_week: 0.5\n"},
		"a key that is new":               {built, "provinces", []RuleKey{{"quiet", hours{"21:00", "06:00"}}}, "    alerts_a_week: 3\n    level: notice\n", "    alerts_a_week: 3\n    level: notice\n    quiet: {from: \"21:00\", to: \"06:00\"}\n"},
		"a key that goes":                 {built, "provinces", []RuleKey{{"level", nil}}, "    alerts_a_week: 3\n    level: notice\n", "    alerts_a_week: 3\n"},
		"nothing where there was nothing": {built, "provinces", []RuleKey{{"topics", []string{}}, {"language", nil}}, "", ""},
		"a quoted sign":                   {"rules:\n  - id: r # first\n    name: {km: \"ក # 1\", en: R} # no # sign\n", "r", []RuleKey{{"name", map[string]string{"km": "ខ", "en": "yes: [no]"}}}, `{km: "ក # 1", en: R} # no`, "{en: 'yes: [no]', km: ខ} # no"},
		"several lines":                   {"rules:\n  - id: r\n    topics:\n      - land\n      - health\n\n  # next\n  - id: s\n", "r", []RuleKey{{"topics", []string{"land"}}}, "    topics:\n      - land\n      - health\n", "    topics: [land]\n"},
		"one more rule":                   {"rules:\n  - id: r\n    level: notice\n\n# behind\ndigests: []\n", "s", []RuleKey{{"level", "notice"}}, "    level: notice\n", "    level: notice\n  - id: s\n    level: notice\n"},
		"no line behind":                  {"rules:\n- id: r", "r", []RuleKey{{"min_posts", 9}}, "- id: r", "- id: r\n  min_posts: 9"},
		"in an empty text":                {"", "first", []RuleKey{{"level", "notice"}}, "", "rules:\n  - id: first\n    level: notice\n"},
		"in braces":                       {"rules: [{id: r, level: urgent}]\n", "r", []RuleKey{{"level", "notice"}}, "rules: [{id: r, level: urgent}]\n", "rules:\n  - {id: r, level: notice}\n"},
	} {
		want := strings.Replace(c.text, c.old, c.now, 1)
		if got, err := SetRule([]byte(c.text), c.id, c.keys); err != nil || got != want {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(want, got))
		}
	}
	for _, bad := range []string{"[", "- x", "rules: &a [*a]"} {
		if text, err := SetRule([]byte(bad), "r", nil); err == nil {
			t.Errorf("%q gives\n%s", bad, text)
		}
	}
}

// FuzzSetRule looks for texts that end the program, that come out as something that is not YAML, or
// that show what is hidden.
func FuzzSetRule(f *testing.F) {
	for _, seed := range []string{secretive, "", "rules: [", "rules: &a [*a]", "rules:\n - {id: land}\n", "rules: {id: land}", "? [a]\n: b", "rules: !!binary x", "rules:\n- - - land\n", "rules:\n - id: land\n   topics: 'a\n    b' # c\n"} {
		f.Add(seed)
	}
	hidden, err := NewRuleText([]byte(secretive))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, a, err := hidden.Read("text", text, known()); err == nil {
			a.Channels = nil
			if strings.Contains(fmt.Sprintf("%+v", a), "SECRET") {
				t.Errorf("%q shows a secret", text)
			}
		}
		if shown, err := NewRuleText([]byte(text)); err == nil && len(text) > 0 {
			if whole, _, _ := shown.Read("text", shown.Text, known()); whole != nil && strings.ReplaceAll(string(whole), "\r\n", "\n") != strings.ReplaceAll(text, "\r\n", "\n") {
				t.Errorf("%q comes back as %q", text, whole)
			}
		}
		out, err := SetRule([]byte(text), "land", []RuleKey{{"topics", []string{"land"}}})
		if err != nil {
			return
		}
		if _, err := mapping([]byte(out)); err != nil {
			t.Errorf("%q became %q: %v", text, out, err)
		}
	})
}
