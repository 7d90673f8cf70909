package model

import (
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"samleng/classifiers/khmer"
)

// Feature is one feature of a text: its hash, its value, and the bytes [Start, End) of the
// text that it was read from.
type Feature struct {
	Hash       uint64
	Value      float32
	Start, End int32
}

// Grams says which features a text has. The values of all of them are 1/sqrt(n) with n
// their number, so that a long text does not shout.
type Grams struct {
	Clusters int `json:"clusters"`         // Khmer orthographic clusters: n-grams of 1 to so many
	Words    int `json:"words"`            // words of other scripts, signs and emoji: n-grams of 1 to so many
	CharsMin int `json:"chars_min"`        // letters of those words, with their edges: n-grams from
	CharsMax int `json:"chars_max"`        // to so many; 0 for none
	Sounds   int `json:"sounds,omitempty"` // words by their sounds, as romanised Khmer is written: n-grams of 1 to so many
}

// The largest n-grams, which bound the time for a byte of text.
const (
	mostClusters = 6
	mostWords    = 3
	mostChars    = 6
)

// valid reports whether the sizes are within bounds.
func (g Grams) valid() bool {
	return g.Clusters >= 0 && g.Clusters <= mostClusters && g.Words >= 0 && g.Words <= mostWords &&
		g.CharsMin >= 0 && g.CharsMin <= g.CharsMax && g.CharsMax <= mostChars && g.Sounds >= 0 && g.Sounds <= mostWords
}

// Seeds keep the kinds of features apart.
const (
	seedCluster uint64 = 0x9E3779B97F4A7C15
	seedWord    uint64 = 0xC2B2AE3D27D4EB4F
	seedChars   uint64 = 0x165667B19E3779F9
	seedName    uint64 = 0x27D4EB2F165667C5
	seedSounds  uint64 = 0xD6E8FEB86659FD93
	seedBare    uint64 = 0xA0761D6478BD642F
)

// mix is one step of hashing: a multiplication with a fold.
func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0x9FB21C651E98DF25
	return h ^ h>>32
}

// Named gives the feature of a name, for what a caller knows of a text beside its letters.
func Named(name string, value float32) Feature {
	h := seedName
	for i := range len(name) {
		h = mix(h, uint64(name[i]))
	}
	return Feature{Hash: h, Value: value}
}

// Span is a stretch [Start, End) of the bytes of a text.
type Span struct{ Start, End int }

// gram is an n-gram of a text and the bytes [start, end) that it was read from. One that begins
// before 0 is a whole word: see Reader.frequent.
type gram struct {
	hash       uint64
	start, end int32
}

// Reader reads the features of texts and keeps its memory between them. The zero Reader is
// ready; it is not safe for concurrent use.
type Reader struct {
	// Clusters may hold those of the next text's runs of Khmer, in order, as khmer.AppendRun
	// with digits gives them, so that they are not read again.
	Clusters []khmer.Cluster
	// Letters has Known read frequent words letter by letter too, so that each of their n-grams is
	// a hit of its own.
	Letters bool

	grams   Grams
	words   *words // that are read as one; nil for none
	text    string
	found   []gram
	cluster int    // of Clusters, the first that may still be ahead
	total   int    // features found, those left out included
	skip    []Span // that no feature may touch, in order, none overlapping another
	skipped int    // spans that start before the end of the last feature
	run     []khmer.Cluster
	before  [mostClusters]unit // the last clusters of the run of Khmer, the last one first; zero-width characters are part of it
	depth   int                // how many of them there are, as far as it matters
	units   []unit             // words of the sentence
	sounds  []sounded          // words of the sentence by their sounds
	letters [64]rune           // of the word
}

type unit struct {
	hash  uint64
	start int32
}

// Append appends the features of the text. It takes time in proportion to its length.
// Words are taken in lower case, digits as 0, letters repeated three or more times as two,
// web addresses and @names as one word each. Zero-width characters do not part clusters.
func (g Grams) Append(dst []Feature, text string) []Feature {
	first := len(dst)
	var r Reader
	dst, _ = r.Append(dst, g, text, nil)
	if n := len(dst) - first; n > 0 {
		value := float32(1 / math.Sqrt(float64(n)))
		for i := range dst[first:] {
			dst[first+i].Value = value
		}
	}
	return dst
}

