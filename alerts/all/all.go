// Package all owns the one list of channel kinds, as the entry of a channel in
// configs/alerts.yaml. Adding a kind is a folder beneath alerts and a line here.
//
// It knows nothing of how a channel works or when it is used.
package all

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/mail"
	"samleng/alerts/shoutrrr"
	"samleng/alerts/slack"
	"samleng/alerts/telegram"
	"samleng/alerts/webhook"
)

// Channel is one entry of the list of channels: an id, a language, and the settings of one kind
// under the kind's name.
type Channel struct {
	ID       string `yaml:"id"`
	Language string `yaml:"language"` // km, en or both; empty: both
	Disabled bool   `yaml:"disabled"` // nothing is sent to it

	Telegram *telegram.Config `yaml:"telegram"`
	Slack    *slack.Config    `yaml:"slack"`
	Mail     *mail.Config     `yaml:"mail"`
	Webhook  *webhook.Config  `yaml:"webhook"`
	Shoutrrr *shoutrrr.Config `yaml:"shoutrrr"`
}

// The languages of a channel.
const (
	Khmer   = "km"
	English = "en"
	Both    = "both" // Khmer first, English beneath
)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Validate reports the faults that are not those of a kind, which checks itself.
func (c *Channel) Validate() error {
	var faults []error
	if !idForm.MatchString(c.ID) {
		faults = append(faults, samleng.Keyf("id", "%q: want lower-case letters, digits and hyphens, at most 64", c.ID))
	}
	if c.Language != "" && c.Language != Khmer && c.Language != English && c.Language != Both {
		faults = append(faults, samleng.Keyf("language", "%q: want km, en or both", c.Language))
	}
	switch set, all := c.kinds(); len(set) {
	case 0:
		faults = append(faults, samleng.Keyf("", "says not what kind it is: want one of the blocks %s", strings.Join(all, ", ")))
	case 1:
	default:
		faults = append(faults, samleng.Keyf(set[1].name, "a channel is of one kind: %s is set as well", set[0].name))
	}
	return errors.Join(faults...)
}

// Kind is the name of the kind of a valid channel.
func (c *Channel) Kind() string {
	set, _ := c.kinds()
	if len(set) != 1 {
		return ""
	}
	return set[0].name
}

// Speaks is the language of the channel's cards.
func (c *Channel) Speaks() string {
	if c.Language == "" {
		return Both
	}
	return c.Language
}

// Open makes the channel of a valid entry. It reads secrets from files.
func (c *Channel) Open(deps alerts.Deps) (alerts.Channel, error) {
	set, _ := c.kinds()
	if len(set) != 1 {
		return nil, fmt.Errorf("channel %s: %w", c.ID, errors.New("it is not of one kind"))
	}
	opened, err := set[0].settings.Open(deps)
	if err != nil {
		return nil, fmt.Errorf("channel %s: %s: %w", c.ID, set[0].name, err)
	}
	return opened, nil
}

type kind struct {
	name     string
	settings alerts.Settings
}

// kinds gives the kinds that are set, and the names of all that could be.
func (c *Channel) kinds() (set []kind, names []string) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		settings, ok := v.Field(i).Interface().(alerts.Settings)
		if !ok {
			continue
		}
		name := v.Type().Field(i).Tag.Get("yaml")
		names = append(names, name)
		if !v.Field(i).IsNil() {
			set = append(set, kind{name, settings})
		}
	}
	return set, names
}
