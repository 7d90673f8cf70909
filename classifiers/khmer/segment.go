package khmer

import (
	"crypto/sha256"
	_ "embed" // for the model
	"fmt"
	"sync"
	"unicode"
	"unicode/utf8"

	"samleng/classifiers/khmer/internal/boundary"
)

//go:embed segmenter.bin
var segmenterModel []byte

// Segmenter cuts text into words. It is safe for concurrent use.
type Segmenter struct {
	model   *boundary.Model
	version string
	scratch sync.Pool // of *scratch: memory that outlives a call
}

// NewSegmenter loads the embedded model; docs/models/segmenter.md describes it.
func NewSegmenter() (*Segmenter, error) { return NewSegmenterFrom(segmenterModel) }

// NewSegmenterFrom loads a model that TrainSegmenter gave. It keeps the slice.
func NewSegmenterFrom(model []byte) (*Segmenter, error) {
	m, err := boundary.Decode(model)
	if err != nil {
		return nil, fmt.Errorf("load word segmenter: %w", err)
	}
	return &Segmenter{model: m, version: fmt.Sprintf("%x", sha256.Sum256(model))[:12]}, nil
}

// Version names the model: the first 12 hexadecimal digits of the SHA-256 of its file.
func (s *Segmenter) Version() string { return s.version }

// AppendWords appends to dst the end, as a byte offset in text, of each word of text, and
// returns the extended slice. The words cover text without a gap, whatever its bytes are.
//
// Khmer letters are cut by the model, with compounds, prefixes and suffixes joined to
// their word (ការផលិត, រដ្ឋាភិបាល). A word of its own is also: the repetition sign ៗ; a run
// of digits of one kind; a word of another script; a run of one punctuation mark; ។ល។; a
// run of white space; any other cluster. A zero-width space is white space and so ends a
// word. The order of the signs in a cluster does not matter: text need not be normalised.
func (s *Segmenter) AppendWords(dst []int, text string) []int {
	w, _ := s.scratch.Get().(*scratch)
	if w == nil {
		w = new(scratch)
	}
	before := uint64(edgeUnit)
	for i := 0; i < len(text); {
		var kind kind
		end := w.gather(text, i, before)
		if end == i {
			end, kind, _ = nextCluster(text, i)
			end = wordEnd(text, i, end, kind)
			dst = append(dst, end)
			before = sentinel(kind)
			i = end
			continue
		}
		after := uint64(edgeUnit)
		if end < len(text) {
			_, kind, _ = nextCluster(text, end)
			after = sentinel(kind)
		}
		dst = append(s.flush(dst, w, after), end)
		i = end
	}
	if cap(w.units) <= keptScratch {
		s.scratch.Put(w)
	}
	return dst
}

// WordBegins reports whether a word begins with cluster i of clusters, those of a text as AppendRun
// gives them, digits among them. It is what AppendWords says of the stretch of Khmer that the
// cluster is in, and looks no further than a few clusters, so that one who asks of few pays for few.
func (s *Segmenter) WordBegins(clusters []Cluster, i int) bool {
	if i == 0 || clusters[i-1].End != clusters[i].Start {
		return true
	}
	before, after := &clusters[i-1], &clusters[i]
	if !before.Letters() || !after.Letters() {
		return before.unit != after.unit // a run of digits, or of one sign, is a word
	}
	var w boundary.Window
	w[boundary.Reach-1], w[boundary.Reach] = before.unit, after.unit
	for k := 2; k <= boundary.Reach; k++ {
		unit := uint64(edgeUnit)
		if i >= k && clusters[i-k].End == clusters[i-k+1].Start {
			unit = clusters[i-k].unit
		}
		if w[boundary.Reach-k] = unit; isSentinel(unit) {
			break
		}
	}
	for k := 1; k < boundary.Reach; k++ {
		unit := uint64(edgeUnit)
		if i+k < len(clusters) && clusters[i+k-1].End == clusters[i+k].Start {
			unit = clusters[i+k].unit
		}
		if w[boundary.Reach+k] = unit; isSentinel(unit) {
			break
		}
	}
	return s.model.Begins(&w)
}

// keptScratch is the longest run, in clusters, whose memory is kept for the next text.
const keptScratch = 1 << 12

// Words gives the words of text. Joined, they are text again.
func (s *Segmenter) Words(text string) []string {
	ends := s.AppendWords(nil, text)
	words := make([]string, len(ends))
	start := 0
	for i, end := range ends {
		words[i] = text[start:end]
		start = end
	}
	return words
}

// flush cuts a run, whose units are in w, and appends the ends of its words but the last.
func (s *Segmenter) flush(dst []int, w *scratch, after uint64) []int {
	w.units = append(w.units, after)
	for len(w.units) < firstUnit+len(w.clusters)+boundary.Reach {
		w.units = append(w.units, 0)
	}
	for i := 1; i < len(w.clusters); i++ {
		if s.model.Begins((*boundary.Window)(w.units[firstUnit+i-boundary.Reach:])) {
			dst = append(dst, int(w.clusters[i].Start))
		}
	}
	return dst
}

// firstUnit is where the units of the clusters begin in scratch.
const firstUnit = boundary.Reach - 1

