package topic

import (
	"math"
	"slices"

	"samleng/classifiers/phrase"
)

// company adds what the rules say whose parts are together.
func (c *Classifier) company(t *tally, post *phrase.Post) {
	for _, b := range t.rules {
		r := &c.rules[b.rule]
		if b.have&r.none != 0 {
			continue
		}
		if b.have&r.need != r.need { // as most that have begun: holds would say the same
			t.nearly = append(t.nearly, r.topic)
			continue
		}
		parts, missing := t.holds(b.rule, r)
		if missing.why != holds {
			if missing.why != present {
				t.nearly = append(t.nearly, r.topic)
			}
			continue
		}
		field := "title"
		for _, p := range parts {
			if !p.title {
				field = "text"
			}
		}
		topic := t.touch(r.topic)
		weight := topic.weigh(r.text, weightStrong, field, parts[0].place)
		topic.terms[len(topic.terms)-1].rule = true
		for _, p := range parts {
			in, of := "text", post.Text.Text
			if p.title {
				in, of = "title", post.Title.Text
			}
			topic.show(in, of, &p.match, weight/float64(len(parts)), r.text)
		}
	}
}

// failure is why a rule does not hold, and of which part.
type failure struct {
	why  reason
	part int
	gap  float64 // words, for apart
}

type reason uint8

const (
	holds   reason = iota
	absent         // a part is not in the post
	apart          // the parts of Near are too far from each other
	present        // a part of None is in the post
)

// holds looks for the parts of a rule and gives one place of each of All and Near, until it is
// asked again.
func (t *tally) holds(n int, r *rule) ([]found, failure) {
	var buffer [maxParts]found
	places := buffer[:len(r.parts)]
	var have uint
	near := 0
	for _, as := range r.parts {
		if as == partNear {
			near++
		}
	}
	gap := math.Inf(1)
	var last [maxParts]*found
	for i := range t.parts {
		p := &t.parts[i]
		if p.rule != n {
			continue
		}
		if r.parts[p.part] == partNone {
			return nil, failure{why: present, part: p.part}
		}
		if have&(1<<p.part) == 0 {
			places[p.part] = *p
		}
		have |= 1 << p.part
		if r.parts[p.part] == partNear {
			last[p.part] = p
			if g := spread(last[:len(r.parts)], near); g < gap {
				gap = g
				for j, f := range last[:len(r.parts)] {
					if f != nil {
						places[j] = *f
					}
				}
			}
		}
	}
	for i, as := range r.parts {
		if as != partNone && have&(1<<i) == 0 {
			return nil, failure{why: absent, part: i}
		}
	}
	if near > 0 && gap > r.within {
		return nil, failure{why: apart, gap: gap}
	}
	t.together = t.together[:0]
	for i, as := range r.parts {
		if as != partNone {
			t.together = append(t.together, places[i])
		}
	}
	return t.together, failure{}
}

// spread gives the most words between two neighbours of the places, of which there must be
// n, all in one field and none over another.
func spread(places []*found, n int) float64 {
	var buffer [maxParts]*found
	in := buffer[:0]
	for _, p := range places {
		if p != nil {
			in = append(in, p)
		}
	}
	if len(in) < n {
		return math.Inf(1)
	}
	slices.SortFunc(in, func(a, b *found) int { return a.match.Start - b.match.Start })
	gap := 0.0
	for i := 1; i < len(in); i++ {
		if in[i].title != in[i-1].title || in[i].match.Start < in[i-1].match.End {
			return math.Inf(1) // one word is not company for itself
		}
		gap = max(gap, in[i].at-in[i-1].at-in[i-1].words)
	}
	return gap
}
