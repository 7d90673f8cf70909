package deliver

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts deliveries, by channel.
type metrics struct {
	done    *prometheus.CounterVec // by outcome
	repeats *prometheus.CounterVec
	edits   *prometheus.CounterVec
	errors  *prometheus.CounterVec // by class
	delay   *prometheus.HistogramVec
	queue   *queueCollector
}

// newMetrics registers the metrics; a nil registerer keeps them private.
func newMetrics(r prometheus.Registerer, states func() []State) (*metrics, error) {
	m := &metrics{
		done: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_alert_deliveries_total", Help: "Alerts brought to a channel, by outcome: sent or failed.",
		}, []string{"channel", "outcome"}),
		repeats: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_alert_repeats_total", Help: "Attempts to send a message marked as a repeat.",
		}, []string{"channel"}),
		edits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_alert_edits_total", Help: "Alerts told by editing the first message of their episode.",
		}, []string{"channel"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_alert_delivery_errors_total", Help: "Attempts that failed, by class of error.",
		}, []string{"channel", "class"}),
		delay: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "samleng_alert_delivery_delay_seconds", Help: "Time from when an alert could be sent until it was.",
			Buckets: []float64{0.1, 0.5, 1, 2, 5, 15, 60, 300, 1800, 7200, 43200},
		}, []string{"channel"}),
		queue: &queueCollector{
			states: states,
			length: prometheus.NewDesc("samleng_alert_queue", "Alerts that wait for a channel.", []string{"channel"}, nil),
			age:    prometheus.NewDesc("samleng_alert_queue_age_seconds", "For how long the oldest alert that could be sent has waited.", []string{"channel"}, nil),
		},
	}
	if r == nil {
		return m, nil
	}
	var faults []error
	for _, c := range []prometheus.Collector{m.done, m.repeats, m.edits, m.errors, m.delay, m.queue} {
		faults = append(faults, r.Register(c))
	}
	return m, errors.Join(faults...)
}

// queueCollector looks at the queues when it is asked, so that ages are right.
type queueCollector struct {
	states      func() []State
	length, age *prometheus.Desc
}

// Describe names what Collect gives.
func (c *queueCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.length
	ch <- c.age
}

// Collect gives the length and the age of each queue.
func (c *queueCollector) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.states() {
		ch <- prometheus.MustNewConstMetric(c.length, prometheus.GaugeValue, float64(s.Waiting), s.Channel)
		ch <- prometheus.MustNewConstMetric(c.age, prometheus.GaugeValue, s.Age.Seconds(), s.Channel)
	}
}
