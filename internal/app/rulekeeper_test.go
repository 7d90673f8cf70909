package app

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samleng/dashboards/web"
	"samleng/internal/config"
)

// kept is a keeper of a file of rules in a folder of its own, with a token in it.
type kept struct {
	*rulekeeper
	saver *ruleSaver
	log   bytes.Buffer
	taken []*alerting
	fails error // of what runs by the rules
}

const keptRules = `# who is told
rules:
  - id: land
    name: {km: ដីធ្លី, en: Land}
    topics: [land]   # one of topics.yaml
    level: warning
    channels: [team]
channels:
  - id: team
    telegram: {token: "123456:SECRET-SECRET-SECRET", chat: "-1001"}
`

func keep(t *testing.T, body string) *kept {
	t.Helper()
	settings := config.Default()
	settings.Data = t.TempDir()
	file := rulesOf(&settings, false)
	if body != "" {
		if err := os.WriteFile(file.path, []byte(body), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	now, err := readAlerting(file.existing(&settings), topics)
	if err != nil {
		t.Fatal(err)
	}
	read, err := file.read()
	if err != nil {
		t.Fatal(err)
	}
	k := &kept{}
	k.rulekeeper = newRulekeeper(file, topics, now, read, slog.New(slog.NewTextHandler(&k.log, nil)))
	err = k.replace(func(a *alerting) error {
		if k.fails == nil {
			k.taken = append(k.taken, a)
		}
		return k.fails
	})
	if err != nil || len(k.taken) != 1 || k.taken[0] != now {
		t.Fatalf("the rules in force were taken as %v, %v", k.taken, err)
	}
	k.taken = nil
	k.saver = &ruleSaver{k.rulekeeper, []byte("key")}
	return k
}

func (k *kept) open(t *testing.T) web.RuleFile {
	t.Helper()
	f, err := (&rulebook{saver: *k.saver}).Open()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (k *kept) onDisk(t *testing.T) string {
	t.Helper()
	body, err := os.ReadFile(k.file.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestRulesAreSaved(t *testing.T) {
	t.Parallel()
	k := keep(t, keptRules)
	f := k.open(t)
	if strings.Contains(f.Text, "SECRET") || !strings.Contains(f.Text, "# one of topics.yaml") || f.BuiltIn || f.Why != "" {
		t.Fatalf("%+v", f)
	}
	next := strings.Replace(f.Text, "topics: [land]  ", "topics: [health]", 1)
	saved, err := k.saver.Save(next, f.Version)
	if err != nil || len(saved.Faults) > 0 {
		t.Fatalf("%+v, %v", saved, err)
	}
	if got, want := k.onDisk(t), strings.Replace(keptRules, "topics: [land]  ", "topics: [health]", 1); got != want {
		t.Errorf("it holds\n%s\nwant\n%s", got, want)
	}
	if info, err := os.Stat(k.file.path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if len(k.taken) != 1 || k.now() != k.taken[0] || k.now().file.Rules[0].Topics[0] != "health" || k.now().file.Channels[0].ID != "team" {
		t.Errorf("in force: %+v", k.now().file.Rules)
	}
	if again := k.open(t); again.Version != saved.Version || again.Version == f.Version {
		t.Errorf("versions %s, then %s, then %s", f.Version, saved.Version, again.Version)
	}
	if _, err := k.saver.Save(f.Text, f.Version); !errors.Is(err, web.ErrRulesChanged) {
		t.Errorf("a text of an old file: %v", err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"a topic that there is not": {strings.Replace(f.Text, "[land]", "[nothing]", 1), `rules[0].topics: "nothing"`},
		"no channels":               {"rules: []\n", "is missing"},
		"an unknown key":            {f.Text + "rule: []\n", "rule: unknown key"},
	} {
		before := k.onDisk(t)
		got, err := k.saver.Save(c.text, saved.Version)
		if err != nil || len(got.Faults) == 0 || !strings.Contains(got.Faults[0].Key+": "+got.Faults[0].Text, c.want) || k.onDisk(t) != before || len(k.taken) != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	_, rest, _ := strings.Cut(f.Text, "# [hidden")
	many := "rules:\n  - {id: r, name: {km: ក, en: R}, level: notice, places: [each], kinds: [news, social, government, survey], keywords: [" + strings.Repeat("a, ", 600) + "b]}\n" + "# [hidden" + rest
	if _, err := k.saver.Save(many, saved.Version); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("60,000 series: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(k.file.path), "*"))
	if hidden, _ := filepath.Glob(filepath.Join(filepath.Dir(k.file.path), ".*new")); err != nil || len(left) != 1 || len(hidden) > 0 {
		t.Errorf("the folder holds %v and %v", left, hidden)
	}
}

func TestRulesCannotBeSaved(t *testing.T) {
	t.Parallel()
	// One that its owner made read-only stays, for root as well.
	k := keep(t, keptRules)
	if err := os.Chmod(k.file.path, 0o440); err != nil {
		t.Fatal(err)
	}
	f := k.open(t)
	if _, err := k.saver.Save(f.Text+"# more\n", f.Version); err == nil || !strings.Contains(err.Error(), "read-only") || !strings.Contains(f.Why, "read-only") || k.onDisk(t) != keptRules {
		t.Errorf("%v; %q", err, f.Why)
	}
	// Where nothing can run by the rules, the file before is back.
	k = keep(t, keptRules)
	k.fails = errors.New("open channel team: 123456:SECRET")
	f = k.open(t)
	if _, err := k.saver.Save(f.Text+"# more\n", f.Version); err == nil || strings.Contains(err.Error(), "SECRET") || k.onDisk(t) != keptRules || len(k.taken) > 0 {
		t.Errorf("%v, and it holds\n%s", err, k.onDisk(t))
	}
	// The file behind a link is written, and the link stays.
	k = keep(t, keptRules)
	there := filepath.Join(t.TempDir(), "rules.yaml")
	if err := errors.Join(os.Rename(k.file.path, there), os.Symlink(there, k.file.path)); err != nil {
		t.Fatal(err)
	}
	f = k.open(t)
	_, err := k.saver.Save(f.Text+"# more\n", f.Version)
	if link, failed := os.Readlink(k.file.path); err != nil || failed != nil || link != there || k.onDisk(t) != keptRules+"# more\n" {
		t.Errorf("%v, %v: %s", err, failed, link)
	}
	// What is no file is not written.
	k = keep(t, keptRules)
	f = k.open(t)
	if err := errors.Join(os.Remove(k.file.path), os.Mkdir(k.file.path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := k.saver.Save(f.Text, f.Version); err == nil {
		t.Error("a folder was written")
	}
}

// TestBuiltInRulesAreSaved holds that a newcomer can save: the data folder then has the file.
func TestBuiltInRulesAreSaved(t *testing.T) {
	t.Parallel()
	k := keep(t, "")
	f := k.open(t)
	if !f.BuiltIn || f.Why != "" {
		t.Fatalf("%+v", f)
	}
	if _, err := k.saver.Save(strings.Replace(f.Text, "alerts_a_week: 2 ", "alerts_a_week: 9 ", 1), f.Version); err != nil {
		t.Fatal(err)
	}
	settings := config.Default()
	settings.Data = filepath.Dir(k.file.path)
	rules, _, err := openAlerting(&settings, "", false)
	if err != nil || rules.file.Rules[0].Budget() != 9 || k.now().file.Rules[0].Budget() != 9 {
		t.Errorf("%+v, %v", rules.file.Rules[0], err)
	}
	if info, err := os.Stat(k.file.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestRulesAreTaken changes the file by another way than the page.
func TestRulesAreTaken(t *testing.T) {
	t.Parallel()
	k := keep(t, keptRules)
	first := k.now()
	k.look()
	write := func(body string) {
		t.Helper()
		if err := os.WriteFile(k.file.path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if err := os.Chtimes(k.file.path, now, now); err != nil {
			t.Fatal(err)
		}
		k.look()
		k.look()
	}
	if write(keptRules); len(k.taken) != 0 || k.log.Len() != 0 {
		t.Errorf("the same file was taken, or %s", k.log.String())
	}
	write(strings.Replace(keptRules, "topics: [land]", "topics: [nothing]", 1))
	if logged := k.log.String(); k.now() != first || strings.Count(logged, "the rules before stay in force") != 1 || !strings.Contains(logged, "alerts.yaml:5: rules[0].topics") {
		t.Errorf("a bad file: %s", logged)
	}
	k.log.Reset()
	k.fails = errors.New("no such channel")
	write(strings.Replace(keptRules, "topics: [land]", "topics: [health]", 1))
	if logged := k.log.String(); k.now() != first || strings.Count(logged, "no such channel") != 1 {
		t.Errorf("one that nothing can run by: %s", logged)
	}
	k.log.Reset()
	k.fails = nil
	write(strings.Replace(keptRules, "topics: [land]", "topics: [education]", 1))
	if k.now() == first || len(k.taken) != 1 || k.now().file.Rules[0].Topics[0] != "education" || strings.Count(k.log.String(), "are in force") != 1 {
		t.Errorf("%d were taken: %s", len(k.taken), k.log.String())
	}
	second := k.now()
	if err := os.Remove(k.file.path); err != nil {
		t.Fatal(err)
	}
	k.log.Reset()
	k.look()
	k.look()
	if k.now() != second || strings.Count(k.log.String(), "is gone") != 1 {
		t.Errorf("a file that is gone: %s", k.log.String())
	}
}
