package topic

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"samleng"
	"samleng/classifiers/model"
	"samleng/classifiers/phrase"
)

// The tasks that the models of a judge name.
const (
	gramsTask  = "topic-grams"
	claimsTask = "topic-claims"
	speltTask  = "topic-spelt"
)

// mostJudged is the longest post, in words, that a judge is asked about: those that it learnt
// from are shorter. Longer posts are left to the formula.
const mostJudged = 120.0

// Judge is a learned second opinion on what the formula makes of a post: it says of every topic
// that something speaks for whether the post is about it. It is safe for concurrent use.
type Judge struct {
	grams   *model.Model // the topics that it knows and None, by n-grams
	spelt   *model.Model // the same of romanised Khmer; nil for none
	weights []float64    // of paired inputs, for a claim that is right
	bias    float64      // of such a claim
	least   float64      // logit that makes a label
	version string
}

// Version names the judge: 8 hexadecimal digits for each of its models.
func (j *Judge) Version() string { return j.version }

// LoadJudge reads a file that TrainJudge gave. It keeps the slice.
func LoadJudge(file []byte) (*Judge, error) {
	var parts [3][]byte
	rest := file
	for i := range parts {
		if len(rest) < 4 || uint64(len(rest)-4) < uint64(binary.LittleEndian.Uint32(rest)) {
			return nil, errors.New("load judge of topics: the file is cut short")
		}
		n := 4 + int(binary.LittleEndian.Uint32(rest))
		parts[i], rest = rest[4:n], rest[n:]
	}
	grams, err := model.Decode(parts[0])
	if err != nil {
		return nil, fmt.Errorf("load judge of topics: n-grams: %w", err)
	}
	claims, err := model.Decode(parts[1])
	if err != nil {
		return nil, fmt.Errorf("load judge of topics: claims: %w", err)
	}
	var spelt *model.Model
	if len(parts[2]) > 0 {
		if spelt, err = model.Decode(parts[2]); err != nil {
			return nil, fmt.Errorf("load judge of topics: n-grams of romanised Khmer: %w", err)
		}
		if spelt.Task() != speltTask || !slices.Equal(spelt.Classes(), grams.Classes()) || len(spelt.Dense()) != 0 {
			return nil, errors.New("load judge of topics: the model of romanised Khmer has other topics")
		}
	}
	switch {
	case grams.Task() != gramsTask || claims.Task() != claimsTask:
		return nil, fmt.Errorf("load judge of topics: the models are of %q and %q", grams.Task(), claims.Task())
	case !slices.Equal(claims.Dense(), pairNames()) || len(claims.Decision()) != 2 || len(grams.Dense()) != 0 || !slices.Contains(grams.Classes(), None):
		return nil, errors.New("load judge of topics: its inputs are not those of this program")
	}
	j := &Judge{grams: grams.WithWords(), spelt: spelt, version: grams.Version() + claims.Version()}
	if spelt != nil {
		j.version += spelt.Version()
	}
	no, yes := claims.DenseWeights()[0], claims.DenseWeights()[1]
	for i := range yes {
		j.weights = append(j.weights, yes[i]-no[i])
	}
	j.bias = claims.Bias()[1] - claims.Bias()[0]
	j.least = claims.Decision()[0] - claims.Decision()[1]
	return j, nil
}

// encodeJudge is the file of LoadJudge: each model behind its length; 0 for one that is not there.
func encodeJudge(models ...[]byte) []byte {
	var file []byte
	for _, m := range models {
		file = binary.LittleEndian.AppendUint32(file, uint32(len(m))) //nolint:gosec // bounded by Options.MaxBytes
		file = append(file, m...)
	}
	return file
}

// With gives a classifier that asks the judge; with nil one that asks none. Topics that the
// judge does not know are left to the formula.
func (c *Classifier) With(j *Judge) *Classifier {
	with := *c
	with.judge, with.classOf, with.noneClass = j, nil, -1
	if j != nil {
		with.noneClass = slices.Index(j.grams.Classes(), None)
		for i := range c.defs {
			with.classOf = append(with.classOf, slices.Index(j.grams.Classes(), c.defs[i].ID))
		}
	}
	return &with
}

// Version names the judge that is asked, "none" without one.
func (c *Classifier) Version() string {
	if c.judge == nil {
		return "none"
	}
	return c.judge.version
}

// gramsOf gives the model of n-grams for posts in a language.
func (j *Judge) gramsOf(language string) *model.Model {
	if language == samleng.RomanisedKhmer && j.spelt != nil {
		return j.spelt
	}
	return j.grams
}

// reader is the memory of reading n-grams.
type reader struct {
	model   *model.Model // whose n-grams are read
	grams   model.Reader
	hits    []model.Hit // of the title, then of the text
	inTitle int
	sums    []int
	logits  []float64
}

