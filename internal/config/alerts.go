package config

import (
	"errors"
	"fmt"

	"samleng"
	"samleng/alerts/all"
	"samleng/alerts/deliver"
	"samleng/alerts/digest"
	"samleng/alerts/rule"
	"samleng/configs"
)

// Alerts is alerts.yaml: who is told what, when, and by which way.
type Alerts struct {
	rule.Config `yaml:",inline"`

	Digests  []digest.Config `yaml:"digests"`
	Channels []all.Channel   `yaml:"channels"`
	Deliver  deliver.Config  `yaml:"deliver"`

	known *rule.Known // what rules may name; nil: rules are not checked
}

// Validate reports the faults that no part reports itself.
func (a *Alerts) Validate() error {
	var faults []error
	var ids []string
	first := map[string]int{}
	for i := range a.Channels {
		id := a.Channels[i].ID
		if before, ok := first[id]; ok {
			faults = append(faults, samleng.Keyf(fmt.Sprintf("channels[%d].id", i), "%q is used already, by channels[%d]", id, before))
			continue
		}
		first[id] = i
		ids = append(ids, id)
	}
	if a.known != nil {
		known := *a.known
		known.Channels = ids
		faults = append(faults, a.Config.Validate(known), digest.Validate(a.Digests, digest.Known(known)))
	}
	return errors.Join(faults...)
}

// Channel gives the channel of an id.
func (a *Alerts) Channel(id string) (*all.Channel, bool) {
	for i := range a.Channels {
		if a.Channels[i].ID == id {
			return &a.Channels[i], true
		}
	}
	return nil, false
}

// Digest gives the digest of an id.
func (a *Alerts) Digest(id string) (*digest.Config, bool) {
	for i := range a.Digests {
		if a.Digests[i].ID == id {
			return &a.Digests[i], true
		}
	}
	return nil, false
}

// LoadAlerts reads alerts.yaml, the built-in one when file is empty. Rules are checked against what is known beside the channels of
// the file, or not at all when that is nil.
func LoadAlerts(file string, known *rule.Known) (Alerts, error) {
	a := Alerts{Deliver: deliver.DefaultConfig(), known: known}
	if err := decodeOr(file, "built-in alerts.yaml", configs.Alerts(), &a); err != nil {
		return Alerts{}, err
	}
	return a, nil
}

// ParseAlerts is LoadAlerts of a body that was read; name stands for it in what is said of its faults.
func ParseAlerts(name string, body []byte, known *rule.Known) (Alerts, error) {
	a := Alerts{Deliver: deliver.DefaultConfig(), known: known}
	if err := Decode(name, body, &a); err != nil {
		return Alerts{}, err
	}
	return a, nil
}
