package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"samleng"
	"samleng/alerts/spike"
)

// DetectOptions choose how Detect reads rows and scores them.
type DetectOptions struct {
	Channel   samleng.Signal // volume, or negative-share
	Threshold float64        // 0: the channel's own
	Location  *time.Location // of timestamps without a zone, and of the hours of the day
	Step      time.Duration  // width of a bucket; 0: found in the first day
	Scale     float64        // by which values are multiplied; 0: found in the first day
	Rest      time.Duration  // at least this long between two alerts; 0: episodes
	Zero      bool           // a missing row is a bucket without posts; otherwise one that was not heard
	Terms     bool           // also write what each score is made of
	// Fault is told of each row that cannot be scored. May be nil.
	Fault func(line int, err error)
}

// ErrRows is given when rows could not be read; Fault was told of each.
var ErrRows = errors.New("some rows could not be read")

// Detect reads rows of a timestamp, a count and, for a share, the negative ones among them, and
// writes for each row its timestamp, its score and whether an alert begins there: one line for
// each line, as soon as it is read, from that row and those before it alone. A line that
// cannot be read gives an empty line, and ErrRows at the end; one that is not later than the
// one before is told to Fault and scores 0.
func Detect(ctx context.Context, in io.Reader, out io.Writer, o *DetectOptions) error {
	d, err := newDetection(o)
	if err != nil {
		return err
	}
	reader, writer := bufio.NewReaderSize(in, 1<<16), bufio.NewWriterSize(out, 1<<16)
	faults := 0
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, writer.Flush())
		}
		line, err := readRow(reader)
		if errors.Is(err, io.EOF) {
			break
		}
		var text []byte
		if err == nil {
			text, err = d.line(number, line)
		}
		if err != nil {
			if errors.Is(err, errRead) {
				return errors.Join(fmt.Errorf("line %d: %w", number, err), writer.Flush())
			}
			faults++
			d.fault(number, err)
		}
		if _, err := writer.Write(append(text, '\n')); err != nil {
			return fmt.Errorf("write score: %w", err)
		}
		if reader.Buffered() == 0 {
			if err := writer.Flush(); err != nil {
				return fmt.Errorf("write score: %w", err)
			}
		}
	}
	if err := writer.Flush(); err != nil {
		return fmt.Errorf("write score: %w", err)
	}
	if faults > 0 {
		return ErrRows
	}
	return nil
}

// The rows of the first day score 0 whatever they hold: they are kept until width and scale
// of the buckets can be told from them.
const (
	firstDay  = 24 * time.Hour
	leastHeld = 12
	mostHeld  = 5000
)

// detection is one run of Detect.
type detection struct {
	options  *DetectOptions
	columns  columns
	detector *spike.Detector // nil until width and scale are known
	config   spike.Config
	held     []row
	scale    float64
	last     time.Time // timestamp of the row before
	index    int64     // of its bucket
	episode  spike.Episode
	alerted  time.Time // when the last alert began, for a fixed rest
	scored   []spike.Scored
}