// decide asks the judge about a tally that judge has judged.
func (c *Classifier) decide(t *tally, p *phrase.Post, language string, need float64) {
	if c.judge == nil || t.words > mostJudged || t.words == 0 {
		return
	}
	t.reader.model = c.judge.gramsOf(language)
	none := c.gramLogits(t, p)
	s := t.scene(p, need, t.reader.logits, none)
	t.claimed = t.claims(t.claimed[:0], &s)
	for _, i := range t.claimed {
		if c.classOf[i] < 0 {
			continue // of what people wrote for a topic of their own, the formula says enough
		}
		x := t.weighed(i, &s)
		least := c.judge.least
		if t.clear(i, &s) {
			least = min(least, clearLogit)
		}
		z := c.judge.bias + weighPairs(&x, c.judge.weights) - least
		if z < 0 && t.byTopic[i].sum == 0 {
			continue
		}
		m := t.touch(i)
		m.judged, m.score = true, 1/(1+math.Exp(-z))
		switch {
		case z >= 0:
			m.verdict = labelled
			if len(m.terms) == 0 {
				c.carried(t, p, i)
			}
		case m.verdict == labelled:
			m.verdict = doubted
		}
	}
}

// read reads the n-grams of title and text and gives the number of all of them.
func (r *reader) read(grams *model.Model, p *phrase.Post) int {
	var inTitle, inText int
	r.grams.Clusters = p.Title.Clusters
	r.hits, inTitle = r.grams.Known(r.hits[:0], grams, p.Title.Text, nil, nil, nil)
	r.inTitle = len(r.hits)
	r.grams.Clusters = p.Text.Clusters
	r.hits, inText = r.grams.Known(r.hits, grams, p.Text.Text, nil, nil, nil)
	return inTitle + inText
}

// gramLogits writes the logits of the n-grams for every topic, and gives that of None.
func (c *Classifier) gramLogits(t *tally, p *phrase.Post) float64 {
	r, grams := &t.reader, t.reader.model
	k := len(grams.Classes())
	r.sums = slices.Grow(r.sums[:0], k)[:k]
	clear(r.sums)
	n := r.read(grams, p)
	grams.Weigh(r.sums, r.hits)
	value := grams.Scale() / math.Sqrt(float64(max(1, n)))
	bias := grams.Bias()
	r.logits = slices.Grow(r.logits[:0], len(c.defs))[:len(c.defs)]
	for i, class := range c.classOf {
		r.logits[i] = math.NaN()
		if class >= 0 {
			r.logits[i] = within(bias[class] + value*float64(r.sums[class]))
		}
	}
	return within(bias[c.noneClass] + value*float64(r.sums[c.noneClass]))
}

// mostCarried is the most words given as evidence for a topic of which no term is in the post.
const mostCarried = 3

// carried gives as evidence the words whose n-grams spoke most for a topic.
func (c *Classifier) carried(t *tally, p *phrase.Post, topic int) {
	class, m := c.classOf[topic], &t.byTopic[topic]
	if class < 0 {
		return
	}
	t.reader.grams.Letters = true
	t.reader.read(t.reader.model, p)
	t.reader.grams.Letters = false
	for range mostCarried {
		best, weight := -1, 0
		for i := range t.reader.hits {
			h := &t.reader.hits[i]
			if w := t.reader.model.Weight(h, class); w > weight && !m.shown(i < t.reader.inTitle, h) {
				best, weight = i, w
			}
		}
		if best < 0 {
			return
		}
		field, r := "text", &p.Text
		if best < t.reader.inTitle {
			field, r = "title", &p.Title
		}
		start, end := wholeWords(r, int(t.reader.hits[best].Start), int(t.reader.hits[best].End))
		m.evidence = append(m.evidence, samleng.Evidence{
			Text: r.Text[start:end], Field: field, Start: start, End: end,
			Weight: float64(weight) * t.reader.model.Scale(), Reason: "model",
		})
	}
}

// shown reports whether the hit lies in words that are evidence.
func (m *mass) shown(inTitle bool, h *model.Hit) bool {
	return slices.ContainsFunc(m.evidence, func(e samleng.Evidence) bool {
		return (e.Field == "title") == inTitle && int(h.Start) < e.End && e.Start < int(h.End)
	})
}

// wholeWords widens a stretch of Khmer to the words that it touches.
func wholeWords(r *phrase.Reading, start, end int) (from, to int) {
	for i := range r.Tokens {
		token := &r.Tokens[i]
		if token.Class != phrase.Cluster || token.End <= start || token.Start >= end {
			continue
		}
		first, last := i, i
		for first > 0 && r.Tokens[first-1].Class == phrase.Cluster && !r.WordStarts(first) {
			first--
		}
		for last+1 < len(r.Tokens) && r.Tokens[last+1].Class == phrase.Cluster && !r.WordEnds(last) {
			last++
		}
		start, end = min(start, r.Tokens[first].Start), max(end, r.Tokens[last].End)
	}
	return start, end
}
