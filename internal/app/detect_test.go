package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/internal/dataset"
)

func volumeOptions() *DetectOptions {
	return &DetectOptions{Channel: samleng.SignalVolume, Location: time.UTC}
}

// days is a series of 5-minute rows: a little, and many in the hour before the end.
func days(n int) string {
	var b strings.Builder
	at := time.Date(2026, 2, 16, 0, 0, 0, 0, time.UTC)
	for i := range n * 288 {
		v := 3 + i%3 + i*7%5
		if i >= n*288-12 {
			v = 60
		}
		fmt.Fprintf(&b, "%s,%d,%d\n", at.Format(time.DateTime), v, v/4)
		at = at.Add(5 * time.Minute)
	}
	return b.String()
}

func detect(t *testing.T, in string, o *DetectOptions) (out string, faults []string, err error) {
	t.Helper()
	o.Fault = func(line int, err error) { faults = append(faults, fmt.Sprintf("line %d: %v", line, err)) }
	var text strings.Builder
	err = Detect(t.Context(), strings.NewReader(in), &text, o)
	return text.String(), faults, err
}

func TestDetectFindsTheSpike(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]*DetectOptions{
		"episodes":   volumeOptions(),
		"fixed rest": {Channel: samleng.SignalVolume, Location: time.UTC, Rest: 6 * time.Hour},
		"given step": {Channel: samleng.SignalVolume, Location: time.UTC, Step: 5 * time.Minute, Scale: 1},
		"terms":      {Channel: samleng.SignalVolume, Location: time.UTC, Terms: true},
	} {
		out, faults, err := detect(t, "timestamp,value,negative\n"+days(5), o)
		if err != nil || len(faults) > 0 {
			t.Fatal(name, err, faults)
		}
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != 5*288+1 || !strings.HasPrefix(lines[0], "timestamp,score,alert") {
			t.Fatalf("%s: %d lines, first %q", name, len(lines), lines[0])
		}
		alerts := 0
		for i, line := range lines[1:] {
			fields := strings.Split(line, ",")
			if len(fields) != len(strings.Split(lines[0], ",")) {
				t.Fatalf("%s: line %q", name, line)
			}
			if fields[2] == "1" {
				alerts++
				if i < 5*288-12 {
					t.Errorf("%s: alert in row %d: %s", name, i, line)
				}
			}
		}
		if alerts != 1 {
			t.Errorf("%s: %d alerts, want 1", name, alerts)
		}
	}
}

func TestDetectShare(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 4 * 288 {
		negative := 2 + i*5%3
		if i >= 4*288-24 {
			negative = 9
		}
		fmt.Fprintf(&b, "%d,12,%d\n", 1_771_200_000+300*i, negative)
	}
	out, faults, err := detect(t, b.String(), &DetectOptions{Channel: samleng.SignalNegative, Location: time.UTC, Terms: true})
	if err != nil || len(faults) > 0 || strings.Count(out, ",1,") != 1 {
		t.Fatal(err, faults, strings.Count(out, ",1,"))
	}
	if _, _, err := detect(t, "timestamp,value\n1771200000,4\n", &DetectOptions{Channel: samleng.SignalNegative, Location: time.UTC}); !errors.Is(err, ErrRows) {
		t.Errorf("a header without negatives: %v", err)
	}
}

// TestDetectAnswersEachLine writes a line and waits for its answer before writing the next, and
// holds the answers against those of the whole: nothing may depend on what follows.
func TestDetectAnswersEachLine(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(strings.TrimSuffix(days(3), "\n"), "\n")
	whole, _, err := detect(t, strings.Join(lines, ""), volumeOptions())
	if err != nil {
		t.Fatal(err)
	}
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := Detect(t.Context(), inRead, outWrite, volumeOptions())
		done <- errors.Join(err, outWrite.Close())
	}()
	answers := bufio.NewReader(outRead)
	var got strings.Builder
	for _, line := range lines {
		if _, err := io.WriteString(inWrite, strings.TrimSuffix(line, "\n")+"\n"); err != nil {
			t.Fatal(err)
		}
		answer, err := answers.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(answer)
	}
	if err := errors.Join(inWrite.Close(), <-done); err != nil {
		t.Fatal(err)
	}
	if got.String() != whole {
		t.Error("line by line the scores are others")
	}
}

func TestDetectNamesBadRows(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		"yesterday,4":                      `timestamp "yesterday": want a form like`,
		"2026-02-30 08:00:00,4":            `timestamp "2026-02-30 08:00:00"`,
		"2026-02-28 08:00:00":              "has 1 columns: value is missing",
		"2026-02-28 08:00:00,many":         `value "many" is not a number`,
		"2026-02-28 08:00:00,NaN":          `value "NaN" is not a number`,
		"2026-02-28 08:00:00,1e300":        `value "1e300" is not a number`,
		`"2026-02-28 08:00:00,4`:           "read columns",
		strings.Repeat("x", longestRow+10): "is longer than 65536 bytes",
		"1700-01-01 00:00:00,4":            "between 1970 and 2999",
	} {
		in := "2026-02-28 07:50:00,3\n" + row + "\n2026-02-28 07:55:00,5\n"
		out, faults, err := detect(t, in, volumeOptions())
		if !errors.Is(err, ErrRows) || len(faults) != 1 || !strings.HasPrefix(faults[0], "line 2: ") || !strings.Contains(faults[0], want) {
			t.Errorf("%.40q: %v, %.120q, want %q", row, err, faults, want)
		}
		if lines := strings.Split(out, "\n"); len(lines) != 4 || lines[1] != "" || lines[2] != "2026-02-28 07:55:00,0.0000,0" {
			t.Errorf("%.40q: wrote %q", row, lines)
		}
	}
	if out, faults, err := detect(t, "2026-02-28 07:50:00,3\n\n", volumeOptions()); err != nil || len(faults) > 0 || out != "2026-02-28 07:50:00,0.0000,0\n\n" {
		t.Errorf("a blank line: %v, %q, %q", err, faults, out)
	}
	out, faults, err := detect(t, "2026-02-28 07:50:00,3\n2026-02-28 07:50:00,4\n", volumeOptions())
	if err != nil || len(faults) != 1 || !strings.Contains(faults[0], "not later") || !strings.HasSuffix(out, "2026-02-28 07:50:00,0.0000,0\n") {
		t.Errorf("twice the same time: %v, %q, %q", err, faults, out)
	}
}

func TestDetectOptionsRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]*DetectOptions{
		"channel":   {Channel: "loudness", Location: time.UTC},
		"step":      {Channel: samleng.SignalVolume, Location: time.UTC, Step: -time.Second},
		"threshold": {Channel: samleng.SignalVolume, Location: time.UTC, Threshold: 50},
	} {
		if err := Detect(t.Context(), strings.NewReader(""), io.Discard, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestMissingRows tells a time without rows from a time without posts.
func TestMissingRows(t *testing.T) {
	t.Parallel()
	rows := strings.SplitAfter(days(6), "\n")
	rows = append(rows[:4*288], rows[5*288:]...) // a day is missing, then comes the last one
	gap, _, err := detect(t, strings.Join(rows, ""), volumeOptions())
	if err != nil {
		t.Fatal(err)
	}
	o := volumeOptions()
	o.Zero = true
	zero, _, err := detect(t, strings.Join(rows, ""), o)
	if err != nil {
		t.Fatal(err)
	}
	if gap == zero {
		t.Error("a gap and a time without posts score alike")
	}
	if strings.Count(gap, ",1\n") != 1 {
		t.Errorf("%d alerts", strings.Count(gap, ",1\n"))
	}
}

func TestCommonStepAndScale(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 0, 0, 1, 0, time.UTC)
	rows := []row{{at: at, value: .5}, {at: at.Add(time.Hour), value: 1.5}, {at: at.Add(3 * time.Hour), value: 1}, {at: at.Add(4 * time.Hour), value: 1}}
	if step := commonStep(rows); step != time.Hour {
		t.Errorf("step %s", step)
	}
	if scale := commonScale(rows); math.Abs(scale-100) > 1e-9 {
		t.Errorf("scale %v", scale)
	}
	for i := range rows {
		rows[i].value = 4
	}
	if scale := commonScale(rows); scale != 1 {
		t.Errorf("scale of whole numbers %v", scale)
	}
	if step := commonStep(rows[:1]); step != time.Second {
		t.Errorf("step of one row %s", step)
	}
}

// TestDetectOnNumenta runs every series of the corpus, most of them no counts at all: nothing may
// fail, every row has its line, and quiet series stay quiet.
func TestDetectOnNumenta(t *testing.T) {
	t.Parallel()
	root := dataset.Path(t, "spikes", "nab")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.csv"))
	if err != nil || len(files) < 40 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	alerts, weeks := 0, 0.0
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out, _, err := detect(t, string(body), volumeOptions())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		in, lines := strings.Split(strings.TrimSpace(string(body)), "\n"), strings.Split(strings.TrimSpace(out), "\n")
		if len(in) != len(lines) {
			t.Errorf("%s: %d lines for %d", name, len(lines), len(in))
		}
		mine := 0
		var first, last time.Time
		for i, line := range lines[1:] {
			fields := strings.Split(line, ",")
			score, err := strconv.ParseFloat(fields[1], 64)
			if err != nil || !(score >= 0 && score < 50) {
				t.Fatalf("%s, row %d: score %q", name, i, fields[1])
			}
			if last, err = time.Parse(time.DateTime, fields[0]); err != nil {
				t.Fatal(err)
			}
			if first.IsZero() {
				first = last
			}
			if fields[2] == "1" {
				mine++
			}
		}
		weeks += last.Sub(first).Hours() / (7 * 24)
		alerts += mine
		if strings.Contains(name, "NoAnomaly") && mine > 0 {
			t.Errorf("%s: %d alerts", name, mine)
		}
	}
	t.Logf("%d series, %.0f weeks, %d alerts, %.2f a week", len(files), weeks, alerts, float64(alerts)/weeks)
	if perWeek := float64(alerts) / weeks; perWeek > 1 {
		t.Errorf("%.2f alerts a week", perWeek)
	}
}

func FuzzDetect(f *testing.F) {
	f.Add("timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:47:53,100\n", true)
	f.Add("1771200000,5,2\n1771200300,7,9\n\n\"a\",b\n", false)
	f.Add("value,timestamp\n1,2026-01-01T00:00:00+07:00\n1e9,2926-01-01\n3,2026-01-01 00:05\n", true)
	f.Add(days(2), true)
	f.Fuzz(func(t *testing.T, in string, volume bool) {
		o := volumeOptions()
		if !volume {
			o.Channel = samleng.SignalNegative
		}
		o.Terms = true
		var out strings.Builder
		if err := Detect(t.Context(), strings.NewReader(in), &out, o); err != nil && !errors.Is(err, ErrRows) {
			t.Fatalf("%q: %v", in, err)
		}
		want := strings.Count(in, "\n")
		if in != "" && !strings.HasSuffix(in, "\n") {
			want++
		}
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Fatalf("%q: %d lines for %d", in, got, want)
		}
		if s := out.String(); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
			t.Fatalf("%q: wrote %q", in, s)
		}
	})
}
