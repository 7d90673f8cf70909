package clickhouse

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
)

func delivery(episode string, number int, change func(*samleng.Delivery)) samleng.Delivery {
	d := samleng.Delivery{
		DeliveryKey: samleng.DeliveryKey{Episode: episode, Number: number, Channel: "team"},
		State:       samleng.DeliveryQueued, Queued: noon, Due: noon.Add(time.Hour), Next: noon.Add(time.Hour),
		Form: samleng.DeliverAlert, Content: []byte(`{"episode":"` + episode + `","text":"អត្ថបទ 'with' \\ and ?"}`),
	}
	if change != nil {
		change(&d)
	}
	return d
}

func TestDeliveriesComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	late := delivery("b", 1, func(d *samleng.Delivery) { d.Queued = noon.Add(time.Minute) })
	other := delivery("c", 1, func(d *samleng.Delivery) { d.Channel = "mail" })
	first, second := delivery("a", 1, nil), delivery("a", 2, nil)
	if added, err := s.AddDeliveries(t.Context(), []samleng.Delivery{late, second, first, other}); err != nil || len(added) != 4 {
		t.Fatalf("added %d, %v", len(added), err)
	}
	got, err := s.OpenDeliveries(t.Context(), "team", 10)
	if want := []samleng.Delivery{first, second, late}; err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v, %v\nwant %+v", got, err, want)
	}
	if got, err = s.OpenDeliveries(t.Context(), "team", 2); err != nil || len(got) != 2 {
		t.Errorf("limited to 2: %d, %v", len(got), err)
	}
}

