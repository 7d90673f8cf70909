package app

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"samleng"
	"samleng/alerts/spike"
)

// errRead marks an error of the input itself, after which nothing more can be read.
var errRead = errors.New("read rows")

// longestRow bounds a line of rows.
const longestRow = 1 << 16

// readRow gives the next line without its end, io.EOF after the last one.
func readRow(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case err == nil || (errors.Is(err, io.EOF) && len(line) > 0):
		return strings.TrimRight(string(line), "\r\n"), nil
	case errors.Is(err, bufio.ErrBufferFull):
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("%w: %w", errRead, err)
		}
		return "", fmt.Errorf("is longer than %d bytes", longestRow)
	case errors.Is(err, io.EOF):
		return "", io.EOF
	}
	return "", fmt.Errorf("%w: %w", errRead, err)
}

// row is one line of counts.
type row struct {
	text     string // the timestamp as it stands
	at       time.Time
	value    float64
	negative float64
}

// columns says where a row has what. Without a header they are in this order.
type columns struct{ timestamp, value, negative int }

func splitRow(line string) ([]string, error) {
	line = strings.TrimPrefix(line, "\xef\xbb\xbf")
	if !strings.Contains(line, `"`) {
		return strings.Split(line, ","), nil
	}
	fields, err := csv.NewReader(strings.NewReader(line)).Read()
	if err != nil {
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			err = parse.Err
		}
		return nil, fmt.Errorf("read columns: %w", err)
	}
	return fields, nil
}

// findColumns reads a header: a line that names a timestamp and a value.
func findColumns(fields []string) (columns, bool) {
	find := func(names ...string) int {
		return slices.IndexFunc(fields, func(f string) bool {
			return slices.Contains(names, strings.ToLower(strings.TrimSpace(f)))
		})
	}
	c := columns{find("timestamp", "time"), find("value", "posts", "labelled"), find("negative")}
	return c, c.timestamp >= 0 && c.value >= 0
}

func (c *columns) check(channel samleng.Signal) error {
	if channel == samleng.SignalNegative && c.negative < 0 {
		return errors.New(`the header has no column "negative", which a share needs`)
	}
	return nil
}

// parse reads one row.
func (c *columns) parse(fields []string, o *DetectOptions) (row, error) {
	field := func(i int, name string) (string, error) {
		if i >= len(fields) {
			return "", fmt.Errorf("has %d columns: %s is missing", len(fields), name)
		}
		return strings.TrimSpace(fields[i]), nil
	}
	text, err := field(c.timestamp, "timestamp")
	if err != nil {
		return row{}, err
	}
	r := row{text: text}
	if r.at, err = parseTimestamp(text, o.Location); err != nil {
		return row{}, err
	}
	number := func(i int, name string) (float64, error) {
		text, err := field(i, name)
		if err != nil {
			return 0, err
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.Abs(v) > 1e12 {
			return 0, fmt.Errorf("%s %q is not a number up to 1e12", name, text)
		}
		return v, nil
	}
	if r.value, err = number(c.value, "value"); err != nil {
		return row{}, err
	}
	if o.Channel != samleng.SignalNegative {
		return r, nil
	}
	if r.negative, err = number(c.negative, "negative"); err != nil {
		return row{}, err
	}
	if r.value < 0 || r.negative < 0 || r.negative > r.value || r.value > 1<<24 || r.value != math.Trunc(r.value) || r.negative != math.Trunc(r.negative) {
		return row{}, fmt.Errorf("%v negative of %v posts: want whole numbers up to 16777216, negative within value", r.negative, r.value)
	}
	return r, nil
}

// timestamps are the forms that are read; those without a zone are local.
var timestamps = []string{
	time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", time.DateOnly,
}

func parseTimestamp(text string, location *time.Location) (time.Time, error) {
	for _, layout := range timestamps {
		if at, err := time.ParseInLocation(layout, text, location); err == nil {
			if at.Year() < 1970 || at.Year() > 2999 {
				return time.Time{}, fmt.Errorf("timestamp %q: want a year between 1970 and 2999", text)
			}
			return at, nil
		}
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds >= 0 && seconds < 32_503_680_000 { // the year 3000
		return time.Unix(seconds, 0).In(location), nil
	}
	return time.Time{}, fmt.Errorf("timestamp %q: want a form like 2026-11-22T08:05:00+07:00 or 2026-11-22 08:05:00", text)
}

// commonStep is the most frequent distance between the rows.
func commonStep(rows []row) time.Duration {
	counts := map[time.Duration]int{}
	best := time.Duration(0)
	for i := 1; i < len(rows); i++ {
		step := rows[i].at.Sub(rows[i-1].at).Round(time.Second)
		step = min(24*time.Hour, max(time.Second, step))
		counts[step]++
		if n := counts[step]; n > counts[best] || (n == counts[best] && step < best) {
			best = step
		}
	}
	return max(best, time.Second)
}

// scaledMean is what values that are no counts have as their mean once they are scaled.
const scaledMean = 100

// commonScale is 1 for counts, and otherwise what brings the mean of the values to scaledMean: a
// measure that is no count is then treated like one of that size, whose own noise matters
// more than that of counting.
func commonScale(rows []row) float64 {
	sum, whole := 0.0, true
	for i := range rows {
		sum += math.Abs(rows[i].value)
		whole = whole && rows[i].value == math.Trunc(rows[i].value)
	}
	if whole || sum == 0 {
		return 1
	}
	return min(1e6, scaledMean*float64(len(rows))/sum)
}

// header is what is written for a header.
func (d *detection) header() []byte {
	out := []byte("timestamp,score,alert")
	if d.options.Terms {
		out = append(out, ",window_minutes,observed,expected,low,high,n,log10_p,excess,quantile,lambda,beta,shape,dispersion"...)
	}
	return out
}

// appendTerms writes what a score is made of; empty columns for a score of 0.
func appendTerms(out []byte, t *spike.Terms) []byte {
	if t.Score == 0 {
		return append(out, ",,,,,,,,,,,,,"...)
	}
	low, high := t.Interval()
	for _, v := range []float64{t.Window.Minutes(), t.Observed, t.Expected, low, high, t.Count, -t.LogP, t.Excess, t.Quantile, t.Lambda, t.Beta, t.K, t.Dispersion} {
		out = strconv.AppendFloat(append(out, ','), v, 'g', 5, 64)
	}
	return out
}
