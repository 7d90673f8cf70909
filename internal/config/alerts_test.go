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
