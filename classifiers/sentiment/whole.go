package sentiment

import (
	"math"
	"sort"

	"samleng/classifiers/phrase"
)

// What the n-grams say is shown in whole words: n-grams begin and end within Khmer words, a
// reader does not. A word at the edge of a stretch belongs to it with half of its bytes or more.

// particles are words that explain nothing to a reader when they stand alone, by language.
var particles = [...]string{
	"នេះ", "នោះ", "ទាំងនេះ", "ទាំងនោះ", "ដែល", "និង", "នឹង", "ឬ", "នៅ", "ក្នុង", "ជា", "គឺ", "បាន", "មាន", "ទៅ", "មក", "ពី", "អំពី", "ដោយ", "របស់",
	"នៃ", "ឱ្យ", "ថា", "ក៏", "ហើយ", "ដល់", "លើ", "លើក", "ក្រោម", "ជាមួយ", "ចំពោះ", "តាម", "សម្រាប់", "ដើម្បី", "រួម", "ផង", "ដែរ", "ទេ", "ណា", "អ្វី",
	"នៅក្នុង", "នៅលើ", "ទៅលើ", "ក្នុងនោះ", "កាល", "ពេល", "មួយ", "ពីរ", "គាត់", "គេ", "ខ្ញុំ", "យើង", "លោក",
	"a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "and", "or", "as", "is", "are", "was", "were", "be", "been",
	"has", "have", "had", "this", "that", "these", "those", "it", "its", "he", "she", "they", "we", "you", "i", "his", "her", "their", "our", "your", "my",
}

// newParticles makes the set of those words.
func newParticles(v *phrase.Vocabulary) (*phrase.Set, error) {
	s := v.NewSet()
	for _, word := range particles {
		if _, _, err := s.Add(word); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// whole makes the stretches of one field, which are in order, whole words, in place. Those that
// then touch the same bytes are one where they speak for the same side, else the heavier one
// stays. Stretches of nothing but particles and signs are left out.
func (r *reading) whole(all []candidate) []candidate {
	kept := all[:0]
	for _, k := range all {
		f := &r.fields[k.field]
		first, last := f.wordsOf(k.start, k.end)
		if first >= last {
			continue
		}
		k.start, k.end = f.tokens[first].Start, f.tokens[last-1].End
		if n := len(kept); n > 0 && kept[n-1].end > k.start {
			before := &kept[n-1]
			switch {
			case (before.weight > 0) == (k.weight > 0):
				before.end = max(before.end, k.end)
				before.weight = max(-1, min(1, before.weight+k.weight))
			case math.Abs(k.weight) > math.Abs(before.weight):
				*before = k
			}
			continue
		}
		if !r.idle(f.reading, first, last) {
			kept = append(kept, k)
		}
	}
	return kept
}

// wordsOf gives the tokens [first, last) of the words that lie in the bytes [start, end), or if none
// does by half, of the word that does most.
func (f *field) wordsOf(start, end int) (first, last int) {
	i := sort.Search(len(f.tokens), func(i int) bool { return f.tokens[i].End > start })
	first, last = i, i
	best, most := [2]int{i, i}, 0
	for i < len(f.tokens) && f.tokens[i].Start < end {
		from, to := f.wordAt(i)
		a, b := f.tokens[from].Start, f.tokens[to-1].End
		inside := min(b, end) - max(a, start)
		if 2*inside >= b-a {
			if first == last {
				first = from
			}
			last = to
		}
		if inside > most {
			best, most = [2]int{from, to}, inside
		}
		i = to
	}
	if first == last {
		return best[0], best[1]
	}
	return first, last
}

// longestWord bounds, in clusters on either side, what is looked through for the ends of a word.
const longestWord = 32

// wordAt gives the tokens [from, to) of the word that token i is in.
func (f *field) wordAt(i int) (from, to int) {
	from, to = i, i+1
	if f.tokens[i].Class != phrase.Cluster {
		return from, to
	}
	for from > 0 && i-from < longestWord && !f.reading.WordStarts(from) && f.tokens[from-1].Class == phrase.Cluster {
		from--
	}
	for to < len(f.tokens) && to-i <= longestWord && !f.reading.WordEnds(to-1) && f.tokens[to].Class == phrase.Cluster {
		to++
	}
	return from, to
}

// idle reports whether the tokens [first, last) are nothing but particles and signs.
func (r *reading) idle(in *phrase.Reading, first, last int) bool {
	var found [8]phrase.Match
	tokens := in.Tokens[first:last]
	next := 0
	for _, m := range r.particles.Find(found[:0], tokens, func(m phrase.Match) bool {
		m.First, m.Last = m.First+first, m.Last+first
		return in.Whole(m)
	}) {
		if !signs(tokens[next:m.First]) {
			return false
		}
		next = m.Last
	}
	return signs(tokens[next:])
}

// signs reports whether the tokens are signs that say nothing by themselves: no emoji.
func signs(tokens []phrase.Token) bool {
	for i := range tokens {
		if s := tokens[i].Sign(); s == 0 || s >= 0x2190 || s == '!' || s == '?' {
			return false
		}
	}
	return true
}
