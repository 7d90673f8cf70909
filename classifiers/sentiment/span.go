package sentiment

import (
	"cmp"
	"slices"

	"samleng"
	"samleng/classifiers/model"
)

// mostSpans is the most evidence given for what the n-grams say.
const mostSpans = 6

// The n-grams that speak for or against: a stretch counts from this share of the strongest
// one's weight for a byte, and from this weight on.
const (
	spanDensity = 0.4
	spanWeight  = 0.02
)

// spans appends the stretches of the post that weigh most in the n-grams, with the weight
// that they have in the difference of positive and negative, as near as a slope of 1/4 of
// the logistic function tells it.
func (l *Learned) spans(dst []samleng.Evidence, r *reading, s *scratch, features []model.Feature, inTitle int) []samleng.Evidence {
	parts := s.parts[:len(features)]
	first := len(dst)
	dst = stretches(dst, "title", r.title, features[:inTitle], parts[:inTitle], s)
	dst = stretches(dst, "text", r.text, features[inTitle:], parts[inTitle:], s)
	found := dst[first:]
	slices.SortStableFunc(found, func(a, b samleng.Evidence) int { return cmp.Compare(abs(b.Weight), abs(a.Weight)) })
	found = found[:min(len(found), mostSpans)]
	slices.SortStableFunc(found, func(a, b samleng.Evidence) int {
		return cmp.Or(cmp.Compare(b.Field, a.Field), cmp.Compare(a.Start, b.Start)) // title before text
	})
	return dst[:first+len(found)]
}

// toward is what each class of the n-grams adds to positive minus negative in the second
// step, times the factor.
func (l *Learned) toward(factor float64) [classes]float64 {
	w := l.combine.DenseWeights()
	p := w[positive][gramsPositive] - w[negative][gramsPositive]
	n := w[positive][gramsNegative] - w[negative][gramsNegative]
	var d [classes]float64
	d[positive], d[negative], d[neutral] = factor*p, factor*n, -factor*(p+n)
	return d
}

// stretches appends the stretches of one field. The weight of each n-gram is spread over its
// bytes; a stretch is a run of bytes with weight of one sign. It begins and ends where
// n-grams do, so on the borders of clusters and words.
func stretches(dst []samleng.Evidence, field, text string, features []model.Feature, parts []float64, s *scratch) []samleng.Evidence {
	if len(features) == 0 {
		return dst
	}
	if cap(s.flow) < len(text)+1 {
		s.flow = make([]float64, 2*len(text)+1)
	}
	flow := s.flow[:len(text)+1]
	clear(flow)
	for i := range features {
		f := &features[i]
		perByte := parts[i] / float64(f.End-f.Start)
		flow[f.Start] += perByte
		flow[f.End] -= perByte
	}
	most, at := 0.0, 0.0
	for i := range flow {
		at += flow[i]
		flow[i] = at
		most = max(most, abs(at))
	}
	least := spanDensity * most
	for i := 0; i < len(text); {
		if abs(flow[i]) < least || least == 0 {
			i++
			continue
		}
		start, sum := i, 0.0
		for i < len(text) && abs(flow[i]) >= least && (flow[i] > 0) == (flow[start] > 0) {
			sum += flow[i]
			i++
		}
		if abs(sum) >= spanWeight {
			dst = append(dst, samleng.Evidence{
				Text: text[start:i], Field: field, Start: start, End: i, Weight: max(-1, min(1, sum)), Reason: "learned",
			})
		}
	}
	return dst
}

func abs(v float64) float64 { return max(v, -v) }
