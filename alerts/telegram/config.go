// Package telegram tells a Telegram chat through the Bot API, over plain HTTP.
//
// It owns the calls of the Bot API that alerts need, and what their answers mean. It does not
// write cards, nor cut them to Telegram's limits: those are MaxText and MaxCaption.
package telegram

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"samleng"
	"samleng/alerts"
)

// Limits of the Bot API, in UTF-16 units of the text without its markup.
const (
	MaxText    = 4096
	MaxCaption = 1024
)

// defaultAPI is Telegram's own server; one may run another.
const defaultAPI = "https://api.telegram.org"

// Config is a chat and the bot that writes into it.
type Config struct {
	Token     samleng.Secret `yaml:"token"` // from @BotFather
	TokenFile string         `yaml:"token_file"`
	// Chat is the number of a chat, group or channel, or the @name of a public channel.
	Chat  string `yaml:"chat"`
	Topic int    `yaml:"topic"` // of a group with topics; 0: none
	API   string `yaml:"api"`   // of another Bot API server; empty: Telegram's
}

var (
	chatForm  = regexp.MustCompile(`^(-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31})$`)
	tokenForm = regexp.MustCompile(`^[0-9]{3,20}:[A-Za-z0-9_-]{10,100}$`)
)

// Validate reports every fault of the part.
func (c *Config) Validate() error {
	var faults []error
	switch {
	case c.Token == "" && c.TokenFile == "":
		faults = append(faults, samleng.Keyf("token", "is missing: set token or token_file to what @BotFather gave"))
	case c.Token != "" && c.TokenFile != "":
		faults = append(faults, samleng.Keyf("token", "token and token_file are both set: keep one"))
	case c.Token != "" && !tokenForm.MatchString(c.Token.Reveal()):
		faults = append(faults, samleng.Keyf("token", "does not look like a token of @BotFather, 123456:ABC..."))
	}
	if !chatForm.MatchString(c.Chat) {
		faults = append(faults, samleng.Keyf("chat", "%q: want the number of a chat, such as -1001234567890, or @name of a public channel", c.Chat))
	}
	if c.Topic < 0 {
		faults = append(faults, samleng.Keyf("topic", "%d is negative", c.Topic))
	}
	if u, err := url.Parse(c.API); c.API != "" && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http")) {
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
	if !tokenForm.MatchString(token.Reveal()) {
		return nil, samleng.Keyf("token_file", "does not hold a token of @BotFather, 123456:ABC...")
	}
	return &channel{
		bot:  strings.TrimSuffix(cmp.Or(c.API, defaultAPI), "/") + "/bot" + token.Reveal() + "/",
		chat: c.Chat, topic: c.Topic, deps: deps,
	}, nil
}

// limits are those of Telegram's FAQ for bots: one message a second into a chat, and twenty a
// minute into a group or channel, whose numbers are negative.
func limits(chat string) []alerts.Limit {
	all := []alerts.Limit{{Messages: 1, Period: time.Second}}
	if strings.HasPrefix(chat, "-") || strings.HasPrefix(chat, "@") {
		all = append(all, alerts.Limit{Messages: 20, Period: time.Minute})
	}
	return all
}
