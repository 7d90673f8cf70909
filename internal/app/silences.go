package app

import (
	"context"
	"time"

	"samleng/alerts/rule"
	"samleng/storage/clickhouse"
)

// silencer gives the rules the silences that readers made by the links in alerts.
type silencer struct{ store *clickhouse.Store }

// Silences implements watch.Silencer. It gives those that are over as well: whoever runs rules
// over the past has to find them as they were.
func (s silencer) Silences(ctx context.Context) ([]rule.Silence, error) {
	stored, err := s.store.SilencesAt(ctx, time.Unix(0, 0))
	if err != nil {
		return nil, err
	}
	all := make([]rule.Silence, len(stored))
	for i, q := range stored {
		all[i] = rule.Silence{
			Rule: q.Rule, Topic: q.Topic, Place: q.Place, Kind: q.Kind, Language: q.Language, Keyword: q.Keyword, From: q.From.UTC().Format(time.RFC3339), Until: q.Until.UTC().Format(time.RFC3339), Reason: q.Reason, Ended: q.Ended,
		}
	}
	return all, nil
}