// Append is Append of the Grams without the values, and leaves out the features that touch a
// span of skip, which are in order and do not overlap. It gives the number of all features,
// those left out included.
func (r *Reader) Append(dst []Feature, g Grams, text string, skip []Span) ([]Feature, int) {
	r.read(g, nil, text, skip, nil, nil)
	dst = slices.Grow(dst, len(r.found))
	for i := range r.found {
		f := &r.found[i]
		dst = append(dst, Feature{Hash: f.hash, Start: f.start, End: f.end})
	}
	return dst, r.total
}

// Known appends the features of a text that the model has weights for, in the order of their
// ends, without those that touch a span of skip, as Append does. It gives the number of all
// features, and writes into counts, for each of the ascending offsets cuts, how many of them come
// before it.
func (r *Reader) Known(dst []Hit, m *Model, text string, skip []Span, cuts, counts []int) ([]Hit, int) {
	w := m.words
	if r.Letters {
		w = nil
	}
	r.read(m.header.Grams, w, text, skip, cuts, counts)
	return m.known(dst, r.found), r.total
}

// read finds the n-grams of a text.
func (r *Reader) read(g Grams, w *words, text string, skip []Span, cuts, counts []int) {
	r.grams, r.words, r.text, r.skip = g, w, text, skip
	r.total, r.skipped, r.cluster, r.depth = 0, 0, 0, 0
	r.found, r.units, r.sounds = r.found[:0], r.units[:0], r.sounds[:0]
	cut := 0
	for i := 0; i < len(text); {
		for cut < len(cuts) && cuts[cut] <= i {
			counts[cut] = r.total
			cut++
		}
		i = r.next(i)
	}
	for ; cut < len(cuts); cut++ {
		counts[cut] = r.total
	}
	r.words, r.text, r.skip, r.Clusters = nil, "", nil, nil
}

// keptFeatures is the most features of a text whose memory is worth keeping.
const keptFeatures = 1 << 14

// Large reports whether the reader holds the memory of a text that few are as long as.
func (r *Reader) Large() bool { return cap(r.found) > keptFeatures }

// next reads what stands at byte i and gives the byte after it.
func (r *Reader) next(i int) int {
	c, n := rune(r.text[i]), 1
	if c >= utf8.RuneSelf {
		if end := r.khmer(i); end > i {
			return end
		}
		c, n = utf8.DecodeRuneInString(r.text[i:])
	}
	switch {
	case c == 0x200B || c == 0x200C || c == 0x200D || c == 0x2060 || c == 0xFEFF:
		return i + n
	case c == ' ' || c == '\t':
		r.depth = 0
		return i + n
	case c == '\n':
		r.depth, r.units, r.sounds = 0, r.units[:0], r.sounds[:0]
		return i + n
	case c == atthacan:
		r.addClusters([]khmer.Cluster{{Start: int32(i), End: int32(i + n), Hash: mix(seedCluster, atthacan)}})
		return i + n
	case isLetter(c):
		r.depth = 0
		return r.word(i)
	case c == '@' && i+1 < len(r.text) && isLetter(rune(r.text[i+1])):
		r.depth = 0
		end := r.skipName(i + 1)
		r.addWord(mix(seedWord, '@'), i, end)
		return end
	}
	r.depth = 0
	if unicode.IsSpace(c) || c == utf8.RuneError || c == '#' || c == '"' {
		return i + n
	}
	r.addWord(mix(seedWord, uint64(c)), i, i+n)
	return i + n
}

