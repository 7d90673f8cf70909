package watch

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
)

type metrics struct {
	took     prometheus.Histogram
	tick     prometheus.Gauge
	coverage prometheus.Gauge
	late     prometheus.Gauge
	silent   prometheus.Gauge
	grace    prometheus.Gauge
	counts   prometheus.Counter
	alerts   *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	m := &metrics{
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "samleng_alerts_tick_seconds", Help: "Time that a tick of the alerts took, counting, detection and log together.",
			Buckets: prometheus.ExponentialBuckets(0.01, 2.5, 12),
		}),
		tick:     gauge("samleng_alerts_tick_timestamp_seconds", "The last tick that was seen. It should be less than seven minutes old."),
		coverage: gauge("samleng_alerts_coverage_ratio", "Share of the sources that were heard, at the last tick."),
		late:     gauge("samleng_alerts_late_ratio", "Share of the posts arriving around the last tick that were published an hour or more before."),
		silent:   gauge("samleng_alerts_silent_sources", "Sources that went silent, at the last tick."),
		grace:    gauge("samleng_alerts_grace_seconds", "How long after its end the next five minutes are first looked at."),
		counts:   prometheus.NewCounter(prometheus.CounterOpts{Name: "samleng_alerts_counts_total", Help: "Counts of buckets that detectors were told because they were new or had changed."}),
		alerts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_alerts_total", Help: "Alerts that were decided, by rule, state and whether anybody was told.",
		}, []string{"rule", "state", "told"}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.took, m.tick, m.coverage, m.late, m.silent, m.grace, m.counts, m.alerts} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register the metrics of alerts: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) ticked(s *step, took time.Duration) {
	m.took.Observe(took.Seconds())
	m.tick.Set(float64(s.heard.Tick.Unix()))
	m.coverage.Set(s.heard.Coverage)
	m.late.Set(s.heard.Late)
	m.silent.Set(float64(len(s.heard.Silent)))
	m.grace.Set(s.heard.Grace.Seconds())
	m.counts.Add(float64(len(s.counts)))
}

func (m *metrics) decided(all []samleng.AlertRecord) {
	for i := range all {
		told := "no"
		if len(all[i].Channels) > 0 {
			told = "yes"
		}
		m.alerts.WithLabelValues(all[i].Alert.Rule, string(all[i].Alert.State), told).Inc()
	}
}
