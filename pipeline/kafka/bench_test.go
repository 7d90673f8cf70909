package kafka_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"samleng"
	"samleng/pipeline"
	"samleng/pipeline/embedded"
	"samleng/pipeline/kafka"
)

// drain counts rows and says when it has seen enough.
type drain struct {
	rows chan int
}

func (d *drain) Insert(_ context.Context, _, _, _ string, rows []samleng.Row) error {
	d.rows <- len(rows)
	return nil
}

// BenchmarkProduceConsume sends posts of 1 kB of Khmer and reads them again through the
// whole worker but for classifiers and store. It reports both rates.
func BenchmarkProduceConsume(b *testing.B) {
	const n = 50_000
	log := slog.New(slog.DiscardHandler)
	for b.Loop() {
		broker, err := embedded.Start(b.Context(), embedded.Options{Dir: b.TempDir(), Listen: "127.0.0.1:0", Logger: log})
		if err != nil {
			b.Fatal(err)
		}
		config := kafka.DefaultConfig()
		config.Brokers = []string{broker.Addr()}
		config.BatchInterval = 10 * time.Millisecond // the last range is not to be waited for
		if err := kafka.EnsureTopics(b.Context(), config, log); err != nil {
			b.Fatal(err)
		}
		p, err := kafka.NewProducer(kafka.ProducerOptions{Config: config, Logger: log})
		if err != nil {
			b.Fatal(err)
		}
		all := posts(0, n)
		for i := range all {
			for len(all[i].Text) < 1_000 {
				all[i].Text += all[i].Text
			}
		}
		began := time.Now()
		if err := p.Send(b.Context(), all); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(n/time.Since(began).Seconds(), "sent/s")

		store := &drain{rows: make(chan int, 100)}
		w, err := pipeline.NewWorker(pipeline.Options{Classifier: plain{}, Store: store, DeadLetters: p})
		if err != nil {
			b.Fatal(err)
		}
		c, err := kafka.NewConsumer(kafka.ConsumerOptions{Config: config, Handler: w, Logger: log})
		if err != nil {
			b.Fatal(err)
		}
		ctx, end := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		began = time.Now()
		go func() { ended <- c.Run(ctx) }()
		for got := 0; got < n; {
			got += <-store.rows
		}
		b.ReportMetric(n/time.Since(began).Seconds(), "read/s")
		end()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
		if err := broker.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