func isLetter(c rune) bool {
	if c < utf8.RuneSelf {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	return unicode.IsLetter(c) || unicode.IsMark(c) && c != 0xFE0F || unicode.IsDigit(c)
}

// skipName gives the end of the @name whose letters begin at byte i.
func (r *Reader) skipName(i int) int {
	for i < len(r.text) {
		c, n := utf8.DecodeRuneInString(r.text[i:])
		if (!isLetter(c) || isKhmerLetter(c)) && c != '_' {
			break
		}
		i += n
	}
	return i
}

// atthacan is the one sign within runs of Khmer letters that is a cluster by itself. Digits are
// words.
const atthacan = 0x17DC

// khmer reads the run of Khmer letters and signs at byte i and gives its end, i for none.
func (r *Reader) khmer(i int) (end int) {
	for r.cluster < len(r.Clusters) && int(r.Clusters[r.cluster].Start) < i {
		r.cluster++
	}
	end, first := i, r.cluster
	for ; r.cluster < len(r.Clusters); r.cluster++ {
		c := &r.Clusters[r.cluster]
		if int(c.Start) != end || !c.Letters() || int(c.End) > len(r.text) {
			break
		}
		end = int(c.End)
	}
	if end > i {
		r.addClusters(r.Clusters[first:r.cluster])
		return end
	}
	r.run, end = khmer.AppendRun(r.run[:0], r.text, i, false)
	r.addClusters(r.run)
	return end
}

// wide is up to how many clusters n-grams are made without asking how many there are.
const wide = 4

// addClusters adds the n-grams that end with the clusters of a run.
func (r *Reader) addClusters(run []khmer.Cluster) {
	most := r.grams.Clusters
	if most == 0 {
		return
	}
	before := len(r.found)
	r.found = slices.Grow(r.found, len(run)*most+wide)
	if most > wide {
		r.addMany(run)
	} else {
		n := before
		found := r.found[:cap(r.found)]
		hash1, hash2, hash3 := r.before[0].hash, r.before[1].hash, r.before[2].hash
		start1, start2, start3 := r.before[0].start, r.before[1].start, r.before[2].start
		depth := r.depth
		for i := range run {
			hash, start, end := run[i].Hash, run[i].Start, run[i].End
			depth = min(depth+1, most)
			// All four are written, and the next cluster's over those that are not there.
			grams := (*[wide]gram)(found[n:])
			h := mix(seedCluster, hash)
			grams[0].hash, grams[0].start, grams[0].end = h, start, end
			h = mix(h, hash1)
			grams[1].hash, grams[1].start, grams[1].end = h+1, start1, end
			h = mix(h, hash2)
			grams[2].hash, grams[2].start, grams[2].end = h+2, start2, end
			h = mix(h, hash3)
			grams[3].hash, grams[3].start, grams[3].end = h+3, start3, end
			n += depth
			hash1, hash2, hash3 = hash, hash1, hash2
			start1, start2, start3 = start, start1, start2
		}
		r.before[0], r.before[1], r.before[2], r.depth = unit{hash1, start1}, unit{hash2, start2}, unit{hash3, start3}, depth
		r.found = found[:n]
	}
	r.total += len(r.found) - before
	if len(r.skip) > 0 {
		r.found = r.found[:before+r.leaveOut(r.found[before:])]
	}
}

// addMany is addClusters for n-grams of any length.
func (r *Reader) addMany(run []khmer.Cluster) {
	for i := range run {
		c := &run[i]
		h := mix(seedCluster, c.Hash)
		r.found = append(r.found, gram{h, c.Start, c.End})
		for n := range r.depth {
			h = mix(h, r.before[n].hash)
			r.found = append(r.found, gram{h + uint64(n) + 1, r.before[n].start, c.End})
		}
		copy(r.before[1:], r.before[:])
		r.before[0] = unit{c.Hash, c.Start}
		r.depth = min(r.depth+1, r.grams.Clusters-1)
	}
}

// leaveOut moves the n-grams that touch no span of skip to the front and gives their number.
func (r *Reader) leaveOut(found []gram) int {
	n := 0
	for i := range found {
		if !r.touches(found[i].start, found[i].end) {
			found[n] = found[i]
			n++
		}
	}
	return n
}

// touches reports whether a feature touches a span of skip. Features come in the order of
// their ends.
func (r *Reader) touches(start, end int32) bool {
	for r.skipped < len(r.skip) && r.skip[r.skipped].Start < int(end) {
		r.skipped++
	}
	return r.skipped > 0 && r.skip[r.skipped-1].End > int(start)
}
