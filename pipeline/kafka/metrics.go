package kafka

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// consumerMetrics are the consumer's counters and gauges.
type consumerMetrics struct {
	lag         *prometheus.GaugeVec
	retries     *prometheus.CounterVec
	resets      *prometheus.CounterVec
	rejections  prometheus.Counter
	replays     prometheus.Counter
	generations prometheus.Counter
}

func newConsumerMetrics(reg prometheus.Registerer) (*consumerMetrics, error) {
	m := &consumerMetrics{
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "samleng_kafka_lag",
			Help: "Offsets between the committed one and the end of the partition, for the partitions of this process.",
		}, []string{"partition"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_kafka_read_retries_total",
			Help: "Reads and commits that failed and were repeated, by class of the error.",
		}, []string{"class"}),
		resets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_kafka_offset_resets_total",
			Help: "Times that a partition could not be continued where it was committed, by reason.",
		}, []string{"reason"}),
		rejections: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "samleng_kafka_ranges_rejected_total",
			Help: "Ranges that the store refused as bad input.",
		}),
		replays: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "samleng_kafka_ranges_replayed_total",
			Help: "Announced ranges that were read again after a crash or a rebalance.",
		}),
		generations: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "samleng_kafka_generations_total",
			Help: "Generations of the consumer group that this process took part in.",
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.lag, m.retries, m.resets, m.rejections, m.replays, m.generations} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register Kafka consumer metrics: %w", err)
		}
	}
	return m, nil
}
