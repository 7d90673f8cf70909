package simulation

import (
	"context"
	"runtime"
	"strconv"
	"sync"

	"samleng/alerts/spike"
)

// Options choose what is measured.
type Options struct {
	Seed    uint64
	Series  int
	Workers int // 0: as many as there are processors, at most 2
}

// Report is what the detector did on generated series.
type Report struct {
	Seed       uint64   `json:"seed"`
	Series     int      `json:"series"`
	Weeks      int      `json:"weeks"`
	Volume     *Figures `json:"volume"` // at the default threshold
	Share      *Figures `json:"share"`
	Union      *Figures `json:"union"`
	Quiet      *Figures `json:"union_quiet"` // both thresholds x1.13
	VolumeAt02 *Figures `json:"volume_at_02"`
	ShareAt02  *Figures `json:"share_at_02"`
	VolumeAt10 *Figures `json:"volume_at_10"`
	ShareAt10  *Figures `json:"share_at_10"`
	Arrival    Count    `json:"outages_by_arrival"` // alarms on outages when posts count on arrival
	Targets    []Target `json:"targets"`
}

// Target is a figure beside what it has to reach.
type Target struct {
	Name  string  `json:"name"`
	Got   float64 `json:"got"`
	Least float64 `json:"least,omitempty"`
	Most  float64 `json:"most,omitempty"`
	Met   bool    `json:"met"`
}

// Bench generates the series of a seed, runs the detector over them and reckons.
func Bench(ctx context.Context, o Options) (*Report, error) {
	config := spike.DefaultConfig()
	all, arrival := make([]*scores, o.Series), make([]*scores, o.Series)
	err := parallel(ctx, o.Series, o.Workers, func(i int) error {
		s := Generate(o.Seed, i)
		var err error
		if all[i], err = run(&config, s, start); err != nil {
			return err
		}
		arrival[i], err = runArrival(&config, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	volume, share := volumeChannel(), shareChannel()
	union, quiet := unionChannel(config.Volume, config.Share), unionChannel(config.Volume*1.13, config.Share*1.13)
	r := &Report{
		Seed: o.Seed, Series: o.Series, Weeks: Weeks - Unheard,
		Volume: volume.reckon(all, config.Volume), Share: share.reckon(all, config.Share),
		Union: union.reckon(all, 1), Quiet: quiet.reckon(all, 1),
		VolumeAt02: volume.atBudget(all, .02), ShareAt02: share.atBudget(all, .02),
		VolumeAt10: volume.atBudget(all, .10), ShareAt10: share.atBudget(all, .10),
		Arrival: volume.reckon(arrival, config.Volume).Outages,
	}
	r.judge()
	return r, nil
}

// parallel calls work for 0..n-1 and gives the first error.
func parallel(ctx context.Context, n, workers int, work func(int) error) error {
	if workers <= 0 {
		workers = min(2, runtime.GOMAXPROCS(0))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range next {
				if err := work(i); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	group.Wait()
	return context.Cause(ctx)
}

// judge compares with the targets.
func (r *Report) judge() {
	least := func(name string, got, want float64) {
		r.Targets = append(r.Targets, Target{Name: name, Got: got, Least: want, Met: got >= want})
	}
	most := func(name string, got, want float64) {
		r.Targets = append(r.Targets, Target{Name: name, Got: got, Most: want, Met: got <= want})
	}
	least("volume at .02 false alarms a week: recall", r.VolumeAt02.Recall, .52)
	least("volume at .02: precision", r.VolumeAt02.Precision, .95)
	most("volume at .02: median delay, min", r.VolumeAt02.Delay, 15)
	least("share at .02: recall", r.ShareAt02.Recall, .40)
	least("share at .02: precision", r.ShareAt02.Precision, .94)
	most("share at .02: median delay, min", r.ShareAt02.Delay, 40)
	least("union: recall", r.Union.Recall, .54)
	least("union: precision", r.Union.Precision, .90)
	most("union: false alarms a series and week", r.Union.FalseAlarms, .08)
	most("union: median delay, min", r.Union.Delay, 20)
	least("union: strong spikes at 8/h and more", r.Union.Strong, .88)
	most("union: outages that alarm", r.Union.Outages.share(), .01)
}

func formatRate(r float64) string { return strconv.FormatFloat(r, 'g', -1, 64) }
