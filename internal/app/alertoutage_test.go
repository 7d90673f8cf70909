package app

import (
	"fmt"
	"testing"
	"time"

	"samleng"
)

// TestOutageIsNoSpike kills three sources of ten for six hours, and lets their backlog arrive at
// once: nothing is told of what people say, and one notice names the sources, with one note when
// they are back.
func TestOutageIsNoSpike(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	begin := time.Date(2026, 10, 1, 17, 0, 0, 0, time.UTC)
	w := newTown()
	var outages []time.Time
	for day := 7; day < 28; day += 3 {
		outages = append(outages, begin.AddDate(0, 0, day).Add(time.Duration(day)*time.Hour))
	}
	const length = 6 * time.Hour
	end := outages[len(outages)-1].Add(24 * time.Hour)
	out := func(source int, at time.Time) (back time.Time, down bool) {
		for _, o := range outages {
			if source < 3 && !at.Before(o) && at.Before(o.Add(length)) {
				return o.Add(length), true
			}
		}
		return time.Time{}, false
	}
	w.usual(begin, end, 30, func(source int, at time.Time) time.Duration {
		if back, down := out(source, at); down {
			return back.Sub(at) + time.Minute
		}
		return time.Minute
	})
	w.poll(begin, end, func(source int, at time.Time) bool { _, down := out(source, at); return down })
	w.store(t, store)

	d := newDesk(t, store, end.Add(time.Hour), end)
	opened, closed := 0, 0
	for _, r := range d.replay(begin.AddDate(0, 0, 6), end) {
		a := &r.Alert
		switch {
		case a.Rule == "sources" && a.State == samleng.AlertOpened:
			opened++
			if got, want := fmt.Sprint(a.Silent), "[Source 0 Source 1 Source 2]"; got != want {
				t.Errorf("the notice names %s, want %s", got, want)
			}
			if late := a.At.Sub(outages[opened-1]); late > 30*time.Minute {
				t.Errorf("the notice comes after %s", late)
			}
		case a.Rule == "sources" && a.State == samleng.AlertClosed:
			closed++
		case a.Rule == "sources":
			t.Errorf("another notice: %s", r.Line)
		case a.State == samleng.AlertOpened && len(r.Channels) > 0 && a.Rule != "floor":
			for _, o := range outages {
				if a.At.After(o) && a.At.Before(o.Add(length+6*time.Hour)) {
					t.Errorf("a false alert: %s", r.Line)
				}
			}
		}
	}
	if opened != len(outages) || closed != len(outages) {
		t.Errorf("%d notices and %d notes that all are back, want %d of each", opened, closed, len(outages))
	}
}

// benchRules watch 20 topics in the whole country and in nine provinces.
const benchRules = `rules:
  - {id: places, name: {km: ក, en: Places}, places: ["01", "02", "03", "04", "05", "06", "12", "21", "24"], level: notice}
`

// BenchmarkReplay runs 200 series over 90 days, 60 posts an hour.
func BenchmarkReplay(b *testing.B) {
	store := newNewsroom(b).store
	end := time.Date(2026, 11, 18, 17, 0, 0, 0, time.UTC)
	begin := end.AddDate(0, 0, -90)
	w := newTown()
	w.usual(begin, end, 30, soon)
	w.poll(begin, end, never)
	w.store(b, store)
	d := newDeskOf(b, store, benchRules, end.Add(time.Hour), end)
	d.needs.Store, d.needs.Outbox = store, nil
	before := processor(b)
	for b.Loop() {
		engine, err := d.rules.engine(d.needs)
		if err != nil {
			b.Fatal(err)
		}
		all, err := engine.Replay(b.Context(), begin, end)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(engine.Series()), "series")
		b.ReportMetric(float64(len(all)), "alerts")
	}
	b.ReportMetric((processor(b)-before).Seconds()/float64(b.N), "processor-s/op")
}
