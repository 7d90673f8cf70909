package pipeline

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the worker's counters. A nil registerer leaves them unregistered.
type metrics struct {
	consumed prometheus.Counter
	inserted prometheus.Counter
	repeated prometheus.Counter
	dead     *prometheus.CounterVec
	retries  *prometheus.CounterVec
	insert   prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		consumed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "samleng_pipeline_posts_consumed_total",
			Help: "Records taken from Kafka, counted once for each time a range is worked on.",
		}),
		inserted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "samleng_pipeline_posts_inserted_total",
			Help: "Posts that the store has acknowledged.",
		}),
		repeated: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "samleng_pipeline_posts_repeated_total",
			Help: "Posts left out because the same range holds a later version of them.",
		}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_pipeline_posts_dead_total",
			Help: "Records sent to the dead-letter topic, by class of the error.",
		}, []string{"class"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_pipeline_retries_total",
			Help: "Attempts that failed and were repeated, by step and class of the error.",
		}, []string{"step", "class"}),
		insert: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "samleng_pipeline_insert_seconds",
			Help:    "Time the store took to acknowledge a range, retries included.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2.5, 10),
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.consumed, m.inserted, m.repeated, m.dead, m.retries, m.insert} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register pipeline metrics: %w", err)
		}
	}
	return m, nil
}
