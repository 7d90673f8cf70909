package app

import (
	"context"
	"time"

	rulereport "samleng/alerts/report"
)

// AlertReport says how the alerts of each rule did in [since, until).
func (s *Store) AlertReport(ctx context.Context, since, until time.Time) ([]rulereport.Rule, error) {
	records, err := s.AlertRecords(ctx, "", since, until)
	if err != nil {
		return nil, err
	}
	said, err := s.Feedback(ctx, since)
	if err != nil {
		return nil, err
	}
	sent, err := s.DeliveriesOf(ctx, rulereport.Told(records, since, until))
	if err != nil {
		return nil, err
	}
	return rulereport.Sum(records, said, sent, since, until), nil
}