func TestDeliveryIsKeptOnce(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	d := delivery("a", 1, nil)
	if _, err := s.AddDeliveries(t.Context(), []samleng.Delivery{d}); err != nil {
		t.Fatal(err)
	}
	sent := d
	sent.State, sent.Version, sent.Attempts, sent.Receipt, sent.Content, sent.Done = samleng.DeliverySent, 2, 1, `{"message":7}`, nil, noon.Add(2*time.Hour)
	if err := s.SaveDelivery(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	older := d
	older.State, older.Version = samleng.DeliverySending, 1
	if err := s.SaveDelivery(t.Context(), older); !errors.Is(err, samleng.ErrDeliveryTaken) {
		t.Errorf("an older version: %v", err)
	}
	if added, err := s.AddDeliveries(t.Context(), []samleng.Delivery{d, delivery("a", 2, nil)}); err != nil || len(added) != 1 || added[0].Number != 2 {
		t.Errorf("a second adding gives %+v, %v", added, err)
	}
	if open, err := s.OpenDeliveries(t.Context(), "team", 10); err != nil || len(open) != 1 || open[0].Number != 2 {
		t.Errorf("open are %+v, %v", open, err)
	}
	got, there, err := s.FirstDelivery(t.Context(), "a", "team")
	if err != nil || !there || !reflect.DeepEqual(got, sent) {
		t.Errorf("first is %+v, %v, %v", got, there, err)
	}
	if _, there, err := s.FirstDelivery(t.Context(), "a", "mail"); err != nil || there {
		t.Errorf("another channel has a first one: %v, %v", there, err)
	}
}

// beside opens the same database once more.
func beside(t *testing.T, s *Store) *Store {
	t.Helper()
	c := DefaultConfig()
	c.DSN = strings.TrimSuffix(engine.DSN(), "samleng") + s.options.Auth.Database
	other, err := Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	return other
}

// TestDeliveriesAreTakenOnce lets several processes, each with connections of its own, add the same
// alerts at once, and then claim each at once: every one is added by one of them, and claimed by one.
func TestDeliveriesAreTakenOnce(t *testing.T) {
	t.Parallel()
	first := migrated(t)
	writers := []*Store{first, beside(t, first), beside(t, first), beside(t, first)}
	const alerts = 25
	atOnce := func(do func(s *Store, i int) []samleng.DeliveryKey) map[samleng.DeliveryKey]int {
		var mu sync.Mutex
		got := map[samleng.DeliveryKey]int{}
		for i := range alerts {
			var all sync.WaitGroup
			begin := make(chan struct{})
			for _, s := range writers {
				all.Go(func() {
					<-begin
					keys := do(s, i)
					mu.Lock()
					defer mu.Unlock()
					for _, k := range keys {
						got[k]++
					}
				})
			}
			close(begin)
			all.Wait()
		}
		return got
	}
	channels := []string{"team", "head"}
	both := func(i int) (all []samleng.Delivery) {
		for _, channel := range channels {
			all = append(all, delivery(fmt.Sprint("e", i), 1, func(d *samleng.Delivery) { d.Channel = channel }))
		}
		return all
	}
	added := atOnce(func(s *Store, i int) (keys []samleng.DeliveryKey) {
		got, err := s.AddDeliveries(t.Context(), both(i))
		if err != nil {
			t.Error(err)
		}
		for _, d := range got {
			keys = append(keys, d.DeliveryKey)
		}
		return keys
	})
	claimed := atOnce(func(s *Store, i int) (keys []samleng.DeliveryKey) {
		for _, d := range both(i) {
			d.State, d.Attempts, d.Version = samleng.DeliverySending, 1, 1
			switch err := s.SaveDelivery(t.Context(), d); {
			case err == nil:
				keys = append(keys, d.DeliveryKey)
			case !errors.Is(err, samleng.ErrDeliveryTaken):
				t.Error(err)
			}
		}
		return keys
	})
	for what, got := range map[string]map[samleng.DeliveryKey]int{"added": added, "claimed": claimed} {
		if len(got) != alerts*len(channels) {
			t.Errorf("%d of %d are %s", len(got), alerts*len(channels), what)
		}
		for k, n := range got {
			if n != 1 {
				t.Errorf("%s is %s %d times", k, what, n)
			}
		}
	}
	if open, err := first.OpenDeliveries(t.Context(), "team", 2*alerts); err != nil || len(open) != alerts || open[0].State != samleng.DeliverySending {
		t.Errorf("%d are open, %v", len(open), err)
	}
}

func TestFailedDeliveries(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	for n, state := range []samleng.DeliveryState{samleng.DeliverySent, samleng.DeliveryFailed, samleng.DeliveryFailed, samleng.DeliveryFailed} {
		d := delivery("a", n+1, func(d *samleng.Delivery) {
			d.State, d.Version, d.Done, d.Reason = state, 1, noon.Add(time.Duration(n)*time.Hour), "refused"
		})
		if err := s.SaveDelivery(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.FailedDeliveries(t.Context(), noon.Add(2*time.Hour), 10)
	if err != nil || len(got) != 2 || got[0].Number != 4 || got[1].Number != 3 || got[0].Reason != "refused" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReplacedContentIsMergedAway(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	d := delivery("a", 1, nil)
	if err := s.SaveDelivery(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	d.State, d.Version, d.Content = samleng.DeliverySent, 1, nil
	if err := s.SaveDelivery(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := s.exec(t.Context(), "OPTIMIZE TABLE outbox FINAL"); err != nil { //nolint:misspell // SQL
		t.Fatal(err)
	}
	var rows, holding uint64
	if err := s.conn.QueryRow(t.Context(), "SELECT count(), countIf(content != '') FROM outbox").Scan(&rows, &holding); err != nil || rows != 1 || holding != 0 {
		t.Errorf("%d rows, %d of them with content, %v", rows, holding, err)
	}
}

func TestTakenDown(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	kept, gone := post(1, nil), post(2, nil)
	insert(t, s, "a", kept, gone)
	if err := s.RemovePost(t.Context(), gone.Post.ID); err != nil {
		t.Fatal(err)
	}
	got, err := s.TakenDown(t.Context(), []samleng.PostID{kept.Post.ID, gone.Post.ID})
	if err != nil || len(got) != 1 || got[0] != gone.Post.ID {
		t.Errorf("got %v, %v", got, err)
	}
}

func BenchmarkOutbox(b *testing.B) {
	s := migrated(b)
	n := 0
	for b.Loop() {
		d := delivery(fmt.Sprint(n), 1, nil)
		n++
		if _, err := s.AddDeliveries(b.Context(), []samleng.Delivery{d}); err != nil {
			b.Fatal(err)
		}
		for d.Version = 1; d.Version <= 2; d.Version++ {
			if err := s.SaveDelivery(b.Context(), d); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestRemovedPostIsNoExample takes down one of two posts that alerts show: one alert was decided,
// one waits, and one has been sent.
func TestRemovedPostIsNoExample(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	taken, kept := samleng.NewPostID("test", "taken"), samleng.NewPostID("test", "kept")
	alert := samleng.Alert{Episode: "a", Number: 1, Rule: "r", Examples: []samleng.Example{{ID: taken, Text: "words of 'one' ?"}, {ID: kept, Text: "words of 'the other' ?"}}}
	content, err := json.Marshal(&alert)
	if err != nil {
		t.Fatal(err)
	}
	waiting := delivery("a", 1, func(d *samleng.Delivery) { d.Content = content })
	sent := delivery("b", 1, func(d *samleng.Delivery) { d.Content = content })
	other := delivery("c", 1, nil)
	if _, err := s.AddDeliveries(t.Context(), []samleng.Delivery{waiting, sent, other}); err != nil {
		t.Fatal(err)
	}
	sent.State, sent.Version, sent.Content = samleng.DeliverySent, 1, nil
	if err := s.SaveDelivery(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	if err := s.RecordAlerts(t.Context(), []samleng.AlertRecord{{Tick: noon, Line: []byte(`{"level":"warning","episode":"a","number":1}`), Alert: alert}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.RemovePost(t.Context(), taken); err != nil {
			t.Fatal(err)
		}
	}
	var left uint64
	if err := s.conn.QueryRow(t.Context(), "SELECT (SELECT countIf(position(content, 'one') > 0) FROM outbox) + (SELECT countIf(position(alert, 'one') > 0) FROM alert_log)").Scan(&left); err != nil || left != 0 {
		t.Errorf("its words are left in %d rows, %v", left, err)
	}
	got, err := s.OpenDeliveries(t.Context(), "team", 10)
	if err != nil || len(got) != 2 || !reflect.DeepEqual(got[1], other) {
		t.Fatalf("waiting are %+v, %v", got, err)
	}
	var told samleng.Alert
	if err := json.Unmarshal(got[0].Content, &told); err != nil || len(told.Examples) != 1 || told.Examples[0] != alert.Examples[1] {
		t.Errorf("it is told with %+v, %v", told.Examples, err)
	}
	records, err := s.AlertRecords(t.Context(), "", noon.Add(-time.Hour), noon.Add(time.Hour))
	if err != nil || len(records) != 1 || records[0].Alert.Episode != "a" || len(records[0].Alert.Examples) != 0 {
		t.Errorf("decided was %+v, %v", records, err)
	}
}
