package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/link"
	"samleng/alerts/rule"
	"samleng/dashboards/web"
	"samleng/internal/config"
)

// mostTried bounds how many series rules that are tried on the page may watch.
const mostTried = 5000

// rulebook reads and tries the rules that readers of the page write. It implements web.Rulebook.
type rulebook struct {
	saver ruleSaver
	needs engineNeeds // of an engine that runs over the past
}

// newRulebook makes the rulebook of a running program.
func (a *App) newRulebook() (*rulebook, error) {
	key, err := link.Key(a.folder.file(linkKey))
	if err != nil {
		return nil, err
	}
	sources, err := alertSources(&a.o.Settings, a.o.Sample)
	if err != nil {
		return nil, err
	}
	return &rulebook{saver: ruleSaver{a.rules, key}, needs: engineNeeds{
		Settings: &a.o.Settings, Sources: sources, Store: a.store, Silencer: silencer{a.store}, Logger: a.log.With("part", "rules that are tried"), Now: time.Now,
	}}, nil
}

// shown gives the file as it is now, and as readers may see it.
func (b *rulebook) shown() ([]byte, *config.RuleText, error) {
	file := b.saver.keeper.file
	body, err := file.read()
	if err != nil {
		return nil, nil, err
	}
	text, err := config.NewRuleText(body)
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", file.path, err)
	}
	return body, text, nil
}

// Open implements web.Rulebook.
func (b *rulebook) Open() (web.RuleFile, error) {
	body, text, err := b.shown()
	if err != nil {
		return web.RuleFile{}, err
	}
	file := b.saver.keeper.file
	out := web.RuleFile{Text: text.Text, Version: b.saver.version(body), File: file.path, BuiltIn: body == nil}
	if err := file.writable(); err != nil {
		out.Why = err.Error()
	}
	return out, nil
}

// textName stands for the text in what is said of its faults.
const textName = "alerts.yaml"

// Read implements web.Rulebook.
func (b *rulebook) Read(text string, change *web.AlertRule) (web.RuleText, error) {
	out := web.RuleText{Text: text}
	_, shown, err := b.shown()
	if err != nil {
		return out, err
	}
	now := b.saver.keeper.now()
	_, read, err := shown.Read(textName, text, now.known())
	if change != nil {
		changed, failed := config.SetRule([]byte(text), change.ID, now.keys(read.Rules, change))
		if failed != nil {
			return out, failed
		}
		out.Text = changed
		_, read, err = shown.Read(textName, changed, now.known())
	}
	out.Faults = faults(err)
	out.Rules = now.pageRules(read.Rules)
	return out, nil
}

// faults lists what is wrong with a text.
func faults(err error) []web.RuleFault {
	var all []web.RuleFault
	switch many := err.(type) { //nolint:errorlint // joined errors are taken apart
	case nil:
	case interface{ Unwrap() []error }:
		for _, one := range many.Unwrap() {
			all = append(all, faults(one)...)
		}
	default:
		if p, ok := errors.AsType[config.Problem](err); ok {
			return []web.RuleFault{{Line: p.Line, Key: p.Key, Text: p.Text}}
		}
		all = append(all, web.RuleFault{Text: err.Error()})
	}
	return all
}

