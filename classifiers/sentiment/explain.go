package sentiment

import (
	"cmp"
	"math"
	"slices"

	"samleng"
)

// candidate is a piece of the post that may become evidence.
type candidate struct {
	field      int
	start, end int
	weight     float64
	reason     string
}

// reasons by the rules that changed a polarity: 1 negated, 2 intensified, 4 weakened.
var reasons = [8]string{
	"", "negated", "intensified", "negated, intensified",
	"weakened", "negated, weakened", "intensified, weakened", "negated, intensified, weakened",
}

// reason says which rules changed the polarity, nothing when none did.
func (h *hit) reason() string {
	i := 0
	if h.negated {
		i |= 1
	}
	if h.amplified {
		i |= 2
	}
	if h.damped {
		i |= 4
	}
	return reasons[i]
}

// explain gives the evidence of the whole post: the entries found, then the n-grams that
// weigh most, of each expert.
func (r *reading) explain(whole *part) []samleng.Evidence {
	norm := whole.norm()
	all := r.found[:0]
	for f := range r.fields {
		for i := range r.fields[f].hits {
			h := &r.fields[f].hits[i]
			all = append(all, candidate{field: f, start: h.Start, end: h.End, weight: h.value / norm, reason: h.reason()})
		}
	}
	for e := range r.experts {
		all = r.spans(all, e)
	}
	r.found = all
	all = r.strongest(all, MaxEvidence)
	evidence := r.evidence.Take(len(all))
	for i := range all {
		k := &all[i]
		evidence = append(evidence, samleng.Evidence{
			Text: r.fields[k.field].text[k.start:k.end], Field: fieldNames[k.field], Start: k.start, End: k.end,
			Weight: k.weight, Reason: k.reason,
		})
	}
	return evidence
}

// strongest keeps, in place, the n candidates with the largest weights, in their order; of
// equals the first.
func (r *reading) strongest(all []candidate, n int) []candidate {
	if len(all) <= n {
		return all
	}
	weights := r.weights[:0]
	for i := range all {
		weights = append(weights, math.Abs(all[i].weight))
	}
	r.weights = weights
	slices.SortFunc(weights, func(a, b float64) int { return cmp.Compare(b, a) })
	least := weights[n-1]
	equal := 0 // of those that weigh as much as the least, how many are kept
	for equal < n && weights[n-1-equal] == least {
		equal++
	}
	kept := all[:0]
	for i := range all {
		switch w := math.Abs(all[i].weight); {
		case w == least && equal > 0:
			equal--
			kept = append(kept, all[i])
		case w > least:
			kept = append(kept, all[i])
		}
	}
	return kept
}
