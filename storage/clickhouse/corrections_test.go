package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"samleng"
)

// today is the day that corrections are made on.
var today = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// correct stores a correction and gives its id.
func correct(t *testing.T, s *Store, post samleng.PostID, task samleng.Task, was, shouldBe string, day time.Time) string {
	t.Helper()
	c := samleng.Correction{ID: samleng.NewCorrectionID(), Post: post, Task: task, Was: was, ShouldBe: shouldBe, Day: day}
	stored, err := s.Correct(t.Context(), c)
	if err != nil || !stored {
		t.Fatalf("correct %s: stored %v, %v", task, stored, err)
	}
	return c.ID
}

func everyCorrected(t *testing.T, s *Store, since time.Time) []samleng.CorrectedPost {
	t.Helper()
	var all []samleng.CorrectedPost
	if err := s.EachCorrected(t.Context(), since, func(p samleng.CorrectedPost) error {
		all = append(all, p)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func rowsOf(t *testing.T, s *Store, condition string) (n uint64) {
	t.Helper()
	if err := s.conn.QueryRow(context.Background(), "SELECT count() FROM corrections WHERE "+condition).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCorrections(t *testing.T) {
	s := migrated(t)
	first, second := post(1, nil), post(2, nil)
	if err := s.Insert(t.Context(), "c", "posts", "a", []samleng.Row{first, second}); err != nil {
		t.Fatal(err)
	}
	id := first.Post.ID
	yesterday := today.AddDate(0, 0, -1)
	correct(t, s, id, samleng.TaskSentiment, "neutral", "positive", yesterday)
	correct(t, s, id, samleng.TaskSentiment, "negative", "positive", today)
	mistake := correct(t, s, id, samleng.TaskSentiment, "neutral", "negative", today)
	correct(t, s, id, samleng.TaskTopic, "land", "", today)
	correct(t, s, id, samleng.TaskTopic, "", "education", today)
	correct(t, s, second.Post.ID, samleng.TaskLanguage, "mixed", "km", yesterday)

	if err := s.Withdraw(t.Context(), mistake); err != nil {
		t.Fatal(err)
	}
	if n := rowsOf(t, s, "1"); n != 5 {
		t.Errorf("%d rows after taking one back, want 5", n)
	}
	if err := s.Withdraw(t.Context(), samleng.NewCorrectionID()); err != nil {
		t.Errorf("taking back what is not there: %v", err)
	}
	want := []samleng.Said{
		{Post: id, Task: samleng.TaskSentiment, Label: "positive", Votes: 2, Last: today},
		{Post: id, Task: samleng.TaskTopic, Label: "education", Votes: 1, Last: today},
		{Post: id, Task: samleng.TaskTopic, Label: "land", Not: true, Votes: 1, Last: today},
	}
	got, err := s.SaidOf(t.Context(), []samleng.PostID{id, samleng.NewPostID("test", "absent")})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, want (-) got (+):\n%s", err, diff)
	}

	all := everyCorrected(t, s, time.Time{})
	if len(all) != 2 || !slices.IsSortedFunc(all, func(a, b samleng.CorrectedPost) int {
		return slices.Compare(a.Post.ID[:], b.Post.ID[:])
	}) {
		t.Fatalf("%d posts, or not in order", len(all))
	}
	one := all[slices.IndexFunc(all, func(p samleng.CorrectedPost) bool { return p.Post.ID == id })]
	if diff := cmp.Diff(want, one.Said); diff != "" || one.Post.Text != first.Post.Text || one.Analysis.Language != "mixed" {
		t.Errorf("%q, want (-) got (+):\n%s", one.Post.Text, diff)
	}
	if all = everyCorrected(t, s, today.Add(5*time.Hour)); len(all) != 1 || all[0].Said[0].Votes != 1 {
		t.Errorf("since today: %+v", all)
	}
}

func TestCorrectionsOfLostWords(t *testing.T) {
	s := migrated(t)
	kept, edited, taken, old := post(1, nil), post(2, nil), post(3, nil), post(4, func(r *samleng.Row) {
		r.Post.SeenAt = time.Now().AddDate(0, 0, -200) // longer than texts are kept
	})
	if err := s.Insert(t.Context(), "c", "posts", "a", []samleng.Row{kept, edited, taken, old}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []samleng.Row{kept, edited, taken, old} {
		correct(t, s, r.Post.ID, samleng.TaskSentiment, "neutral", "positive", today)
	}
	// The same words again are not an edit; other words are.
	kept.Post.SeenAt, kept.Offset = kept.Post.SeenAt.Add(time.Hour), 100
	edited.Post.SeenAt, edited.Offset, edited.Post.Text = edited.Post.SeenAt.Add(time.Hour), 101, "other words"
	if err := s.Insert(t.Context(), "c", "posts", "b", []samleng.Row{kept, edited}); err != nil {
		t.Fatal(err)
	}
	if err := s.exec(t.Context(), "OPTIMIZE TABLE posts FINAL"); err != nil { //nolint:misspell // SQL; lets the old text expire
		t.Fatal(err)
	}
	if err := s.RemovePost(t.Context(), taken.Post.ID); err != nil {
		t.Fatal(err)
	}
	if n := rowsOf(t, s, "post = '"+taken.Post.ID.String()+"'"); n != 0 {
		t.Errorf("%d corrections are left of a post that was taken down", n)
	}
	for _, absent := range []samleng.PostID{taken.Post.ID, samleng.NewPostID("test", "absent")} {
		stored, err := s.Correct(t.Context(), samleng.Correction{ID: samleng.NewCorrectionID(), Post: absent, Task: samleng.TaskTopic, Was: "land", Day: today})
		if err != nil || stored {
			t.Errorf("a post that is not stored: stored %v, %v", stored, err)
		}
	}
	if n := rowsOf(t, s, "1"); n != 3 {
		t.Errorf("%d corrections, want 3", n)
	}
	want := map[samleng.PostID]samleng.Loss{kept.Post.ID: "", edited.Post.ID: samleng.LossEdited, old.Post.ID: samleng.LossExpired}
	got := map[samleng.PostID]samleng.Loss{}
	for _, p := range everyCorrected(t, s, time.Time{}) {
		for _, v := range p.Said {
			got[p.Post.ID] = v.Loss
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
	if said, err := s.SaidOf(t.Context(), []samleng.PostID{edited.Post.ID}); err != nil || len(said) > 0 {
		t.Errorf("%+v, %v: said of words that are not there any more", said, err)
	}
}

// TestCorrectionsSayNothingOfTheReader holds the columns to those that were thought about.
func TestCorrectionsSayNothingOfTheReader(t *testing.T) {
	s := migrated(t)
	var columns []string
	rows, err := s.conn.Query(t.Context(), "SELECT name || ' ' || type FROM system.columns WHERE database = currentDatabase() AND table = 'corrections' ORDER BY position")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"id FixedString(26)", "post FixedString(32)", "task LowCardinality(String)", "was LowCardinality(String)", "should_be LowCardinality(String)",
		"model LowCardinality(String)", "words UInt64", "day Date",
	}
	if diff := cmp.Diff(want, columns); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
}

func TestCorrectedWordsExpireWithTheText(t *testing.T) {
	s := migrated(t)
	for _, step := range []struct {
		days int
		want string
	}{{30, "TTL day + toIntervalDay(30)"}, {0, ""}, {45, "TTL day + toIntervalDay(45)"}} {
		if err := s.SetTextExpiry(t.Context(), step.days); err != nil {
			t.Fatal(err)
		}
		var have bool
		pattern := "%" + step.want + "%"
		if step.want == "" {
			pattern = "%`words`%TTL day + %TTL day +%"
		}
		if err := s.conn.QueryRow(t.Context(), "SELECT create_table_query LIKE ? FROM system.tables WHERE database = currentDatabase() AND name = 'corrections'", pattern).Scan(&have); err != nil {
			t.Fatal(err)
		}
		if have != (step.want != "") {
			t.Errorf("%d days: the definition is not as it should be", step.days)
		}
		for _, c := range besides {
			want := ""
			if step.days > 0 {
				want = fmt.Sprintf("%s + toIntervalDay(%d)", c.time, step.days)
			}
			if got, err := s.expiryOf(t.Context(), c.table, c.column); err != nil || got != want {
				t.Errorf("%s of %s expires after %q, %v, want %q", c.column, c.table, got, err, want)
			}
		}
	}
	// A table that came later than the setting is set too.
	if err := s.exec(t.Context(), "ALTER TABLE alert_log MODIFY COLUMN alert String TTL tick + INTERVAL 90 DAY"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetTextExpiry(t.Context(), 45); err != nil {
		t.Fatal(err)
	}
	if got, err := s.expiryOf(t.Context(), "alert_log", "alert"); err != nil || got != "tick + toIntervalDay(45)" {
		t.Errorf("the alerts of a table that is new expire after %q, %v", got, err)
	}
}
