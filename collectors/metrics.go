package collectors

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
)

// metrics counts what the scheduler does, by source.
type metrics struct {
	polls       *prometheus.CounterVec
	posts       *prometheus.CounterVec
	rejected    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	lastSuccess *prometheus.GaugeVec
}

// newMetrics registers the metrics; a nil registerer keeps them private.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_collector_polls_total", Help: "Polls of a source, by the class of error they ended with, or ok.",
		}, []string{"source", "class"}),
		posts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_collector_posts_total", Help: "Posts of a source that Kafka acknowledged.",
		}, []string{"source"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_collector_rejected_total", Help: "Entries of a source that could not become a post.",
		}, []string{"source"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "samleng_collector_poll_seconds", Help: "Time that a poll took, waiting for the pace of its host included.",
			Buckets: []float64{0.1, 0.5, 1, 5, 15, 60, 300, 900},
		}, []string{"source"}),
		lastSuccess: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "samleng_collector_last_success_timestamp_seconds", Help: "When a source was last polled without an error.",
		}, []string{"source"}),
	}
	if r == nil {
		return m, nil
	}
	var faults []error
	for _, c := range []prometheus.Collector{m.polls, m.posts, m.rejected, m.seconds, m.lastSuccess} {
		faults = append(faults, r.Register(c))
	}
	return m, errors.Join(faults...)
}

func (m *metrics) observe(c samleng.Coverage) {
	class := string(c.Class)
	if class == "" {
		class = "ok"
		m.lastSuccess.WithLabelValues(c.Source).Set(float64(c.At.UnixNano()) / float64(time.Second))
	}
	m.polls.WithLabelValues(c.Source, class).Inc()
	m.posts.WithLabelValues(c.Source).Add(float64(c.Posts))
	m.rejected.WithLabelValues(c.Source).Add(float64(c.Rejected))
	m.seconds.WithLabelValues(c.Source).Observe(c.Duration.Seconds())
}
