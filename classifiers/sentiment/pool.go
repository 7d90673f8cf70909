package sentiment

import (
	"math"

	"samleng"
	"samleng/classifiers/model"
	"samleng/classifiers/phrase"
)

// The models learnt from texts of a sentence or three. A longer text is judged in pieces of
// that length, sentence by sentence, and the findings are pooled: see the package comment.
// Length is counted in Khmer clusters; a word of another script is as long as three.
const (
	pieceLength = 200 // 95 % of the texts to learn from are shorter
	wholeLength = 300 // up to this a text is one piece
	wordLength  = 3
)

// lengthOf is the length of the tokens.
func lengthOf(tokens []phrase.Token) int {
	n := 0
	for i := range tokens {
		switch tokens[i].Class {
		case phrase.Cluster:
			n++
		case phrase.Word:
			n += wordLength
		case phrase.Symbol, phrase.Link:
		}
	}
	return n
}

// verdict is what is found of a part.
type verdict struct {
	label      samleng.Label
	score      float64
	confidence float64
}

// pooled is what is found of the pieces of a part.
type pooled struct {
	weight      float64
	pieces      int
	probability [classes]float64 // summed over the pieces by weight
	decision    [classes]float64 // the same, after all that speaks for one label or another
}

// add takes the finding on a piece in.
func (s *pooled) add(weight float64, probability, decision *[classes]float64) {
	s.weight += weight
	s.pieces++
	for c := range s.probability {
		s.probability[c] += weight * probability[c]
		s.decision[c] += weight * decision[c]
	}
}

// verdict gives the finding on all pieces.
func (s *pooled) verdict() verdict {
	s.settle(&s.probability)
	s.settle(&s.decision)
	best := model.Best(s.decision[:])
	return verdict{label: labels[best], score: s.probability[positive] - s.probability[negative], confidence: s.probability[best]}
}

// settle makes a mean of the sum, in which what speaks for and against in different pieces
// is neither: with ever more pieces all that both sides have alike is neutral.
func (s *pooled) settle(p *[classes]float64) {
	for c := range p {
		p[c] /= s.weight
	}
	common := min(p[positive], p[negative]) * (1 - 1/float64(s.pieces))
	p[positive] -= common
	p[negative] -= common
	p[neutral] += 2 * common
}

// find gives the finding on the picked statements, which are in order. With keep it notes
// what each of their n-grams is worth, for explain.
func (r *reading) find(picked []int, keep bool) verdict {
	if len(r.experts) == 0 {
		p := r.sum(picked)
		return p.conclude()
	}
	length := 0
	for _, i := range picked {
		length += r.statements[i].length
	}
	var all pooled
	for first := 0; first < len(picked); {
		last := len(picked)
		if length > wholeLength {
			last = r.piece(picked, first)
		}
		r.pool(&all, picked[first:last], keep)
		first = last
	}
	if all.pieces == 0 {
		r.pool(&all, nil, false)
	}
	return all.verdict()
}

// piece gives the end of the piece that begins with a picked statement.
func (r *reading) piece(picked []int, first int) int {
	length, last := 0, first
	for last < len(picked) && (last == first || length+r.statements[picked[last]].length <= pieceLength) {
		length += r.statements[picked[last]].length
		last++
	}
	return last
}

// pool judges one piece.
func (r *reading) pool(all *pooled, piece []int, keep bool) {
	p := r.sum(piece)
	probability, decision, values := r.judge(&p)
	weight := float64(max(1, p.length))
	if len(piece) > 0 && r.statements[piece[0]].field == title {
		weight *= titleFactor
	}
	all.add(weight, &probability, &decision)
	if !keep {
		return
	}
	for _, i := range piece {
		s := &r.statements[i]
		for e := range r.experts {
			s.value[e] = values[e][s.field]
		}
	}
}

// sum is the part that the picked statements make.
func (r *reading) sum(picked []int) part {
	var p part
	for _, i := range picked {
		p.add(&r.statements[i].part)
	}
	return p
}

// conclude is the finding of the rules alone.
func (p *part) conclude() verdict {
	n := float64(p.hits)
	v := verdict{label: samleng.Neutral, score: p.score()}
	switch {
	case v.score >= threshold:
		v.label = samleng.Positive
	case v.score <= -threshold:
		v.label = samleng.Negative
	}
	switch {
	case v.label != samleng.Neutral:
		v.confidence = math.Abs(p.sum) / p.size * (1 - math.Exp2(-n))
	case n > 0:
		v.confidence = 1 - math.Abs(v.score)/threshold
	default:
		v.confidence = 0.5
	}
	return v
}
