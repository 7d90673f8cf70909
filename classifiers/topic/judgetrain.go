package topic

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"samleng/classifiers/model"
)

// Labelled is a post, title and text normalised, whose topics people gave; none for a post off
// every topic.
type Labelled struct {
	Title, Text string
	Topics      []string
	// GramsOnly keeps the post from teaching how far the rules are right: the list of topics was
	// tuned on it.
	GramsOnly bool
}

// JudgeOptions say how TrainJudge learns.
type JudgeOptions struct {
	Grams, Claims model.Options
	// Precision is the least of the labels in cross-validation, 0..1: it places the threshold.
	Precision float64
	// Unknown is the weight of learning every claim over again without n-grams, for topics that
	// they do not know.
	Unknown float64
}

// DefaultJudgeOptions are those that cross-validation chose.
func DefaultJudgeOptions() JudgeOptions {
	g, c := model.DefaultOptions(), model.DefaultOptions()
	g.Task, g.Multi, g.Grams = gramsTask, true, model.Grams{Clusters: 3, Words: 1, CharsMin: 3, CharsMax: 5}
	g.L2, g.Folds, g.Iterations, g.MaxBytes = 3e-5, 8, 40, 600_000
	c.Task, c.Classes, c.Dense = claimsTask, []string{"no", "yes"}, inputNames
	c.L2, c.IDF, c.Folds = 3e-3, 0, 8
	return JudgeOptions{Grams: g, Claims: c, Precision: 0.85, Unknown: 0.3}
}

// JudgeReport is what cross-validation says of a judge, over the posts that teach more than n-grams.
type JudgeReport struct {
	Posts, Wanted, Got, Right int
	// Labels are those given to each post, nil for those that teach n-grams only.
	Labels [][]string
}

// Precision is the share of the labels given that are right.
func (r *JudgeReport) Precision() float64 { return float64(r.Right) / float64(max(1, r.Got)) }

// Recall is the share of the labels of people that were given.
func (r *JudgeReport) Recall() float64 { return float64(r.Right) / float64(max(1, r.Wanted)) }

// F1 is the harmonic mean of both.
func (r *JudgeReport) F1() float64 { return 2 * float64(r.Right) / float64(max(1, r.Got+r.Wanted)) }

// claim is a topic that something in a post speaks for.
type claim struct {
	post, topic int
	right       bool
}

// TrainJudge learns a judge of the classifier's topics and gives its file for LoadJudge. The same
// posts, options and topics give the same bytes.
//
// The n-grams are learnt first. What each says of a post was learnt without it, and so is what
// the claims are learnt from and what the report holds.
func (c *Classifier) TrainJudge(posts []Labelled, o JudgeOptions) ([]byte, JudgeReport, error) {
	fail := func(err error) ([]byte, JudgeReport, error) {
		return nil, JudgeReport{}, fmt.Errorf("train judge of topics: %w", err)
	}
	o.Grams.Classes = nil
	for i := range c.defs {
		o.Grams.Classes = append(o.Grams.Classes, c.defs[i].ID)
	}
	o.Grams.Classes = append(o.Grams.Classes, None)
	examples, err := gramExamples(posts, &o.Grams)
	if err != nil {
		return fail(err)
	}
	grams, held, err := model.TrainHeld(examples, o.Grams)
	if err != nil {
		return fail(fmt.Errorf("n-grams: %w", err))
	}
	claims, asked := c.claimed(posts, held, o)
	if len(asked) == 0 {
		return fail(errors.New("no topic speaks in any post"))
	}
	judged, logits, err := model.TrainHeld(claims, o.Claims)
	if err != nil {
		return fail(fmt.Errorf("claims: %w", err))
	}
	report := JudgeReport{Labels: make([][]string, len(posts))}
	for i := range posts {
		if !posts[i].GramsOnly {
			report.Posts++
			report.Wanted += len(posts[i].Topics)
			report.Labels[i] = []string{}
		}
	}
	threshold := report.threshold(asked, logits, o.Precision)
	for i, a := range asked {
		if logits[i][1]-logits[i][0] >= threshold {
			report.Labels[a.post] = append(report.Labels[a.post], c.defs[a.topic].ID)
			report.Got++
			report.Right += int(one(a.right))
		}
	}
	a, err := grams.Encode()
	if err != nil {
		return fail(err)
	}
	b, err := judged.WithDecision([]float64{threshold, 0}).Encode()
	if err != nil {
		return fail(err)
	}
	return encodeJudge(a, b), report, nil
}

func gramExamples(posts []Labelled, o *model.Options) ([]model.Example, error) {
	var examples []model.Example
	for i := range posts {
		p := &posts[i]
		e := model.Example{Features: o.Grams.Append(o.Grams.Append(nil, p.Title), p.Text)}
		for j := range e.Features {
			e.Features[j].Value = float32(1 / math.Sqrt(float64(len(e.Features))))
		}
		for _, id := range p.Topics {
			label := slices.Index(o.Classes, id)
			if label < 0 {
				return nil, fmt.Errorf("post %d: there is no topic %q", i+1, id)
			}
			e.Labels = append(e.Labels, label)
		}
		if len(p.Topics) == 0 {
			e.Labels = []int{len(o.Classes) - 1}
		}
		examples = append(examples, e)
	}
	return examples, nil
}

// claimed gives the claims of the posts, with n-grams and over again without.
func (c *Classifier) claimed(posts []Labelled, held [][]float64, o JudgeOptions) (examples []model.Example, asked []claim) {
	var again []model.Example
	unknown := make([]float64, len(c.defs))
	for i := range unknown {
		unknown[i] = math.NaN()
	}
	for i := range posts {
		if posts[i].GramsOnly {
			continue
		}
		p := c.set.Vocabulary().Read(posts[i].Title, posts[i].Text)
		t := c.read(p)
		need := t.judge()
		logits := make([]float64, len(c.defs))
		for k := range logits {
			logits[k] = within(held[i][k])
		}
		full, bare := t.scene(p, need, logits, within(held[i][len(logits)])), t.scene(p, need, unknown, 0)
		for _, k := range t.claims(nil, &full) {
			right := slices.Contains(posts[i].Topics, c.defs[k].ID)
			x := t.inputs(k, &full)
			examples = append(examples, model.Example{Dense: x[:], Labels: []int{int(one(right))}, Group: i + 1})
			asked = append(asked, claim{i, k, right})
			if t.byTopic[k].sum > 0 {
				y := t.inputs(k, &bare)
				again = append(again, model.Example{Dense: y[:], Labels: []int{int(one(right))}, Group: i + 1, Weight: o.Unknown})
			}
		}
		c.done(t)
		p.Release()
	}
	return append(examples, again...), asked
}

// threshold is the lowest, in hundredths, at which the labels have the precision.
func (r *JudgeReport) threshold(asked []claim, logits [][]float64, precision float64) float64 {
	hundredths := func(i int) float64 { return math.Floor(100 * (logits[i][1] - logits[i][0])) }
	order := make([]int, len(asked))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(hundredths(b), hundredths(a)) })
	right, lowest := 0, math.Inf(1)
	for n, i := range order {
		right += int(one(asked[i].right))
		if n+1 < len(order) && hundredths(order[n+1]) == hundredths(i) {
			continue // all of one threshold get a label, or none
		}
		if float64(right) >= precision*float64(n+1) {
			lowest = hundredths(i)
		}
	}
	if math.IsInf(lowest, 1) {
		return mostLogit
	}
	return lowest / 100
}
