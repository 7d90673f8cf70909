package topic

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"samleng"
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
	// Uncounted keeps the post out of the report and of the choice of the threshold.
	Uncounted bool
	// Language tells posts in romanised Khmer, whose n-grams are learnt apart, from all others.
	Language string
	// Spelt is a Khmer post in Latin letters by a program: it teaches n-grams of romanised Khmer only.
	Spelt bool
	// Weight is how much the post teaches beside the others; 0 counts as 1.
	Weight float64
}

// JudgeOptions say how TrainJudge learns.
type JudgeOptions struct {
	Grams, Claims model.Options
	Romanised     model.Options // of the n-grams of romanised Khmer
	// Precision is the least of the labels in cross-validation, 0..1: it places the threshold.
	Precision float64
}

// DefaultJudgeOptions are those that cross-validation chose.
func DefaultJudgeOptions() JudgeOptions {
	g, c := model.DefaultOptions(), model.DefaultOptions()
	g.Task, g.Multi, g.Grams = gramsTask, true, model.Grams{Clusters: 3, Words: 1, CharsMin: 4, CharsMax: 4}
	g.L2, g.Folds, g.Iterations, g.MaxBytes = 3e-5, 8, 40, 600_000
	c.Task, c.Classes, c.Dense = claimsTask, []string{"no", "yes"}, pairNames()
	c.L2, c.IDF, c.Folds, c.Iterations = 1e-2, 0, 8, 150
	r := g
	r.Task, r.Grams, r.MaxBytes = speltTask, model.Grams{Words: 1, CharsMin: 4, CharsMax: 4, Sounds: 2}, 400_000
	return JudgeOptions{Grams: g, Romanised: r, Claims: c, Precision: 0.85}
}

// JudgeReport is what cross-validation says of a judge, over the posts that teach more than n-grams.
type JudgeReport struct {
	Figures
	Uncounted Figures // over the posts that are Uncounted, at the same threshold
}

// Figures count posts and their labels: those of people, those given, and those that are both.
type Figures struct{ Posts, Wanted, Got, Right int }

// Precision is the share of the labels given that are right.
func (f *Figures) Precision() float64 { return float64(f.Right) / float64(max(1, f.Got)) }

// Recall is the share of the labels of people that were given.
func (f *Figures) Recall() float64 { return float64(f.Right) / float64(max(1, f.Wanted)) }

// F1 is the harmonic mean of both.
func (f *Figures) F1() float64 { return 2 * float64(f.Right) / float64(max(1, f.Got+f.Wanted)) }

// claim is a topic that something in a post speaks for.
type claim struct {
	post, topic  int
	right, clear bool
}

// sure is more than any logit that is learnt.
const sure = 1e3

// logit gives by how much the claim is likelier right than wrong, and sure where that is enough
// for a clear one.
func (c *claim) logit(learnt []float64) float64 {
	z := learnt[1] - learnt[0]
	if c.clear && z >= clearLogit {
		return sure
	}
	return z
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
	o.Romanised.Classes = o.Grams.Classes
	grams, held, err := learnGrams(posts, o.Grams, func(p *Labelled) bool { return !p.Spelt })
	if err != nil {
		return fail(fmt.Errorf("n-grams: %w", err))
	}
	spelt, heldSpelt, err := learnGrams(posts, o.Romanised, func(p *Labelled) bool { return p.Language == samleng.RomanisedKhmer })
	if err != nil {
		return fail(fmt.Errorf("n-grams of romanised Khmer: %w", err))
	}
	for i, logits := range heldSpelt {
		if logits != nil {
			held[i] = logits
		}
	}
	claims, asked := c.claimed(posts, held)
	if len(asked) == 0 {
		return fail(errors.New("no topic speaks in any post"))
	}
	judged, logits, err := model.TrainHeld(claims, o.Claims)
	if err != nil {
		return fail(fmt.Errorf("claims: %w", err))
	}
	report, threshold := reportOn(posts, asked, logits, o.Precision)
	b, err := judged.WithDecision([]float64{threshold, 0}).Encode()
	if err != nil {
		return fail(err)
	}
	return encodeJudge(grams, b, spelt), report, nil
}

// learnGrams learns n-grams from some of the posts. It gives the file of the model, nil where there
// are no such posts, and for each of them the logits of a model that did not see it.
func learnGrams(posts []Labelled, o model.Options, of func(*Labelled) bool) (file []byte, held [][]float64, err error) {
	var some []Labelled
	var which []int
	for i := range posts {
		if of(&posts[i]) {
			some, which = append(some, posts[i]), append(which, i)
		}
	}
	held = make([][]float64, len(posts))
	if len(some) == 0 {
		return nil, held, nil
	}
	examples, err := gramExamples(some, &o)
	if err != nil {
		return nil, nil, err
	}
	grams, logits, err := model.TrainHeld(examples, o)
	if err != nil {
		return nil, nil, err
	}
	for i, of := range which {
		held[of] = logits[i]
	}
	file, err = grams.Encode()
	return file, held, err
}

func gramExamples(posts []Labelled, o *model.Options) ([]model.Example, error) {
	var examples []model.Example
	for i := range posts {
		p := &posts[i]
		e := model.Example{Weight: p.Weight, Features: o.Grams.Append(o.Grams.Append(nil, p.Title), p.Text)}
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

// claimed gives the claims of the posts.
func (c *Classifier) claimed(posts []Labelled, held [][]float64) (examples []model.Example, asked []claim) {
	for i := range posts {
		if posts[i].GramsOnly || posts[i].Spelt {
			continue
		}
		p := c.set.Vocabulary().Read(posts[i].Title, posts[i].Text)
		t := c.read(p)
		need := t.judge()
		logits := make([]float64, len(c.defs))
		for k := range logits {
			logits[k] = within(held[i][k])
		}
		s := t.scene(p, need, logits, within(held[i][len(logits)]))
		for _, k := range t.claims(nil, &s) {
			right := slices.Contains(posts[i].Topics, c.defs[k].ID)
			x := t.weighed(k, &s)
			examples = append(examples, model.Example{
				Dense: paired(&x), Labels: []int{int(one(right))}, Group: i + 1, Weight: posts[i].Weight,
			})
			asked = append(asked, claim{i, k, right, t.clear(k, &s)})
		}
		c.done(t)
		p.Release()
	}
	return examples, asked
}

// reportOn chooses the threshold, and says what labels it gives.
func reportOn(posts []Labelled, asked []claim, logits [][]float64, precision float64) (JudgeReport, float64) {
	var counted []claim
	var ofCounted [][]float64
	for i, a := range asked {
		if !posts[a.post].Uncounted {
			counted, ofCounted = append(counted, a), append(ofCounted, logits[i])
		}
	}
	least := threshold(counted, ofCounted, precision)
	var report JudgeReport
	figures := func(post int) *Figures {
		if posts[post].Uncounted {
			return &report.Uncounted
		}
		return &report.Figures
	}
	for i := range posts {
		if !posts[i].GramsOnly && !posts[i].Spelt {
			figures(i).Posts++
			figures(i).Wanted += len(posts[i].Topics)
		}
	}
	for i, a := range asked {
		if a.logit(logits[i]) >= least {
			figures(a.post).Got++
			figures(a.post).Right += int(one(a.right))
		}
	}
	return report, least
}

// threshold is the lowest, in hundredths, at which the labels have the precision.
func threshold(asked []claim, logits [][]float64, precision float64) float64 {
	hundredths := func(i int) float64 { return math.Floor(100 * asked[i].logit(logits[i])) }
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
