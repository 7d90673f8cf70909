package topic

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"samleng"
)

// Explanation is why Classify gives a post the topics it gives, and not others.
type Explanation struct {
	Words  float64   `json:"words"`  // length of the post
	Need   float64   `json:"need"`   // mass that makes a label
	Topics []Finding `json:"topics"` // of which something was found: labels first, then by mass
}

// Finding is what was found of one topic.
type Finding struct {
	ID       string             `json:"id"`
	Labelled bool               `json:"labelled"`
	Score    float64            `json:"score"` // as in samleng.Topic, also below 1/2
	Mass     float64            `json:"mass"`
	Evidence []samleng.Evidence `json:"evidence"`
	Why      string             `json:"why"`    // it is a label, or why it is none
	Missed   []string           `json:"missed"` // the rules of which a part is there that do not hold, and why
}

// Explain is Classify for a person who edits the list of topics.
func (c *Classifier) Explain(title, text, language string) Explanation {
	p := c.set.Vocabulary().Read(title, text)
	defer p.Release()
	found := c.read(p)
	defer c.done(found)
	need := found.judge()
	c.decide(found, p, language, need)
	e := Explanation{Words: found.words, Need: need, Topics: []Finding{}}
	missed := c.missed(found)
	for i := range c.defs {
		m := &found.byTopic[i]
		if !slices.Contains(found.touched, i) && missed[i] == nil {
			continue
		}
		e.Topics = append(e.Topics, Finding{
			ID: c.defs[i].ID, Labelled: m.verdict == labelled, Score: m.scored(need), Mass: m.sum,
			Evidence: append([]samleng.Evidence{}, m.evidence...), Why: m.why(need), Missed: append([]string{}, missed[i]...),
		})
	}
	slices.SortStableFunc(e.Topics, func(a, b Finding) int {
		if a.Labelled != b.Labelled {
			if a.Labelled {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Mass, a.Mass)
	})
	return e
}

// why says what the verdict rests on.
func (m *mass) why(need float64) string {
	switch {
	case m.judged && m.verdict == labelled && m.sum == 0:
		return fmt.Sprintf("no term is in the post, but its words speak for the topic: the model says %.2f", m.score)
	case m.judged && (m.verdict == labelled || m.verdict == doubted):
		return fmt.Sprintf("mass %.2f, needed %.2f; the model says %.2f", m.sum, need, m.score)
	}
	switch m.verdict {
	case labelled:
		return fmt.Sprintf("mass %.2f, needed %.2f", m.sum, need)
	case vetoed:
		return fmt.Sprintf("mass %.2f, but %q is in the post, which is under none", m.sum, m.veto)
	case beside:
		return fmt.Sprintf("mass %.2f is half of the first topic's or less", m.sum)
	}
	if m.sum == 0 {
		return "no term is in the post"
	}
	return fmt.Sprintf("mass %.2f is less than %.2f", m.sum, need)
}

// missed says of the rules that have a part in the post and do not hold why, by topic.
func (c *Classifier) missed(t *tally) map[int][]string {
	all := map[int][]string{}
	for _, b := range t.rules {
		r := &c.rules[b.rule]
		var why string
		switch _, f := t.holds(b.rule, r); f.why {
		case holds:
			continue
		case absent:
			if !slices.Contains(t.touched, r.topic) {
				continue // a word that some rule of another topic asks for
			}
			why = fmt.Sprintf("%q is missing", r.names[f.part])
		case present:
			why = fmt.Sprintf("%q is in the post", r.names[f.part])
		case apart:
			why = "the parts are not beside each other in one field"
			if !math.IsInf(f.gap, 1) {
				why = fmt.Sprintf("the parts are %.3g words apart, at most %.3g are allowed", f.gap, r.within)
			}
		}
		all[r.topic] = append(all[r.topic], r.text+": "+why)
	}
	return all
}