// scratch holds a run of Khmer letters while it is cut.
type scratch struct {
	clusters []Cluster
	units    []uint64 // zeros and a sentinel that says what comes before, then one for each cluster
}

// gather takes the run of letters at byte i of text in and gives its end, i for none.
func (w *scratch) gather(text string, i int, before uint64) (end int) {
	w.clusters, end = AppendRun(w.clusters[:0], text, i, false)
	for isJoiner(text, end) && end > i {
		// A joiner between a letter and its mark does not part them.
		last := &w.clusters[len(w.clusters)-1]
		place, _ := khmerPlace(text, int(last.Start))
		longer, unit := khmerCluster(text, int(last.Start), place)
		if longer == end {
			break
		}
		last.End, last.unit = int32(longer), unit
		w.clusters, end = AppendRun(w.clusters, text, longer, false)
	}
	w.units = append(w.units[:0], make([]uint64, firstUnit)...)
	w.units[firstUnit-1] = before
	for k := range w.clusters {
		w.units = append(w.units, w.clusters[k].unit)
	}
	return end
}

// kind is what a cluster means to the cutting of words.
type kind uint8

const (
	sign1   kind = iota // punctuation, emoji, broken bytes: alone, or a run of the same
	letter              // Khmer letters
	khDigit             // Khmer digits
	digit               // other digits
	word                // letters of another script
	space
)

// The units that stand for what comes before or after a run of Khmer letters.
const (
	edgeUnit  = 1 // the end of the text, white space, punctuation, another script
	digitUnit = 2
)

func isSentinel(unit uint64) bool { return unit == edgeUnit || unit == digitUnit }

func sentinel(k kind) uint64 {
	if k == khDigit || k == digit {
		return digitUnit
	}
	return edgeUnit
}

// nextCluster gives the end of the cluster at byte i, what it is and, for Khmer letters,
// its unit: see khmerCluster.
func nextCluster(text string, i int) (end int, k kind, unit uint64) {
	place, ok := khmerPlace(text, i)
	if !ok {
		return nextForeign(text, i)
	}
	if roles[place&127] == other {
		if place >= 0x60 && place <= 0x69 {
			return i + 3, khDigit, 0
		}
		return marksEnd(text, i+3), sign1, 0
	}
	end, unit = khmerCluster(text, i, place)
	return end, letter, unit
}

// units is what each code point of the block adds to the unit of its cluster: on the line, and
// below another. One that stands alone is a sentinel.
var units = func() (all [2][128]uint64) {
	for i := range all[0] {
		v := uint64(0x1780 + i)
		switch roles[i] {
		case other:
			all[0][i] = edgeUnit
			if i >= 0x60 && i <= 0x69 {
				all[0][i] = digitUnit
			}
			all[1][i] = all[0][i]
		case coeng, invisible:
			continue
		case base:
			all[0][i] = mix(v)
			if v == 0x178A {
				v = 0x178F
			}
			all[1][i] = mix(v | 0x10000)
		default:
			all[0][i], all[1][i] = mix(v), mix(v)
		}
	}
	return all
}()

// mix spreads a code point over 64 bits (the finaliser of MurmurHash3).
func mix(v uint64) uint64 {
	v *= 0xFF51AFD7ED558CCD
	v ^= v >> 33
	v *= 0xC4CEB9FE1A85EC53
	return v ^ v>>29
}

// nextForeign is nextCluster outside the Khmer block.
func nextForeign(text string, i int) (end int, k kind, unit uint64) {
	end = clusterEnd(text, i)
	if c := text[i]; c < utf8.RuneSelf {
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			return end, space, 0
		case c >= '0' && c <= '9':
			return end, digit, 0
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return end, word, 0
		}
		return end, sign1, 0
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	switch {
	case r == zeroWidthSpace || unicode.IsSpace(r):
		return end, space, 0
	case unicode.IsLetter(r):
		return end, word, 0
	case unicode.IsDigit(r):
		return end, digit, 0
	}
	return end, sign1, 0
}

// wordEnd extends a word that is not made of Khmer letters and whose first cluster is
// text[i:end].
func wordEnd(text string, i, end int, k kind) int {
	first := text[i:end]
	if k == sign1 && first == "\u17D4" && hasPrefixAt(text, end, "\u179B\u17D4") { // ។ល។, et cetera
		return end + 6
	}
	for end < len(text) {
		next, nk, _ := nextCluster(text, end)
		switch k {
		case letter:
			return end
		case sign1:
			if nk != sign1 || text[end:next] != first || first == "\u17D7" {
				return end
			}
		case khDigit, digit, space:
			if nk != k {
				return end
			}
		case word:
			if nk != word && nk != digit && !innerMark(text, end, next) {
				return end
			}
		}
		end = next
	}
	return end
}

// innerMark reports whether text[i:end] is an apostrophe or hyphen between two letters.
func innerMark(text string, i, end int) bool {
	switch text[i:end] {
	case "'", "\u2019", "-":
	default:
		return false
	}
	if end >= len(text) {
		return false
	}
	_, k, _ := nextCluster(text, end)
	return k == word
}

func hasPrefixAt(s string, i int, prefix string) bool {
	return len(s)-i >= len(prefix) && s[i:i+len(prefix)] == prefix
}
