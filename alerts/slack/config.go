// Package slack tells a Slack channel: as a bot through the Web API, which can change its
// messages and add charts, or through an incoming webhook, which can neither.
//
// It owns the calls that alerts need and what their answers mean. It does not write cards.
package slack

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"samleng"
	"samleng/alerts"
)

// MaxText is how long a message can be, in characters, so that chat.update still takes it.
const MaxText = 4000

// defaultAPI is Slack's Web API.
const defaultAPI = "https://slack.com/api"

// Config is a channel of a workspace and the app that writes into it: a bot by Token and
// Channel, or an incoming webhook by Webhook alone.
type Config struct {
	Token       samleng.Secret `yaml:"token"` // of the bot, xoxb-...
	TokenFile   string         `yaml:"token_file"`
	Channel     string         `yaml:"channel"` // id, as in C0123456789
	Webhook     samleng.Secret `yaml:"webhook"` // address of an incoming webhook, a secret
	WebhookFile string         `yaml:"webhook_file"`
	API         string         `yaml:"api"` // another address of the Web API; empty: Slack's
}

var (
	channelForm = regexp.MustCompile(`^[CDG][A-Z0-9]{6,20}$`)
	tokenForm   = regexp.MustCompile(`^xox[a-z]-[A-Za-z0-9-]{10,}$`)
)

// Validate reports every fault of the part.
func (c *Config) Validate() error {
	var faults []error
	bot, webhook := c.Token != "" || c.TokenFile != "", c.Webhook != "" || c.WebhookFile != ""
	switch {
	case !bot && !webhook:
		faults = append(faults, samleng.Keyf("token", "is missing: set token or token_file of a bot, or webhook or webhook_file"))
	case bot && webhook:
		faults = append(faults, samleng.Keyf("webhook", "a token is set as well: keep one of them"))
	case c.Token != "" && c.TokenFile != "", c.Webhook != "" && c.WebhookFile != "":
		faults = append(faults, samleng.Keyf("token", "a secret and a file for it are both set: keep one"))
	}
	if c.Token != "" && !tokenForm.MatchString(c.Token.Reveal()) {
		faults = append(faults, samleng.Keyf("token", "does not look like a token of a Slack bot, xoxb-..."))
	}
	if bot && !channelForm.MatchString(c.Channel) {
		faults = append(faults, samleng.Keyf("channel", "%q: want the id of a channel, such as C0123456789; Slack shows it under the channel's details", c.Channel))
	}
	if webhook && c.Channel != "" {
		faults = append(faults, samleng.Keyf("channel", "an incoming webhook knows its channel: leave this out"))
	}
	if c.Webhook != "" && !isAddress(c.Webhook.Reveal()) {
		faults = append(faults, samleng.Keyf("webhook", "want an address as https://hooks.slack.com/services/..."))
	}
	if c.API != "" && !isAddress(c.API) {
		faults = append(faults, samleng.Keyf("api", "want an address as %s", defaultAPI))
	}
	return errors.Join(faults...)
}

// Open makes the channel.
func (c *Config) Open(deps alerts.Deps) (alerts.Channel, error) {
	token, err := samleng.ReadSecret(c.Token, c.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	if token != "" {
		if !tokenForm.MatchString(token.Reveal()) {
			return nil, samleng.Keyf("token_file", "does not hold a token of a Slack bot, xoxb-...")
		}
		return &bot{api: strings.TrimSuffix(cmp.Or(c.API, defaultAPI), "/") + "/", token: token, channel: c.Channel, deps: deps}, nil
	}
	webhook, err := samleng.ReadSecret(c.Webhook, c.WebhookFile)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	if !isAddress(webhook.Reveal()) {
		return nil, samleng.Keyf("webhook_file", "does not hold an address as https://hooks.slack.com/services/...")
	}
	return &incoming{address: webhook, deps: deps}, nil
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}
