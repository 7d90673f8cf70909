package sentiment

import (
	"math"
	"slices"
	"sort"
	"sync"

	"samleng"
	"samleng/classifiers/internal/slab"
	"samleng/classifiers/model"
	"samleng/classifiers/phrase"
)

// The fields of a post.
const (
	title = iota
	text
	fields
)

var fieldNames = [fields]string{title: "title", text: "text"}

// reading is what lexicon, rules and models make of a post, and the memory of one call.
type reading struct {
	lex        *lexicon
	particles  *phrase.Set
	fields     [fields]field
	statements []statement // of the title, then of the text
	experts    []expert

	picked  []int // statements
	found   []candidate
	weights []float64
	grams   model.Reader
	skip    []model.Span
	cuts    []int
	counts  []int
	flow    flow

	evidence slab.Of[samleng.Evidence]
}

// field is what is read of the title or the text.
type field struct {
	reading *phrase.Reading
	text    string
	tokens  []phrase.Token // of the reading, up to the end of text
	entries []phrase.Match // all entries of the lexicon
	hits    []hit          // those with a polarity
	known   [2][]model.Hit // the n-grams that each expert has weights for
}

// statement is one sentence of a post. Polarities, n-grams and all else of a post are the
// sums of those of its statements.
type statement struct {
	part
	field       int
	start, end  int  // bytes of the field; what no sentence holds belongs to the one after it, or the last
	from, to    int  // tokens
	first, last int  // hits
	topics      uint // that it speaks of, a bit each
	known       [2][2]int
	value       [2]float64 // of each n-gram to each expert, in the finding on the post
}

// part is what one statement or several say.
type part struct {
	sum, size             float64 // of the polarities, and without their signs
	good, bad             float64 // of the positive ones, and of the negative ones without sign
	turnedGood, turnedBad float64 // of those that a negation made positive, or negative
	emoji                 float64 // of emoji
	final                 float64 // the last polarity
	hits, tokens, cries   int
	length                int // see lengthOf
	asks                  bool
	grams                 [2][fields]grams // by expert
}

// grams is what the n-grams of one field say to one expert.
type grams struct {
	sums  [classes]int // of the weights
	total int          // n-grams, those that are not known or left out included
}

// add takes another part in, which comes after p.
func (p *part) add(o *part) {
	p.sum += o.sum
	p.size += o.size
	p.good += o.good
	p.bad += o.bad
	p.turnedGood += o.turnedGood
	p.turnedBad += o.turnedBad
	p.emoji += o.emoji
	if o.hits > 0 {
		p.final = o.final
	}
	p.hits += o.hits
	p.tokens += o.tokens
	p.length += o.length
	p.cries += o.cries
	p.asks = p.asks || o.asks
	for e := range p.grams {
		for f := range p.grams[e] {
			a, b := &p.grams[e][f], &o.grams[e][f]
			for c := range a.sums {
				a.sums[c] += b.sums[c]
			}
			a.total += b.total
		}
	}
}

// count takes a hit in.
func (p *part) count(h *hit) {
	p.sum += h.value
	p.size += math.Abs(h.value)
	p.good += max(0, h.value)
	p.bad += max(0, -h.value)
	if h.entry.part == "emoji" {
		p.emoji += h.value
	}
	if h.negated {
		p.turnedGood += max(0, h.value)
		p.turnedBad += max(0, -h.value)
	}
	p.final = h.value
	p.hits++
}

// norm is the divisor in the formula of the package comment.
func (p *part) norm() float64 {
	return math.Sqrt(p.sum*p.sum + alpha*max(1, float64(p.hits)/perAlpha))
}

// score is the score of the rules, -1..1.
func (p *part) score() float64 { return p.sum / p.norm() }

// agreement is how far the entries found agree, 1 for only positive, -1 for only negative ones.
func (p *part) agreement() float64 {
	if p.size == 0 {
		return 0
	}
	return p.sum / p.size
}

// keptStatements bounds what a reading may hold for its memory to be kept.
const keptStatements = 1 << 10

// pool keeps the memory of readings.
type pool struct{ sync.Pool }

func (p *pool) get() *reading {
	r, _ := p.Get().(*reading)
	if r == nil {
		r = new(reading)
	}
	return r
}

func (p *pool) put(r *reading) {
	if cap(r.statements) > keptStatements || r.grams.Large() {
		return
	}
	for i := range r.fields {
		r.fields[i].reading, r.fields[i].text, r.fields[i].tokens = nil, "", nil
	}
	clear(r.found)
	p.Put(r)
}

// rules reads a post by lexicon and rules.
func (r *reading) rules(lex *lexicon, p *phrase.Post) {
	r.lex = lex
	r.statements, r.experts = r.statements[:0], r.experts[:0]
	r.read(title, &p.Title)
	r.read(text, &p.Text)
}

// head gives the tokens within the first n bytes, and the text up to the last of them.
func head(r *phrase.Reading, n int) ([]phrase.Token, string) {
	if len(r.Text) <= n {
		return r.Tokens, r.Text
	}
	end := sort.Search(len(r.Tokens), func(i int) bool { return r.Tokens[i].End > n })
	if end == 0 {
		return nil, ""
	}
	return r.Tokens[:end], r.Text[:r.Tokens[end-1].End]
}

// read finds the entries of one field and appends its statements.
func (r *reading) read(number int, in *phrase.Reading) {
	f := &r.fields[number]
	f.reading = in
	f.tokens, f.text = head(in, MaxBytes)
	f.entries = r.lex.set.Find(f.entries[:0], f.tokens, in.Whole)
	f.hits = f.hits[:0]
	first, entry, start := 0, 0, 0
	for i := range f.tokens {
		if !ends(f.tokens, i) {
			continue
		}
		s := sentence{lex: r.lex, tokens: f.tokens, first: first, last: i + 1}
		from := entry
		for entry < len(f.entries) && f.entries[entry].First <= i {
			entry++
		}
		s.matches = f.entries[from:entry]
		r.state(number, s, start)
		start = f.tokens[i].End
		first = i + 1
	}
	if first > 0 {
		r.statements[len(r.statements)-1].end = len(f.text)
	}
}

// state appends the statement of a sentence, which begins at byte start of its field.
func (r *reading) state(number int, s sentence, start int) {
	f := &r.fields[number]
	r.statements = append(r.statements, statement{field: number, start: start, end: f.tokens[s.last-1].End, from: s.first, to: s.last, first: len(f.hits)})
	st := &r.statements[len(r.statements)-1]
	f.hits = s.hits(f.hits)
	st.last = len(f.hits)
	for i := st.first; i < st.last; i++ {
		h := &f.hits[i]
		if number == title {
			h.value *= titleFactor
		}
		st.count(h)
	}
	st.tokens, st.length = s.last-s.first, lengthOf(f.tokens[s.first:s.last])
	for i := range s.matches {
		st.asks = st.asks || s.entry(s.matches[i]).kind == question || s.tag(s.matches[i])
	}
	for i := s.first; i < s.last; i++ {
		switch f.tokens[i].Sign() {
		case '!', '！':
			st.cries++
		case '?', '？':
			st.asks = true
		}
	}
}

// at gives the statement that holds byte offset of the field, or -1.
func (r *reading) at(number, offset int) int {
	i, found := slices.BinarySearchFunc(r.statements, offset, func(s statement, offset int) int {
		switch {
		case s.field < number, s.field == number && s.end <= offset:
			return -1
		case s.field > number || s.start > offset:
			return 1
		}
		return 0
	})
	if !found {
		return -1
	}
	return i
}
