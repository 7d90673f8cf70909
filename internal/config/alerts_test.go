package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"samleng/alerts/rule"
)

func write(t *testing.T, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "alerts.yaml")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAlertsReportEveryFaultOfChannels(t *testing.T) {
	t.Parallel()
	_, err := LoadAlerts(write(t, `channels:
  - id: team
    telegram:
      token: 123456:AAAAAAAAAAAAAAAAAAAA
      chat: me
  - id: team
    language: fr
    mail: { host: mail.example.org, form: a@example.org, to: [b@example.org] }
  - id: other
    pigeon: {}
  - id: third
deliver:
  timeout: 0s
rules:
  - id: r
    name: { km: ក, en: R }
    channels: [nobody]
`), &rule.Known{})
	if err == nil {
		t.Fatal("no error")
	}
	got := err.Error()
	for _, want := range []string{
		`alerts.yaml:5: channels[0].telegram.chat: "me": want the number of a chat`,
		`alerts.yaml:6: channels[1].id: "team" is used already`,
		`alerts.yaml:7: channels[1].language: "fr": want km, en or both`,
		`alerts.yaml:8: channels[1].mail.form: unknown key`,
		`alerts.yaml:8: channels[1].mail.from: ""`,
		`alerts.yaml:10: channels[2].pigeon: unknown key`,
		`alerts.yaml:11: channels[3]: says not what kind it is`,
		`alerts.yaml:13: deliver.timeout: 0s: must be positive`,
		`alerts.yaml:17: rules[0].channels: "nobody" is not a channel of this file`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if strings.Contains(got, "AAAA") {
		t.Errorf("shows a secret:\n%s", got)
	}
	if t.Failed() {
		t.Log(got)
	}
}

var channelRecipe = regexp.MustCompile("(?s)<!-- test: channels -->\n```yaml\n(.*?)```")

// Every block of channels in docs/alerts.md is one that loads.
func TestChannelsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(filepath.Join("..", "..", "docs", "alerts.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := channelRecipe.FindAllStringSubmatch(string(body), -1)
	kinds := map[string]bool{}
	for _, block := range found {
		a, err := LoadAlerts(write(t, block[1]), nil)
		if err != nil {
			t.Errorf("%v in\n%s", err, block[1])
		}
		for i := range a.Channels {
			kinds[a.Channels[i].Kind()] = true
		}
	}
	for _, kind := range []string{"telegram", "slack", "mail", "webhook", "shoutrrr"} {
		if !kinds[kind] {
			t.Errorf("docs/alerts.md shows no channel of kind %s", kind)
		}
	}
}

var digestRecipe = regexp.MustCompile("(?s)<!-- test: digests -->\n```yaml\n(.*?)```")

// The digests in docs/alerts.md load, beside the channel that they name.
func TestDigestsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(filepath.Join("..", "..", "docs", "alerts.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := digestRecipe.FindAllStringSubmatch(string(body), -1)
	if len(found) == 0 {
		t.Fatal("docs/alerts.md shows no digest")
	}
	known := &rule.Known{Topics: []string{"land"}, Provinces: []string{"12"}}
	channel := "channels:\n  - {id: outreach, webhook: {url: \"http://127.0.0.1:1/\", secret: 0123456789abcdef}}\n"
	for _, block := range found {
		a, err := LoadAlerts(write(t, block[1]+channel), known)
		if err != nil {
			t.Errorf("%v in\n%s", err, block[1])
		}
		if d, ok := a.Digest("land"); !ok || d.On != "monday" {
			t.Errorf("digests %+v", a.Digests)
		}
		if _, err := LoadAlerts(write(t, block[1]), known); err == nil || !strings.Contains(err.Error(), `alerts.yaml:5: digests[0].channels: "outreach" is not a channel of this file`) {
			t.Errorf("without the channel: %v", err)
		}
	}
}
