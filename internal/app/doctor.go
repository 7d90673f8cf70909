package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"samleng/collectors/all"
	"samleng/internal/config"
	"samleng/pipeline/kafka"
	"samleng/storage/clickhouse"
	clickhouseengine "samleng/storage/embedded"
)

// Check is one thing that samleng needs.
type Check struct {
	Name string
	Good string // what was found, when it is well
	Err  error  // what is wrong and what mends it, nil when it is well
}

// Doctor looks at everything that `samleng up` needs, changes nothing but an empty data
// folder, and reads no source.
func Doctor(ctx context.Context, s config.Settings) []Check {
	checks := []Check{
		check("sources", func() (string, error) { return checkSources(s) }),
		check("topics", func() (string, error) {
			topics, err := config.Topics(s.TopicsFile)
			return fmt.Sprintf("%d topics", len(topics)), err
		}),
	}
	held := false
	checks = append(checks, check("data folder", func() (string, error) {
		f, err := openFolder(s.Data)
		if held = errors.Is(err, errHeld); held {
			r, err := readRunning(s.Data)
			return fmt.Sprintf("in use by a running samleng (process %d, http://%s)", r.PID, r.Page), err
		}
		if err != nil {
			return "", err
		}
		return f.path + " can be written", f.Close()
	}))
	if s.ClickHouse.DSN == "" {
		checks = append(checks, check("engine", func() (string, error) {
			library, err := clickhouseengine.Locate(s.Embedded.Library)
			return library, err
		}))
		if !held {
			checks = append(checks, check("port for ClickHouse", func() (string, error) {
				return checkPort(ctx, s.Embedded.ClickHouseListen, "embedded.clickhouse_listen in the configuration")
			}))
		}
	} else {
		checks = append(checks, check("ClickHouse", func() (string, error) { return checkClickHouse(ctx, s) }))
	}
	if !held {
		checks = append(checks, check("port for the page", func() (string, error) { return checkPort(ctx, s.Listen, "--listen") }))
	}
	if len(s.Kafka.Brokers) > 0 {
		checks = append(checks, check("Kafka", func() (string, error) { return checkKafka(ctx, s) }))
	}
	return checks
}

func check(name string, look func() (string, error)) Check {
	good, err := look()
	return Check{Name: name, Good: good, Err: err}
}

func checkSources(s config.Settings) (string, error) {
	sources, err := config.Sources(s.SourcesFile)
	if err != nil {
		return "", err
	}
	kinds, enabled := all.Kinds(), 0
	for _, source := range sources {
		if kinds[source.Collector] == nil {
			return "", fmt.Errorf("source %s: %q is not a collector of this program", source.ID, source.Collector)
		}
		if !source.Disabled {
			enabled++
		}
	}
	return fmt.Sprintf("%d sources, %d of them to be read", len(sources), enabled), nil
}

func checkPort(ctx context.Context, address, setting string) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("%s cannot be listened on: %w; choose another with %s", address, reason(err), setting)
	}
	return address + " is free", listener.Close()
}

func checkClickHouse(ctx context.Context, s config.Settings) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	store, err := clickhouse.Open(s.ClickHouse, nil)
	if err != nil {
		return "", err
	}
	version, err := store.SchemaVersion(ctx)
	if err := errors.Join(err, store.Close()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s answers, its tables are at version %d of %d", store.Address(), version, clickhouse.ProgramSchema()), nil
}

func checkKafka(ctx context.Context, s config.Settings) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	left, err := kafka.Lag(ctx, s.Kafka)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%v answers, %d messages are waiting for the workers", s.Kafka.Brokers, left), nil
}