func newDetection(o *DetectOptions) (*detection, error) {
	d := &detection{options: o, columns: columns{0, 1, 2}, config: spike.DefaultConfig(), scale: o.Scale}
	c := &d.config
	c.Location, c.Grace, c.Final = o.Location, 0, 0
	switch o.Channel {
	case samleng.SignalVolume:
		if o.Threshold != 0 {
			c.Volume = o.Threshold
		}
	case samleng.SignalNegative:
		if o.Threshold != 0 {
			c.Share = o.Threshold
		}
		d.scale = 1
	default:
		return nil, fmt.Errorf("channel %q: want volume or negative-share", o.Channel)
	}
	if o.Step != 0 {
		c.Step = o.Step
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if o.Step != 0 && d.scale != 0 {
		d.detector = spike.New(c)
	}
	return d, nil
}

func (d *detection) fault(line int, err error) {
	if d.options.Fault != nil {
		d.options.Fault(line, err)
	}
}

// line gives what is written for one line of input.
func (d *detection) line(number int, line string) ([]byte, error) {
	if strings.TrimSpace(line) == "" {
		return nil, nil
	}
	fields, err := splitRow(line)
	if err != nil {
		return nil, err
	}
	if number == 1 {
		if named, ok := findColumns(fields); ok {
			if err := named.check(d.options.Channel); err != nil {
				return nil, err
			}
			d.columns = named
			return d.header(), nil
		}
	}
	r, err := d.columns.parse(fields, d.options)
	if err != nil {
		return nil, err
	}
	var best spike.Terms
	alert := false
	if !d.last.IsZero() && !r.at.After(d.last) {
		d.fault(number, fmt.Errorf("%s is not later than the row before: scored 0", r.text))
	} else if best, alert, err = d.take(&r); err != nil {
		return nil, err
	}
	out := strconv.AppendFloat(append([]byte(r.text), ','), best.Score, 'f', 4, 64)
	if alert {
		out = append(out, ",1"...)
	} else {
		out = append(out, ",0"...)
	}
	if d.options.Terms {
		out = appendTerms(out, &best)
	}
	return out, nil
}

// take scores a row, or keeps it until that can be done.
func (d *detection) take(r *row) (best spike.Terms, alert bool, err error) {
	if d.detector != nil {
		best, alert, err = d.score(r)
	} else {
		d.held = append(d.held, *r)
		if n := len(d.held); n >= mostHeld || (n >= leastHeld && r.at.Sub(d.held[0].at) >= firstDay) {
			err = d.begin()
		}
	}
	if err == nil {
		d.last = r.at
	}
	return best, alert, err
}

// begin makes the detector and gives it the rows that were kept.
func (d *detection) begin() error {
	if d.options.Step == 0 {
		d.config.Step = commonStep(d.held)
		if err := d.config.Validate(); err != nil {
			return err
		}
	}
	if d.scale == 0 {
		d.scale = commonScale(d.held)
	}
	d.detector = spike.New(&d.config)
	d.last = time.Time{}
	for i := range d.held {
		if _, _, err := d.score(&d.held[i]); err != nil {
			return err
		}
		d.last = d.held[i].at
	}
	d.held = nil
	return nil
}

// score gives the row to the detector. Rows closer than a bucket's width take the next bucket.
func (d *detection) score(r *row) (best spike.Terms, alert bool, err error) {
	step := d.config.Step
	index := floorDiv(r.at.Unix(), int64(step/time.Second))
	start := func(i int64) time.Time { return time.Unix(i*int64(step/time.Second), 0) }
	if !d.last.IsZero() {
		index = max(index, d.index+1)
		if d.options.Zero && index-d.index < 100_000 {
			for i := d.index + 1; i < index; i++ {
				if _, _, err := d.bucket(&spike.Bucket{Start: start(i), Coverage: 1}, start(i)); err != nil {
					return best, false, err
				}
			}
		} else {
			d.scored = d.detector.Advance(start(index), d.scored[:0])
			d.follow(start(index))
		}
	}
	d.index = index
	b := &spike.Bucket{Start: start(index), Coverage: 1}
	if d.options.Channel == samleng.SignalNegative {
		b.Labelled, b.Negative = r.value, r.negative
	} else {
		b.Posts = max(0, r.value*d.scale)
	}
	return d.bucket(b, r.at)
}

func (d *detection) bucket(b *spike.Bucket, at time.Time) (best spike.Terms, alert bool, err error) {
	if err := d.detector.Observe(b); err != nil {
		return best, false, err
	}
	d.scored = d.detector.Advance(b.Start.Add(d.config.Step), d.scored[:0])
	alert = d.follow(at)
	for i := range d.scored {
		best = *d.terms(&d.scored[i])
	}
	return best, alert, nil
}

func (d *detection) terms(s *spike.Scored) *spike.Terms {
	if d.options.Channel == samleng.SignalNegative {
		return &s.Negative
	}
	return &s.Volume
}

// follow says whether an alert begins with what was scored last.
func (d *detection) follow(at time.Time) (begins bool) {
	thresholds := d.config.Thresholds(1)
	least := thresholds.Volume
	if d.options.Channel == samleng.SignalNegative {
		least = thresholds.Negative
	}
	for i := range d.scored {
		s := &d.scored[i]
		if d.options.Rest > 0 {
			if d.terms(s).Score >= least && (d.alerted.IsZero() || at.Sub(d.alerted) >= d.options.Rest) {
				d.alerted, begins = at, true
			}
			continue
		}
		if state, _ := d.episode.Step(&d.config, s, thresholds); state == samleng.AlertOpened {
			begins = true
		}
	}
	return begins
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
