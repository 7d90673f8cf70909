package clickhouse

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"samleng"
)

func TestFeedbackIsKeptOnce(t *testing.T) {
	s := migrated(t)
	said := []samleng.Feedback{
		{Episode: "a", Rule: "topics", Verdict: samleng.VerdictFalse, Day: today},
		{Episode: "a", Rule: "topics", Verdict: samleng.VerdictUseful, Day: today},
		{Episode: "b", Rule: "land", Verdict: samleng.VerdictFalse, Day: today.AddDate(0, 0, -3)},
	}
	for _, f := range said {
		if stored, err := s.Judge(t.Context(), f); err != nil || !stored {
			t.Fatalf("%+v: %v, %v", f, stored, err)
		}
	}
	again := said[0]
	again.Day = today.AddDate(0, 0, 1)
	if stored, err := s.Judge(t.Context(), again); err != nil || stored {
		t.Errorf("the same a second time: %v, %v", stored, err)
	}
	got, err := s.Feedback(t.Context(), time.Time{})
	if diff := cmp.Diff(said, got); err != nil || diff != "" {
		t.Errorf("%v, want (-) got (+):\n%s", err, diff)
	}
	if got, err = s.Feedback(t.Context(), today.Add(9*time.Hour)); err != nil || len(got) != 2 {
		t.Errorf("since today: %+v, %v", got, err)
	}
}

// TestFeedbackAtOnce lets two processes store the same verdict, and the same silence, at once: one of
// each is kept.
func TestFeedbackAtOnce(t *testing.T) {
	first := migrated(t)
	writers := []*Store{first, beside(t, first)}
	now := today.Add(8 * time.Hour)
	for i := range 20 {
		var both sync.WaitGroup
		for _, s := range writers {
			both.Go(func() {
				if _, err := s.Judge(t.Context(), samleng.Feedback{Episode: fmt.Sprint(i), Rule: "topics", Verdict: samleng.VerdictFalse, Day: today}); err != nil {
					t.Error(err)
				}
				if _, err := s.Silence(t.Context(), fmt.Sprint(i), samleng.SilenceRequest{Rule: "topics", From: now, Until: now.Add(time.Hour), Reason: "known"}); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
	}
	for _, s := range writers {
		said, err := s.Feedback(t.Context(), time.Time{})
		if err != nil || len(said) != 20 {
			t.Errorf("%d verdicts, %v", len(said), err)
		}
		silences, err := s.SilencesAt(t.Context(), now)
		if err != nil || len(silences) != 20 {
			t.Errorf("%d silences, %v", len(silences), err)
		}
	}
}

func TestSilences(t *testing.T) {
	s := migrated(t)
	now := today.Add(8 * time.Hour)
	past := samleng.SilenceRequest{Rule: "topics", From: now.Add(-2 * time.Hour), Until: now, Reason: "known"}
	open := samleng.SilenceRequest{Rule: "topics", Topic: "land", Place: "17", Kind: samleng.KindSocial, Language: "km", Keyword: "ស្ពាន 'a'", From: now, Until: now.Add(24 * time.Hour), Reason: "បុណ្យ 'and' \\ more"}
	for episode, q := range map[string]samleng.SilenceRequest{"a": past, "b": open} {
		if stored, err := s.Silence(t.Context(), episode, q); err != nil || !stored {
			t.Fatalf("%v, %v", stored, err)
		}
	}
	if stored, err := s.Silence(t.Context(), "b", past); err != nil || stored {
		t.Errorf("by the same link: %v, %v", stored, err)
	}
	got, err := s.SilencesAt(t.Context(), now)
	if diff := cmp.Diff([]samleng.Silence{{ID: "b", SilenceRequest: open}}, got); err != nil || diff != "" {
		t.Errorf("%v, want (-) got (+):\n%s", err, diff)
	}
	if got, err = s.SilencesAt(t.Context(), now.Add(-time.Second)); err != nil || len(got) != 2 {
		t.Errorf("a second earlier: %+v, %v", got, err)
	}

	// One is ended early, once; it stays known with both of its ends.
	ended := now.Add(time.Hour)
	for i, want := range []bool{true, false} {
		if stopped, err := s.EndSilence(t.Context(), "b", ended); err != nil || stopped != want {
			t.Errorf("end, time %d: %v, %v", i+1, stopped, err)
		}
	}
	if stopped, err := s.EndSilence(t.Context(), "nothing", ended); err != nil || stopped {
		t.Errorf("end what is not there: %v, %v", stopped, err)
	}
	if got, err = s.SilencesAt(t.Context(), ended); err != nil || len(got) != 0 {
		t.Errorf("after the end: %+v, %v", got, err)
	}
	got, err = s.SilencesAt(t.Context(), now)
	if diff := cmp.Diff([]samleng.Silence{{ID: "b", SilenceRequest: open, Ended: ended}}, got); err != nil || diff != "" {
		t.Errorf("before the end: %v, want (-) got (+):\n%s", err, diff)
	}
}

// TestFeedbackSaysNothingOfTheReader holds the columns to those that were thought about.
func TestFeedbackSaysNothingOfTheReader(t *testing.T) {
	s := migrated(t)
	var columns []string
	if err := s.conn.QueryRow(t.Context(), "SELECT groupArray(name || ' ' || type) FROM (SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'alert_feedback' ORDER BY position)").Scan(&columns); err != nil {
		t.Fatal(err)
	}
	want := []string{"episode String", "verdict LowCardinality(String)", "rule LowCardinality(String)", "day Date"}
	if diff := cmp.Diff(want, columns); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
}
