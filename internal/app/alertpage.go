package app

import (
	"context"
	"time"

	"samleng"
	"samleng/alerts/rule"
	"samleng/alerts/spike"
	"samleng/alerts/watch"
	"samleng/classifiers/place"
	"samleng/dashboards/web"
)

// alertingPage is what the page is given about alerts.
func (a *App) alertingPage() (*web.Alerting, error) {
	out := &web.Alerting{Store: a.store, InForce: a.rulesInForce, Watching: a.watching, Expecting: a.expecting, Interval: spike.CountInterval, Places: []web.PlaceName{}}
	if a.o.Settings.Page.TakesCorrections(a.reachedBy()) {
		out.Judge = a.store
	}
	if a.o.Settings.Page.TakesSilences(a.reachedBy()) {
		out.Silencer = a.store
	}
	tries, saves := a.o.Settings.Page.TriesRules(a.reachedBy()), a.o.Settings.Page.SavesRules(a.reachedBy())
	if tries || saves {
		book, err := a.newRulebook()
		if err != nil {
			return nil, err
		}
		out.Rulebook, out.Untried = book, !tries
		if saves {
			out.Saver = &book.saver
		}
	}
	for _, p := range place.Provinces() {
		out.Places = append(out.Places, web.PlaceName{Code: p.Code, Khmer: p.Khmer, English: p.English})
	}
	return out, nil
}

// rulesInForce are the rules in force as the page shows them.
func (a *App) rulesInForce() web.RulesInForce {
	now := a.rules.now()
	out := web.RulesInForce{Rules: now.pageRules(now.file.Rules), Channels: []string{}}
	for i := range now.file.Channels {
		out.Channels = append(out.Channels, now.file.Channels[i].ID)
	}
	for i := range now.file.Silences {
		out.Fixed = append(out.Fixed, pageSilence(&now.file.Silences[i]))
	}
	return out
}

// pageSilence is a silence of the file, whose times have been validated.
func pageSilence(q *rule.Silence) samleng.Silence {
	out := samleng.Silence{SilenceRequest: samleng.SilenceRequest{Rule: q.Rule, Topic: q.Topic, Place: q.Place, Kind: q.Kind, Language: q.Language, Keyword: q.Keyword, Reason: q.Reason}}
	out.From, _ = time.Parse(time.RFC3339, q.From) // none: it holds since ever
	out.Until, _ = time.Parse(time.RFC3339, q.Until)
	return out
}

// pageRules are rules as the page shows them.
func (a *alerting) pageRules(rules []rule.Rule) []web.AlertRule {
	all := make([]web.AlertRule, 0, len(rules))
	for i := range rules {
		r := &rules[i]
		one := web.AlertRule{
			ID: r.ID, Khmer: r.Name.Khmer, English: r.Name.English, Topics: none(r.Topics), Places: none(r.Places), Kinds: none(r.Kinds), Language: r.Language,
			Keywords: none(r.Keywords), CountBy: string(rule.CountPosts), Signals: r.Watched(), MinPosts: r.Minimum(), AlertsAWeek: r.Budget(),
			Level: r.Loudness().String(), Channels: none(r.Channels), Disabled: r.Disabled,
		}
		if r.CountBy != "" {
			one.CountBy = string(r.CountBy)
		}
		if r.Fixed != nil {
			one.Fixed = &web.AlertFixed{Posts: r.Fixed.Posts, Share: r.Fixed.Share, Window: int(r.Fixed.Window / time.Minute)}
		}
		if r.Quiet != nil {
			one.Quiet = &web.AlertQuiet{From: r.Quiet.From, To: r.Quiet.To, Holidays: r.Quiet.Holidays}
		}
		if r.WatchesSeries() {
			one.Series = len(r.Series(a.topics, a.provinces))
		}
		all = append(all, one)
	}
	return all
}

// none is the list, never nil.
func none[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// watching says what the engine of alerts is doing in this process.
func (a *App) watching() web.Watching {
	out := web.Watching{Rules: []web.RuleState{}, Channels: []web.ChannelState{}}
	watch := a.watch.Load()
	if watch == nil {
		return out
	}
	w := watch.parts.Load()
	out.Enabled, out.Series = true, w.series
	if s, ok := w.engine.Standing(); ok {
		out.Tick, out.Coverage, out.Frozen, out.Grace = s.Tick, s.Coverage, s.Frozen, s.Grace.Minutes()
		for _, r := range s.Rules {
			one := web.RuleState{Rule: r.Rule, Series: r.Series, Warming: r.Warming, Held: r.Held, Open: r.Open}
			if r.Ready > 0 {
				one.Ready = s.Tick.Add(r.Ready)
			}
			out.Rules = append(out.Rules, one)
		}
	}
	if w.deliverer != nil {
		for _, c := range w.deliverer.States() {
			out.Channels = append(out.Channels, web.ChannelState{Channel: c.Channel, Waiting: c.Waiting, Error: c.Error, Class: c.Class, Sent: c.LastSent, Failed: c.Failed})
		}
	}
	return out
}

// expecting gives what is expected of the series of an open episode.
func (a *App) expecting(episode string) (samleng.History, bool) {
	w := a.watch.Load()
	if w == nil {
		return samleng.History{}, false
	}
	s, _ := w.parts.Load().engine.Standing()
	h, ok := s.Expected[episode]
	return h, ok
}

// noticed is a store of alerts that tells the page when some were decided.
type noticed struct {
	watch.Store
	notify func()
}

// RecordAlerts implements watch.Log.
func (n noticed) RecordAlerts(ctx context.Context, all []samleng.AlertRecord) error {
	err := n.Store.RecordAlerts(ctx, all)
	if err == nil && len(all) > 0 {
		n.notify()
	}
	return err
}
