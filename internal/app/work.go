package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/collectors/all"
	"samleng/internal/config"
	"samleng/pipeline"
	"samleng/pipeline/kafka"
)

// readLists reads topics and sources before anything is started, so that the faults of both
// are reported together.
func (a *App) readLists(context.Context) error {
	topics, topicFaults := config.Topics(a.o.Settings.TopicsFile)
	sources, sourceFaults := config.Sources(a.o.Settings.SourcesFile)
	a.topics = topics
	a.sources = slices.DeleteFunc(sources, func(s samleng.Source) bool { return s.Disabled })
	for _, s := range a.sources {
		if all.Kinds()[s.Collector] == nil {
			sourceFaults = errors.Join(sourceFaults, fmt.Errorf("source %s: %q is not a collector of this program", s.ID, s.Collector))
		}
	}
	var alertFaults error
	if topicFaults == nil {
		alertFaults = a.readRules()
	}
	return errors.Join(topicFaults, sourceFaults, alertFaults)
}

// readRules reads the rules of alerts.
func (a *App) readRules() error {
	file := rulesOf(&a.o.Settings, a.o.Sample)
	var rules *alerting
	body, err := file.read()
	switch {
	case err != nil:
	case body == nil:
		rules, err = readAlerting(a.o.Settings.Alerts.Rules, a.topics)
	default:
		rules, err = parseAlerting(file.path, body, a.topics)
	}
	if err == nil {
		a.rules = newRulekeeper(file, a.topics, rules, body, a.log.With("part", "alerts"))
		a.rules.told = a.notify
	}
	return err
}

func (a *App) loadClassifiers(context.Context) error {
	var err error
	if a.chain, err = newChain(a.topics, a.o.Settings.Language); err != nil {
		return err
	}
	a.say("classifiers", "%d topics, %s", len(a.topics), a.chain.Model())
	return nil
}

// topicsTimeout bounds one attempt to make the topics.
const topicsTimeout = 5 * time.Second

// prepare makes tables and topics ready. It waits for engines that are away for as long as
// it takes, and gives up only on what waiting cannot mend.
func (a *App) prepare(ctx context.Context) error {
	err := a.health.until(ctx, "database", "ClickHouse", a.log, func() error {
		from, to, err := a.store.Migrate(ctx)
		if err == nil && from != to {
			a.log.Info("tables are migrated", "from", from, "to", to)
		}
		if err != nil {
			return err
		}
		if err := a.store.SetTextExpiry(ctx, a.o.Settings.Privacy.TextDays); err != nil {
			return err
		}
		return a.store.SetStoryWindow(ctx, a.o.Settings.Stories.Window)
	})
	if err != nil {
		return err
	}
	close(a.prepared)
	return a.health.until(ctx, "kafka", "Kafka", a.log, func() error {
		// It waits by itself, but then nobody would see for what.
		ctx, cancel := context.WithTimeout(ctx, topicsTimeout)
		defer cancel()
		return kafka.EnsureTopics(ctx, a.kafka, a.log.With("part", "kafka"))
	})
}

// startWorkers makes the worker and its consumer and runs them once tables and topics are
// ready. With both engines embedded that is waited for here, so that a fault is an error of
// the start.
func (a *App) startWorkers(ctx context.Context) error {
	stories, err := newKeeper(keeperOptions{
		Config: a.o.Settings.Stories, Store: a.store, OnStored: a.notify,
		Logger: a.log.With("part", "stories"), Registerer: a.metrics,
	})
	if err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	worker, err := pipeline.NewWorker(pipeline.Options{
		Normalise: khmer.Normalise, Classifier: a.chain, Print: fingerprint, Store: a.store, DeadLetters: a.producer,
		Logger: a.log.With("part", "worker"), Registerer: a.metrics,
		OnInserted: func(int) { a.notify(); stories.wake() },
	})
	if err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	consumer, err := kafka.NewConsumer(kafka.ConsumerOptions{
		Config: a.kafka, Handler: worker, NextOffset: a.store.NextOffset,
		Logger: a.log.With("part", "consumer"), Registerer: a.metrics,
	})
	if err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	a.health.watch("workers", worker.Status)
	a.health.watch("database", stories.activity.Status)
	a.leads = func() bool { return consumer.Owns(keeperPartition) }
	a.health.watch("kafka", consumer.Status)
	a.health.watch("kafka", a.producer.Status)

	ready := a.embedded()
	if ready {
		if err := a.prepare(ctx); err != nil {
			return err
		}
	}
	a.background("workers", a.kafka.DrainTimeout+2*time.Second, func(ctx context.Context) error {
		if !ready {
			if err := a.prepare(ctx); err != nil {
				return err
			}
		}
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error { return consumer.Run(ctx) })
		group.Go(func() error { return stories.run(ctx, a.leads) })
		return group.Wait()
	})
	a.say("workers", "topic %s, group %s", a.kafka.Topic, a.kafka.Group)
	return nil
}

// embedded reports whether both engines run in this process.
func (a *App) embedded() bool {
	return len(a.o.Settings.Kafka.Brokers) == 0 && a.o.Settings.ClickHouse.DSN == ""
}

// emit hands posts to Kafka; it is what every collector is given.
func (a *App) emit(ctx context.Context, posts []samleng.Post) error {
	return a.producer.Send(ctx, posts)
}
