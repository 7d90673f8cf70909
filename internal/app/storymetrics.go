package app

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/classifiers/duplicate"
)

// keeperMetrics are the story keeper's; they move in the process that keeps the stories.
type keeperMetrics struct {
	posts   *prometheus.CounterVec
	delay   prometheus.Histogram
	known   prometheus.Gauge
	horizon prometheus.Gauge
	evicted prometheus.Gauge
}

func newKeeperMetrics(reg prometheus.Registerer) (*keeperMetrics, error) {
	m := &keeperMetrics{
		posts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_stories_posts_total",
			Help: "Posts that were given a story: one of their own (first), or one that another post told before (carrier).",
		}, []string{"as"}),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "samleng_stories_delay_seconds",
			Help:    "Time from the insert of the newest post of a batch until its story was stored.",
			Buckets: prometheus.ExponentialBuckets(0.05, 2.5, 12),
		}),
		known: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "samleng_stories_known_posts",
			Help: "Posts in the index.",
		}),
		horizon: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "samleng_stories_horizon_seconds",
			Help: "Age of the oldest post in the index. Below the window while posts are forgotten early, it is what the window has shrunk to.",
		}),
		evicted: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "samleng_stories_evicted_posts",
			Help: "Posts forgotten before the window was over, for lack of room: raise stories.max_posts.",
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.posts, m.delay, m.known, m.horizon, m.evicted} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register the story keeper's metrics: %w", err)
		}
	}
	return m, nil
}

// assigned counts a batch, of which carried posts tell a story that was told before; delay is
// the time since its newest post was inserted.
func (m *keeperMetrics) assigned(found []samleng.Assignment, carried int, delay time.Duration) {
	m.posts.WithLabelValues("carrier").Add(float64(carried))
	m.posts.WithLabelValues("first").Add(float64(len(found) - carried))
	m.delay.Observe(max(0, delay.Seconds()))
}

func (m *keeperMetrics) show(s duplicate.Stats) {
	m.known.Set(float64(s.Posts))
	m.horizon.Set(s.Horizon.Seconds())
	m.evicted.Set(float64(s.Evicted))
}
