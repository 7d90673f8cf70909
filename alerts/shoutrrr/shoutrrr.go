// Package shoutrrr tells whatever else the library of that name speaks: Discord, Microsoft
// Teams, Google Chat, Matrix, Mattermost, Rocket.Chat, Zulip, ntfy, Gotify, Pushover and others.
//
// It owns the classes of the library's errors, and keeps what is in a service's address, which
// holds its tokens, out of them. What Telegram, Slack and mail can do beyond plain text, and
// signed webhooks, are packages of their own.
package shoutrrr

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/router"
	"github.com/nicholas-fedor/shoutrrr/pkg/types"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/endpoint"
)

// Config is the address of a service, as the library's documentation has it, such as
// ntfy://ntfy.sh/topic or discord://token@id.
type Config struct {
	URL     samleng.Secret `yaml:"url"`
	URLFile string         `yaml:"url_file"`
}

// better names the kind of channel that does more than the library does for a service.
var better = map[string]string{"telegram": "telegram", "slack": "slack", "smtp": "mail"}

// Validate reports every fault of the part.
func (c *Config) Validate() error {
	switch {
	case c.URL == "" && c.URLFile == "":
		return samleng.Keyf("url", "is missing: set url or url_file")
	case c.URL != "" && c.URLFile != "":
		return samleng.Keyf("url", "url and url_file are both set: keep one")
	case c.URL != "":
		if _, err := service(c.URL); err != nil {
			return samleng.Keyf("url", "%w", err)
		}
	}
	return nil
}

// service makes the library's service of an address.
func service(address samleng.Secret) (types.Service, error) {
	scheme, _, _ := strings.Cut(address.Reveal(), "://")
	scheme, _, _ = strings.Cut(scheme, "+")
	var r router.ServiceRouter
	known := r.ListServices()
	slices.Sort(known)
	known = slices.DeleteFunc(known, func(name string) bool { return better[name] != "" || name == "logger" })
	if kind := better[scheme]; kind != "" {
		return nil, fmt.Errorf("use the kind %s for that", kind)
	}
	if !slices.Contains(known, scheme) {
		return nil, fmt.Errorf("begins with no service: want one of %s", strings.Join(known, ", "))
	}
	s, err := r.Locate(address.Reveal())
	if err != nil {
		return nil, fmt.Errorf("is not an address of %s: %s", scheme, hide(err.Error(), address))
	}
	return s, nil
}

// Open makes the channel.
func (c *Config) Open(alerts.Deps) (alerts.Channel, error) {
	address, err := samleng.ReadSecret(c.URL, c.URLFile)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	s, err := service(address)
	if err != nil {
		return nil, samleng.Keyf("url", "%w", err)
	}
	return &channel{service: s, address: address, busy: make(chan struct{}, 1)}, nil
}

// channel is a service of the library.
type channel struct {
	service types.Service
	address samleng.Secret
	busy    chan struct{} // held by the attempt under way
}

// Traits says what the channel takes: a message a second, which all of the services let pass.
func (c *channel) Traits() alerts.Traits {
	return alerts.Traits{Format: alerts.FormatPlain, Limits: []alerts.Limit{{Messages: 1, Period: time.Second}}}
}

// Send hands a message to the library, which knows no contexts: an attempt that outlives ctx is
// left behind, and until it has ended there is no other.
func (c *channel) Send(ctx context.Context, m alerts.Message) (alerts.Receipt, error) {
	what := "send by " + c.service.GetID()
	select {
	case c.busy <- struct{}{}:
	default:
		return "", samleng.Errorf(samleng.RetryAfter, "%s: the attempt before has not ended yet", what)
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-c.busy }()
		done <- c.service.Send(m.Text, &types.Params{})
	}()
	select {
	case err := <-done:
		return "", c.classify(what, err)
	case <-ctx.Done():
		return "", alerts.Unsure(samleng.Errorf(samleng.RetryAfter, "%s: %w", what, ctx.Err()))
	}
}

var (
	// status finds the status of HTTP in an error's text: most services give it nowhere else.
	status = regexp.MustCompile(`\b[45][0-9]{2}\b`)
	// unsent finds what goes wrong before a message is sent.
	unsent = regexp.MustCompile(`\bdial |no such host|connection refused|x509:|tls:`)
)

// classify says what an error of the library means. Whether the message went out is known only
// where the service named a status, or was not reached at all.
func (c *channel) classify(what string, err error) error {
	if err == nil {
		return nil
	}
	said := hide(err.Error(), c.address)
	plain := fmt.Errorf("%s: %s", what, said)
	code, _ := strconv.Atoi(status.FindString(said))
	switch {
	case code == 429:
		return samleng.WithClass(samleng.RateLimited, plain)
	case code == 401 || code == 403 || code == 404 || code == 410:
		return samleng.WithClass(samleng.Unauthorised, plain)
	case code == 400 || code == 413 || code == 422:
		return samleng.WithClass(samleng.Permanent, plain)
	case code >= 500 || unsent.MatchString(said):
		return samleng.WithClass(samleng.RetryAfter, plain)
	}
	return alerts.Unsure(samleng.WithClass(samleng.RetryAfter, plain))
}

var (
	addresses = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"']+`)
	separator = regexp.MustCompile(`[/?&=@:#,;+\s]+`)
)

// hide takes addresses, and every part of the service's own, out of a text.
func hide(text string, address samleng.Secret) string {
	text = addresses.ReplaceAllString(text, "<address>")
	_, rest, _ := strings.Cut(address.Reveal(), "://")
	parts := separator.Split(rest, -1)
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) })
	for _, part := range parts {
		if len(part) > 3 { // shorter ones are in every text, and no secret
			text = strings.ReplaceAll(text, part, "<secret>")
		}
	}
	return endpoint.Short(text)
}
