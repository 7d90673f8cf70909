package spike

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"samleng"
)

var epoch = time.Date(2026, 1, 4, 17, 0, 0, 0, time.UTC) // Monday 00:00 in Cambodia

// noisy gives n buckets of about rate posts with a daily cycle, some of them not heard.
func noisy(seed uint64, n int, rate float64) []Bucket {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]Bucket, n)
	level := 0.0
	for i := range out {
		level = .98*level + .05*r.NormFloat64()
		mean := rate * (1 + .6*math.Sin(2*math.Pi*float64(i%288)/288)) * math.Exp(level)
		b := Bucket{Start: epoch.Add(time.Duration(i) * 5 * time.Minute), Coverage: 1}
		for range 200 {
			if r.Float64() < mean/200 {
				b.Posts++
			}
		}
		b.Labelled = b.Posts
		for range int(b.Posts) {
			switch v := r.Float64(); {
			case v < .2:
				b.Negative++
			case v < .5:
				b.Positive++
			}
		}
		switch v := r.Float64(); {
		case v < .01:
			b.Coverage = .3
		case v < .05:
			b.Coverage = .8
		case v < .06:
			b.Late = .7
		}
		out[i] = b
	}
	return out
}

// watch feeds buckets and gives all that was scored.
func watch(t testing.TB, d *Detector, buckets []Bucket) []Scored {
	t.Helper()
	var out []Scored
	for i := range buckets {
		if err := d.Observe(&buckets[i]); err != nil {
			t.Fatal(err)
		}
		out = d.Advance(buckets[i].Start.Add(5*time.Minute), out)
	}
	return out
}

func testConfig() Config {
	c := DefaultConfig()
	c.Positive = true
	return c
}

// TestRestoredContinuesExactly cuts a stream at many places.
func TestRestoredContinuesExactly(t *testing.T) {
	t.Parallel()
	config := testConfig()
	buckets := noisy(3, 1500, 9)
	for i := 1300; i < 1330; i++ { // something to score
		buckets[i].Posts += 200
		buckets[i].Labelled += 200
		buckets[i].Negative += 150
	}
	whole := New(&config)
	var all []Scored
	scoredTo := make([]int, len(buckets)+1)
	snapshots := make([][]byte, len(buckets)+1)
	for i := range buckets {
		var err error
		if snapshots[i], err = whole.MarshalBinary(); err != nil {
			t.Fatal(err)
		}
		if len(snapshots[i]) >= 8<<10 {
			t.Fatalf("a snapshot has %d bytes", len(snapshots[i]))
		}
		scoredTo[i] = len(all)
		all = append(all, watch(t, whole, buckets[i:i+1])...)
	}
	last, err := whole.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	highest := 0.0
	for i := range all {
		highest = max(highest, all[i].Volume.Score)
	}
	if highest < 2.3 {
		t.Fatalf("the highest score is %v: this test would show nothing", highest)
	}
	for cut := 0; cut < len(buckets); cut += 37 {
		d := New(&config)
		if err := d.UnmarshalBinary(snapshots[cut]); err != nil {
			t.Fatal(err)
		}
		if got := watch(t, d, buckets[cut:]); !reflect.DeepEqual(got, append([]Scored(nil), all[scoredTo[cut]:]...)) {
			t.Fatalf("cut at %d: the scores differ", cut)
		}
		if end, err := d.MarshalBinary(); err != nil || !bytes.Equal(end, last) {
			t.Fatalf("cut at %d: the states differ, %v", cut, err)
		}
	}
}

func TestStateIsSmall(t *testing.T) {
	t.Parallel()
	if n := binary.Size(State{}); n < 4<<10 || n >= 8<<10 {
		t.Errorf("the state of a series has %d bytes, want less than 8 KB", n)
	}
	if n := reflect.TypeFor[Detector]().Size(); n > 9<<10 {
		t.Errorf("a detector has %d bytes", n)
	}
}