// keys gives the keys of a rule that a change makes different from what it is.
func (a *alerting) keys(rules []rule.Rule, change *web.AlertRule) []config.RuleKey {
	was := web.AlertRule{Topics: []string{}, Places: []string{}, Kinds: []samleng.Kind{}, Keywords: []string{}, Channels: []string{}}
	if i := slices.IndexFunc(rules, func(r rule.Rule) bool { return r.ID == change.ID }); i >= 0 {
		was = a.pageRules(rules[i : i+1])[0]
	}
	var all []config.RuleKey
	set := func(name string, old, now any) {
		if reflect.DeepEqual(old, now) {
			return
		}
		if reflect.ValueOf(now).IsZero() {
			now = nil
		}
		all = append(all, config.RuleKey{Name: name, Value: now})
	}
	type name struct {
		Khmer   string `yaml:"km"`
		English string `yaml:"en"`
	}
	set("name", name{was.Khmer, was.English}, name{change.Khmer, change.English})
	set("topics", was.Topics, change.Topics)
	set("places", was.Places, change.Places)
	set("kinds", was.Kinds, change.Kinds)
	set("language", was.Language, change.Language)
	set("keywords", was.Keywords, change.Keywords)
	set("count_by", was.CountBy, change.CountBy)
	set("signals", was.Signals, change.Signals)
	set("min_posts", was.MinPosts, change.MinPosts)
	set("alerts_a_week", was.AlertsAWeek, change.AlertsAWeek)
	set("level", was.Level, change.Level)
	set("channels", was.Channels, change.Channels)
	set("quiet", quietOf(was.Quiet), quietOf(change.Quiet))
	set("disabled", was.Disabled, change.Disabled)
	return all
}

// quietHours are quiet hours as the file has them.
type quietHours struct {
	From     string `yaml:"from,omitempty"`
	To       string `yaml:"to,omitempty"`
	Holidays bool   `yaml:"holidays,omitempty"`
}

func quietOf(q *web.AlertQuiet) quietHours {
	if q == nil {
		return quietHours{}
	}
	return quietHours{q.From, q.To, q.Holidays}
}

// Try implements web.Rulebook.
func (b *rulebook) Try(ctx context.Context, text string, since, until time.Time, progress func(float64)) (web.Trial, error) {
	trial := web.Trial{Since: since, Until: until}
	_, shown, err := b.shown()
	if err != nil {
		return trial, err
	}
	now := b.saver.keeper.now()
	tried := *now
	if _, tried.file, err = shown.Read(textName, text, now.known()); err != nil {
		return trial, err
	}
	if err := tried.makeBook(); err != nil {
		return trial, err
	}
	if series := tried.watched(); series > mostTried {
		return trial, fmt.Errorf("these rules watch %d series, and at most %d can be tried here: samleng alerts replay has no bound", series, mostTried)
	}
	for i, run := range []struct {
		rules *alerting
		into  *[]web.TrialAlert
	}{{now, &trial.Now}, {&tried, &trial.New}} {
		needs := b.needs
		needs.Progress = func(share float64) { progress((float64(i) + share) / 2) }
		engine, err := run.rules.engine(needs)
		if err != nil {
			return trial, err
		}
		records, err := engine.Replay(ctx, since, until)
		if err != nil {
			return trial, fmt.Errorf("run the rules over the past: %w", err)
		}
		*run.into = triedAlerts(records)
	}
	return trial, nil
}

// triedAlerts gives the episodes that were opened or held, each with how often it was told again.
func triedAlerts(records []samleng.AlertRecord) []web.TrialAlert {
	var all []web.TrialAlert
	at := map[string]int{}
	for i := range records {
		r := &records[i]
		a := &r.Alert
		switch a.State {
		case samleng.AlertOpened, samleng.AlertHeld:
			one := web.TrialAlert{
				Rule: a.Rule, Series: a.Series, At: r.Tick.UTC(), Level: a.Level.String(), Signals: []samleng.Signal{}, Silent: none(a.Silent), Channels: none(r.Channels), Held: a.Held, State: string(a.State),
			}
			if len(r.Channels) > 0 {
				one.Due = r.Due.UTC()
			}
			for j := range a.Changes {
				one.Score = max(one.Score, a.Changes[j].Score)
				one.Signals = append(one.Signals, a.Changes[j].Signal)
			}
			at[a.Episode] = len(all)
			all = append(all, one)
		case samleng.AlertEscalated:
			if j, ok := at[a.Episode]; ok {
				all[j].Again++
			}
		}
	}
	return all
}
