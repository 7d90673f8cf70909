package app

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/alerts/rule"
	"samleng/alerts/watch"
	"samleng/classifiers/khmer"
	"samleng/classifiers/place"
	"samleng/classifiers/topic"
	"samleng/configs/sample"
	"samleng/internal/config"
)

// alerting is what the rules of alerts are about, read from the configuration.
type alerting struct {
	file      config.Alerts
	book      *rule.Book
	topics    []string
	provinces []string
}

// readAlerting reads rules and channels from a file, or the built-in ones.
func readAlerting(file string, topics []topic.Definition) (*alerting, error) {
	a := newAlerting(topics)
	var err error
	if a.file, err = config.LoadAlerts(file, a.known()); err != nil {
		return nil, err
	}
	return a, a.makeBook()
}

// newAlerting has no rules yet.
func newAlerting(topics []topic.Definition) *alerting {
	a := &alerting{}
	for i := range topics {
		a.topics = append(a.topics, topics[i].ID)
	}
	for _, p := range place.Provinces() {
		a.provinces = append(a.provinces, p.Code)
	}
	return a
}

// makeBook makes the book of the rules of the file.
func (a *alerting) makeBook() error {
	var err error
	if a.book, err = rule.NewBook(a.file.Config); err != nil {
		return fmt.Errorf("read the rules of alerts: %w", err)
	}
	return nil
}

// engineNeeds is what an engine of alerts is given beside the rules.
type engineNeeds struct {
	Settings   *config.Settings
	Sources    []samleng.Source
	Store      watch.Store
	Outbox     watch.Outbox
	Silencer   watch.Silencer
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Now        func() time.Time
	Progress   func(share float64) // of a replay; nil: nobody wants to know
}

// engine makes the engine of the rules.
func (a *alerting) engine(n engineNeeds) (*watch.Engine, error) {
	words, err := khmer.NewSegmenter()
	if err != nil {
		return nil, fmt.Errorf("segment words: %w", err)
	}
	return watch.New(watch.Options{
		Config: n.Settings.Alerts, Book: a.book, Topics: a.topics, Provinces: a.provinces, Sources: n.Sources,
		Store: n.Store, Outbox: n.Outbox, Silencer: n.Silencer, Words: words.Words, Minimum: n.Settings.Privacy.Group(),
		Logger: n.Logger, Registerer: n.Registerer, Now: n.Now, Progress: n.Progress,
	})
}

// alertSources are the sources whose polls say what was heard: those of the sample, or of the
// configuration.
func alertSources(settings *config.Settings, ofSample bool) ([]samleng.Source, error) {
	if ofSample {
		return sample.Sources()
	}
	return config.Sources(settings.SourcesFile)
}

// openAlerting reads everything that the commands about alerts need. A rules file given on the
// command line goes before the configured one.
func openAlerting(settings *config.Settings, rules string, ofSample bool) (*alerting, []samleng.Source, error) {
	if rules == "" {
		rules = rulesOf(settings, ofSample).existing(settings)
	}
	topics, topicFaults := config.Topics(settings.TopicsFile)
	sources, sourceFaults := alertSources(settings, ofSample)
	if err := errors.Join(topicFaults, sourceFaults); err != nil {
		return nil, nil, err
	}
	a, err := readAlerting(rules, topics)
	return a, sources, err
}