func TestRefusesForeignSnapshots(t *testing.T) {
	t.Parallel()
	config := testConfig()
	d := New(&config)
	watch(t, d, noisy(1, 50, 5))
	good, err := d.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "short": good[:100], "version": append([]byte{9}, good[1:]...), "noise": append([]byte{1}, bytes.Repeat([]byte{0xff}, len(good)-1)...),
	} {
		if err := d.UnmarshalBinary(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if now, err := d.MarshalBinary(); err != nil || !bytes.Equal(now, good) {
		t.Error("a refused snapshot changed the detector")
	}
}

// TestNoLookAhead compares the scores of a stream with those of its beginnings.
func TestNoLookAhead(t *testing.T) {
	t.Parallel()
	config := testConfig()
	buckets := noisy(5, 900, 8)
	d := New(&config)
	all := watch(t, d, buckets)
	for _, n := range []int{1, 300, 301, 700} {
		d := New(&config)
		if got := watch(t, d, buckets[:n]); !reflect.DeepEqual(got, append([]Scored(nil), all[:len(got)]...)) {
			t.Errorf("the first %d buckets score otherwise with what follows", n)
		}
	}
}

func TestObserveRefuses(t *testing.T) {
	t.Parallel()
	config := testConfig()
	for name, b := range map[string]Bucket{
		"negative count":      {Start: epoch, Posts: -1},
		"not a number":        {Start: epoch, Posts: math.NaN()},
		"more labels":         {Start: epoch, Labelled: 3, Negative: 4},
		"more positive":       {Start: epoch, Labelled: 3, Positive: 4},
		"parts of posts":      {Start: epoch, Labelled: 3, Negative: 1.5},
		"coverage":            {Start: epoch, Coverage: 1.2},
		"late":                {Start: epoch, Late: -.1},
		"infinitely many":     {Start: epoch, Posts: math.Inf(1)},
		"infinitely negative": {Start: epoch, Labelled: math.Inf(1), Negative: math.Inf(1)},
	} {
		if err := New(&config).Observe(&b); samleng.ClassOf(err) != samleng.BadInput {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := New(&config)
	watch(t, d, noisy(1, 40, 5))
	if err := d.Observe(&Bucket{Start: epoch}); !errors.Is(err, ErrFinal) {
		t.Errorf("a final bucket: %v", err)
	}
	if err := d.Observe(&Bucket{Start: epoch.Add(24 * time.Hour)}); err == nil || errors.Is(err, ErrFinal) {
		t.Errorf("a bucket far ahead: %v", err)
	}
}

// TestFrozenBucketsTeachNothing holds a detector that went through a silence against one that
// did not: what they remember differs in nothing but time.
func TestFrozenBucketsTeachNothing(t *testing.T) {
	t.Parallel()
	config := testConfig()
	for name, freeze := range map[string]func(*Bucket){
		"not heard":   func(b *Bucket) { b.Coverage = .49 },
		"silent":      func(b *Bucket) { *b = Bucket{Start: b.Start} },
		"backlog":     func(b *Bucket) { b.Late = .51 },
		"all at once": func(b *Bucket) { b.Posts, b.Late = 10_000, .9 },
	} {
		d := New(&config)
		buckets := noisy(8, 1200, 8)
		for i := range buckets {
			buckets[i].Coverage, buckets[i].Late = 1, 0
		}
		for i := 800; i < 900; i++ {
			freeze(&buckets[i])
		}
		watch(t, d, buckets[:800+14])
		before := d.state.Volume
		for _, s := range watch(t, d, buckets[800+14:900+1]) {
			if !s.Frozen || s.Volume.Score != 0 || s.Negative.Score != 0 {
				t.Fatalf("%s: bucket %s was scored", name, s.Start)
			}
		}
		if d.state.Volume != before {
			t.Errorf("%s: the volume learned from frozen buckets", name)
		}
		after := watch(t, d, buckets[901:940])
		held := 0
		for _, s := range after {
			if s.Gap {
				held++
			}
		}
		if held != int(config.Settle/config.Step) {
			t.Errorf("%s: %d buckets are held after the gap", name, held)
		}
	}
}

// TestLatePostsRescore lets a bucket's posts come in two parts.
func TestLatePostsRescore(t *testing.T) {
	t.Parallel()
	config := testConfig()
	d := New(&config)
	buckets := noisy(2, 1000, 6)
	for i := range buckets {
		buckets[i].Coverage, buckets[i].Late = 1, 0
	}
	watch(t, d, buckets)
	late := buckets[996]
	late.Posts += 150
	if err := d.Observe(&late); err != nil {
		t.Fatal(err)
	}
	again := d.Advance(buckets[999].Start.Add(6*time.Minute), nil)
	if len(again) != 1 || !again[0].Again || !again[0].Young || again[0].Volume.Score < 2.3 || !again[0].Start.Equal(late.Start) {
		t.Fatalf("scored again: %+v", again)
	}
	if more := d.Advance(buckets[999].Start.Add(7*time.Minute), nil); len(more) != 0 {
		t.Errorf("scored a third time: %+v", more)
	}
	old := d.Advance(late.Start.Add(66*time.Minute), nil)
	for _, s := range old {
		if s.Start.Equal(late.Start) {
			t.Errorf("scored although nothing changed: %+v", s)
		}
	}
}

func TestCoverageScalesTheMean(t *testing.T) {
	t.Parallel()
	config := testConfig()
	d := New(&config)
	buckets := noisy(4, 288*12, 10)
	for i := range buckets {
		b := &buckets[i]
		b.Coverage, b.Late = 1, 0
		if i > 288*6 { // forty percent of the sources are gone, and so are their posts
			b.Coverage = .6
			b.Posts = math.Round(b.Posts * .6)
			b.Labelled, b.Negative, b.Positive = 0, 0, 0
		}
	}
	watch(t, d, buckets[:288*6])
	before := d.state.Volume.Level
	watch(t, d, buckets[288*6:])
	if after := d.state.Volume.Level; math.Abs(after/before-1) > .15 {
		t.Errorf("the level went from %v to %v: it should be that of full coverage", before, after)
	}
}

func TestNewModelForgetsTheShare(t *testing.T) {
	t.Parallel()
	config := testConfig()
	d := New(&config)
	d.SetModel("one")
	buckets := noisy(6, 2000, 9)
	watch(t, d, buckets[:1900])
	tail := d.state.Negative.Rarity
	d.SetModel("one")
	if d.state.Negative.A == 0 {
		t.Fatal("the same model again forgot the share")
	}
	d.SetModel("two")
	if s := &d.state.Negative; s.A != 0 || s.B != 0 || s.Rarity != tail {
		t.Error("a new model: want the share forgotten and its rarity kept")
	}
	scored := watch(t, d, buckets[1900:1990])
	for _, s := range scored {
		if !s.Model {
			t.Fatalf("bucket %s is not held", s.Start)
		}
	}
	watchUntil := 1990 + 288
	for _, s := range watch(t, d, noisy(6, watchUntil, 9)[1990:]) {
		if s.Model && s.Start.Sub(buckets[1900].Start) > 25*time.Hour {
			t.Fatalf("bucket %s is still held", s.Start)
		}
	}
}

// TestDrift lets the level double over five days: that may not alarm more than the same series
// does without.
func TestDrift(t *testing.T) {
	t.Parallel()
	config := testConfig()
	alarms := func(seed uint64, drift float64) (n int) {
		d := New(&config)
		buckets := noisy(20+seed, 288*28, 12)
		r := rand.New(rand.NewPCG(seed, 2))
		for i := range buckets {
			b := &buckets[i]
			b.Coverage, b.Late = 1, 0
			grow := drift * min(1, max(0, float64(i-288*14)/(288*5)))
			for range int(b.Posts) {
				if r.Float64() < grow {
					b.Posts++
					b.Labelled++
					if r.Float64() < .2 {
						b.Negative++
					}
				}
			}
		}
		var e Episode
		for _, s := range watch(t, d, buckets) {
			if state, _ := e.Step(&config, &s, config.Thresholds(1)); state == samleng.AlertOpened {
				n++
			}
		}
		return n
	}
	with, without := 0, 0
	for seed := range uint64(6) {
		with += alarms(seed, 1)
		without += alarms(seed, 0)
	}
	t.Logf("%d alarms with drift, %d without", with, without)
	if with > without+2 { // 24 series-weeks, of which .08 a week may alarm either way
		t.Errorf("%d alarms in drifting series, %d in the same without drift", with, without)
	}
}

func TestLongSilenceIsSkipped(t *testing.T) {
	t.Parallel()
	config := testConfig()
	d := New(&config)
	watch(t, d, noisy(1, 400, 5))
	far := epoch.AddDate(900, 0, 0)
	if n := len(d.Advance(far, nil)); n > 2*maxPending+farBehind {
		t.Errorf("%d buckets were scored", n)
	}
	if err := d.Observe(&Bucket{Start: far, Posts: 5, Coverage: 1}); err != nil {
		t.Fatal(err)
	}
	out := d.Advance(far.Add(20*time.Minute), nil)
	if len(out) == 0 || out[len(out)-1].Frozen && !out[0].Frozen {
		t.Errorf("after the silence: %+v", out)
	}
	if !d.Observed(far) {
		t.Error("the bucket after the silence is lost")
	}
}

func BenchmarkBucket(b *testing.B) {
	for name, rate := range map[string]float64{"1 an hour": 1. / 12, "100 an hour": 100. / 12, "500 an hour": 500. / 12} {
		b.Run(name, func(b *testing.B) {
			config := DefaultConfig()
			buckets := noisy(1, 288*14, rate)
			for i := range buckets {
				buckets[i].Coverage, buckets[i].Late = 1, 0
			}
			d := New(&config)
			var scored []Scored
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				bucket := buckets[n%len(buckets)]
				bucket.Start = epoch.Add(time.Duration(n) * 5 * time.Minute)
				if err := d.Observe(&bucket); err != nil {
					b.Fatal(err)
				}
				scored = d.Advance(bucket.Start.Add(5*time.Minute), scored[:0])
			}
		})
	}
}
