package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"samleng/internal/config"
	kafkaengine "samleng/pipeline/embedded"
	"samleng/pipeline/kafka"
	"samleng/storage/clickhouse"
	clickhouseengine "samleng/storage/embedded"
)

func (a *App) openFolder(context.Context) error {
	path := a.o.Settings.Data
	if a.o.Sample {
		path = filepath.Join(path, "sample")
	}
	f, err := openFolder(path)
	if errors.Is(err, errHeld) {
		if r, reading := readRunning(path); reading == nil {
			return fmt.Errorf("%w; it is on http://%s (process %d)", err, r.Page, r.PID)
		}
		return err
	}
	if err != nil {
		return err
	}
	a.folder = f
	a.cleanups.add("data folder", time.Second, func(context.Context) error { return f.Close() })
	a.say("data", "%s", f.path)
	return nil
}

// openKafka starts the embedded broker where no brokers are configured, and makes the
// producer. Topics are made in prepare, which waits for an external cluster.
func (a *App) openKafka(ctx context.Context) error {
	a.kafka = a.o.Settings.Kafka
	if len(a.kafka.Brokers) == 0 {
		e := a.o.Settings.Embedded
		broker, err := kafkaengine.Start(ctx, kafkaengine.Options{
			Dir: a.folder.file("kafka"), Listen: e.KafkaListen, Logger: a.log.With("part", "broker"),
			Topics: []kafkaengine.Topic{
				{Name: a.kafka.Topic, Partitions: int32(a.kafka.Partitions), Group: a.kafka.Group},
				{Name: a.kafka.DeadTopic, Partitions: 1},
			},
			Retention: time.Duration(e.LogDays) * 24 * time.Hour, MaxBytes: int64(e.LogMB) << 20,
		})
		if err != nil {
			return err
		}
		a.cleanups.add("embedded broker", 5*time.Second, func(context.Context) error { return broker.Close() })
		a.kafka.Brokers = []string{broker.Addr()}
		a.say("kafka", "embedded, on %s", broker.Addr())
	} else {
		a.say("kafka", "%v", a.kafka.Brokers)
	}
	a.addresses.Kafka = a.kafka.Brokers[0]
	producer, err := kafka.NewProducer(kafka.ProducerOptions{
		Config: a.kafka, Logger: a.log.With("part", "producer"), Registerer: a.metrics, Version: a.o.Version,
	})
	if err != nil {
		return err
	}
	a.producer = producer
	a.cleanups.add("producer", 5*time.Second, func(context.Context) error { return producer.Close() })
	return nil
}

// openClickHouse starts the embedded engine where no DSN is configured. Migrations run in
// prepare, which waits for an external server.
func (a *App) openClickHouse(ctx context.Context) error {
	settings := a.o.Settings.ClickHouse
	where := ""
	if settings.DSN == "" {
		engine, err := startEngine(ctx, a.o.Settings.Embedded, a.folder.file("clickhouse"), a.log)
		if err != nil {
			return err
		}
		a.cleanups.add("embedded ClickHouse", 15*time.Second, func(context.Context) error { return engine.Close() })
		settings.DSN, where = engine.DSN(), "embedded, on http://"
	}
	a.addresses.ClickHouse = settings.DSN
	store, err := clickhouse.Open(settings, a.log.With("part", "store"))
	if err != nil {
		return err
	}
	a.store = store
	a.say("clickhouse", "%s%s", where, store.Address())
	a.cleanups.add("store", 5*time.Second, func(context.Context) error { return store.Close() })
	return nil
}

func startEngine(ctx context.Context, e config.Embedded, dir string, log *slog.Logger) (*clickhouseengine.Server, error) {
	library, err := clickhouseengine.Locate(e.Library)
	if err != nil {
		return nil, err
	}
	return clickhouseengine.Start(ctx, clickhouseengine.Options{
		Library: library, Dir: dir, Listen: e.ClickHouseListen, MaxMemory: int64(e.MemoryMB) << 20, Logger: log.With("part", "engine"),
	})
}
