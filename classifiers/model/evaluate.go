package model

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Prediction is what a classifier said of a text beside what people say. Unless several
// labels are allowed, both lists hold one.
type Prediction struct {
	Want, Got  []int   // indexes of classes
	Confidence float64 // that Got is right, 0..1; NaN where the classifier gives none
}

// Interval is a figure with its 95 % bootstrap interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// ClassReport holds the figures of one class.
type ClassReport struct {
	Class     string  `json:"class"`
	N         int     `json:"n"`   // texts that have the label
	Got       int     `json:"got"` // texts that were given it
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Report is how well a classifier does on a set of labelled texts. Macro figures are means
// over the classes that a text of the set has; a class that is never given has precision 0.
type Report struct {
	N           int      `json:"n"`
	Accuracy    Interval `json:"accuracy"` // all labels of a text right
	MacroF1     Interval `json:"macro_f1"`
	MacroRecall Interval `json:"macro_recall"`
	MicroF1     Interval `json:"micro_f1"`
	Precision   Interval `json:"precision"` // micro
	Recall      Interval `json:"recall"`    // micro
	// ECE is the expected calibration error over ten bins of equal width (Guo and others
	// 2017); absent where the classifier gives no confidence.
	ECE       *Interval     `json:"ece,omitempty"`
	Classes   []ClassReport `json:"classes"`
	Confusion [][]int       `json:"confusion,omitempty"` // wanted by got, in the order of Classes; for one label a text
}

const (
	bins     = 10
	resample = 1000
)

// tally counts what the figures are made of.
type tally struct {
	n, exact         int
	want, got, right []int
	binN             [bins]int
	binRight         [bins]int
	binSum           [bins]float64
	calibrated       int
}

func newTally(classes int) *tally {
	return &tally{want: make([]int, classes), got: make([]int, classes), right: make([]int, classes)}
}

func (t *tally) add(p *Prediction) {
	t.n++
	right := 0
	for _, c := range p.Want {
		t.want[c]++
		if slices.Contains(p.Got, c) {
			t.right[c]++
			right++
		}
	}
	for _, c := range p.Got {
		t.got[c]++
	}
	exact := right == len(p.Want) && right == len(p.Got)
	if exact {
		t.exact++
	}
	if math.IsNaN(p.Confidence) {
		return
	}
	b := min(bins-1, max(0, int(p.Confidence*bins)))
	t.calibrated++
	t.binN[b]++
	t.binSum[b] += p.Confidence
	if exact {
		t.binRight[b]++
	}
}

// figures in the order of the report: accuracy, macro-F1, macro recall, micro-F1, micro
// precision, micro recall, ECE.
type figures [7]float64

func (t *tally) figures() figures {
	var f figures
	classes, right, want, got := 0, 0, 0, 0
	for c := range t.want {
		right, want, got = right+t.right[c], want+t.want[c], got+t.got[c]
		if t.want[c] > 0 {
			classes++
			f[1] += 2 * ratio(t.right[c], t.want[c]+t.got[c])
			f[2] += ratio(t.right[c], t.want[c])
		}
	}
	f[0] = ratio(t.exact, t.n)
	f[1] /= float64(max(1, classes))
	f[2] /= float64(max(1, classes))
	f[3] = 2 * ratio(right, want+got)
	f[4] = ratio(right, got)
	f[5] = ratio(right, want)
	for b := range bins {
		f[6] += math.Abs(float64(t.binRight[b])-t.binSum[b]) / float64(max(1, t.calibrated))
	}
	return f
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Evaluate gives the figures. The intervals come from 1,000 samples of the predictions with
// replacement; the same predictions and seed give the same report.
func Evaluate(predictions []Prediction, classes []string, seed uint64) Report {
	all := newTally(len(classes))
	multi := false
	for i := range predictions {
		p := &predictions[i]
		all.add(p)
		multi = multi || len(p.Want) != 1 || len(p.Got) != 1
	}
	value := all.figures()
	var samples [7][]float64
	random := rand.New(rand.NewPCG(seed, 0x6576616C)) //nolint:gosec // reproducible, no secret
	for range resample {
		t := newTally(len(classes))
		for range predictions {
			t.add(&predictions[random.IntN(len(predictions))])
		}
		for i, v := range t.figures() {
			samples[i] = append(samples[i], v)
		}
	}
	interval := func(i int) Interval {
		slices.Sort(samples[i])
		return Interval{Value: value[i], Low: samples[i][resample/40], High: samples[i][resample-1-resample/40]}
	}
	r := Report{
		N: len(predictions), Accuracy: interval(0), MacroF1: interval(1), MacroRecall: interval(2),
		MicroF1: interval(3), Precision: interval(4), Recall: interval(5),
	}
	if all.calibrated > 0 {
		ece := interval(6)
		r.ECE = &ece
	}
	for c, name := range classes {
		r.Classes = append(r.Classes, ClassReport{
			Class: name, N: all.want[c], Got: all.got[c],
			Precision: ratio(all.right[c], all.got[c]), Recall: ratio(all.right[c], all.want[c]),
			F1: 2 * ratio(all.right[c], all.want[c]+all.got[c]),
		})
	}
	if !multi {
		r.Confusion = confusion(predictions, len(classes))
	}
	return r
}

func confusion(predictions []Prediction, classes int) [][]int {
	m := make([][]int, classes)
	for c := range m {
		m[c] = make([]int, classes)
	}
	for i := range predictions {
		m[predictions[i].Want[0]][predictions[i].Got[0]]++
	}
	return m
}
