package sentiment

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"unicode/utf8"

	"samleng"
	"samleng/classifiers/model"
	"samleng/classifiers/phrase"
)

// labels are the classes of the learned models, in their order.
var labels = [...]samleng.Label{samleng.Positive, samleng.Neutral, samleng.Negative}

const (
	positive = iota
	neutral
	negative
	classes
)

// Learned is a model of the sentiment of one language, in two steps: the first reads
// n-grams, the second weighs what the first says against lexicon and rules. The second was
// learnt on what the first says of texts it had not seen, and so knows how far to trust it.
type Learned struct {
	language string
	grams    *model.Model
	combine  *model.Model
	version  string
	scratch  sync.Pool // of *scratch
}

// scratch is memory that outlives a call.
type scratch struct {
	features []model.Feature
	before   []int32
	parts    []float64
	flow     []float64
}

// keptFeatures is the largest text, in features, whose memory is kept.
const keptFeatures = 1 << 14

const bundleMagic = "samleng-sentiment-1\n"

// LoadLearned reads a file that Train gave. It keeps the slice.
func LoadLearned(file []byte) (*Learned, error) {
	rest, ok := bytes.CutPrefix(file, []byte(bundleMagic))
	if !ok {
		return nil, errors.New("is not a model of sentiment")
	}
	var parts [3][]byte
	for i := range parts {
		if len(rest) < 4 || uint64(len(rest)-4) < uint64(binary.LittleEndian.Uint32(rest)) {
			return nil, errors.New("the model of sentiment is cut off")
		}
		n := int(binary.LittleEndian.Uint32(rest))
		parts[i], rest = rest[4:4+n], rest[4+n:]
	}
	l := &Learned{language: string(parts[0]), version: fmt.Sprintf("%x", sha256.Sum256(file))}
	var err error
	if l.grams, err = model.Decode(parts[1]); err != nil {
		return nil, fmt.Errorf("n-grams: %w", err)
	}
	if l.combine, err = model.Decode(parts[2]); err != nil {
		return nil, fmt.Errorf("combination: %w", err)
	}
	if len(l.grams.Classes()) != classes || len(l.combine.Classes()) != classes || len(l.combine.Dense()) != inputs || len(l.grams.Dense()) != 0 {
		return nil, errors.New("the model has other classes or inputs than this program")
	}
	if l.language != samleng.Khmer && l.language != samleng.English {
		return nil, fmt.Errorf("the model is of language %q, want km or en", l.language)
	}
	return l, nil
}

// Language is the language of the model, km or en.
func (l *Learned) Language() string { return l.language }

func encodeBundle(language string, grams, combine []byte) []byte {
	file := []byte(bundleMagic)
	for _, part := range [][]byte{[]byte(language), grams, combine} {
		file = binary.LittleEndian.AppendUint32(file, uint32(len(part)))
		file = append(file, part...)
	}
	return file
}

// The dense inputs of the second step.
const (
	gramsPositive = iota // what the n-grams say for positive against neutral, log odds
	gramsNegative        // ... for negative against neutral
	barePositive         // the same where no entry was found
	bareNegative
	ruleScore    // the score of the rules, -1..1
	rulePositive // P/(P+3), P the sum of the positive polarities found
	ruleNegative // N/(N+3)
	bothSigns    // the smaller of the two
	noEntry      // 1 where no entry was found
	turnedGood   // G/(G+3), G the sum of the polarities that a negation made positive
	turnedBad    // the same for negative
	lastEntry    // polarity of the last entry, /(2+)
	emojiScore   // sum of the polarities of emoji, squashed to -1..1
	asks         // 1 where a sentence asks
	cries        // exclamation marks, n/(n+1)
	length       // log(1+tokens)/5
	inputs
)

// inputNames are the names of the inputs in the file.
var inputNames = []string{
	"grams_positive", "grams_negative", "bare_positive", "bare_negative", "rule_score", "rule_positive", "rule_negative",
	"both_signs", "no_entry", "turned_good", "turned_bad", "last_entry", "emoji_score", "asks", "cries", "length",
}

// reading is what lexicon and rules make of a post.
type reading struct {
	title, text     string
	inTitle, inText []hit
	// All entries found, negators and the like among them.
	titleEntries, textEntries []phrase.Match
	entries                   []phrase.Match // memory of read
	sum, size, norm           float64
	score                     float64
	tokens                    int
	asks                      bool
	cries                     int
}

// dense writes the inputs but those of the n-grams.
func (r *reading) dense(x *[inputs]float64) {
	p, n, emoji, good, bad := 0.0, 0.0, 0.0, 0.0, 0.0
	for _, hits := range [][]hit{r.inTitle, r.inText} {
		for i := range hits {
			h := &hits[i]
			p += max(0, h.value)
			n += max(0, -h.value)
			if h.entry.word == "emoji" {
				emoji += h.value
			}
			if h.negated {
				good += max(0, h.value)
				bad += max(0, -h.value)
			}
			x[lastEntry] = h.value / (2 + math.Abs(h.value))
		}
	}
	hits := len(r.inTitle) + len(r.inText)
	x[ruleScore] = r.score
	x[rulePositive], x[ruleNegative] = p/(p+3), n/(n+3)
	x[bothSigns] = min(x[rulePositive], x[ruleNegative])
	if hits == 0 {
		x[noEntry] = 1
	}
	x[turnedGood], x[turnedBad] = good/(good+3), bad/(bad+3)
	x[emojiScore] = emoji / (2 + math.Abs(emoji))
	if r.asks {
		x[asks] = 1
	}
	x[cries] = float64(r.cries) / float64(r.cries+1)
	x[length] = math.Log1p(float64(r.tokens)) / 5
}

// note keeps what the dense inputs need of the tokens of one field.
func (r *reading) note(tokens []phrase.Token, text string) {
	r.tokens += len(tokens)
	for _, t := range tokens {
		if t.Class != phrase.Symbol {
			continue
		}
		switch c, _ := utf8.DecodeRuneInString(text[t.Start:t.End]); c {
		case '!', '！':
			r.cries++
		case '?', '？':
			r.asks = true
		}
	}
}

// read appends the n-grams of title and text but those that touch an entry, which the rules
// read better: they know what is negated. The first ones are the title's, and their number
// comes with them. The title counts titleFactor times.
func (l *Learned) read(s *scratch, r *reading) (features []model.Feature, inTitle int) {
	grams := l.grams.Grams()
	features = grams.Append(s.features[:0], r.title)
	inTitle = len(features)
	features = grams.Append(features, r.text)
	if inTitle > 0 && inTitle < len(features) {
		v := float32(1 / math.Sqrt(float64(len(features))))
		for i := range features {
			features[i].Value = v
			if i < inTitle {
				features[i].Value *= titleFactor
			}
		}
	}
	s.features = features
	title := s.unread(features[:inTitle], r.read(l.language, "title"), r.title)
	text := s.unread(features[inTitle:], r.read(l.language, "text"), r.text)
	return append(title, text...), len(title)
}

// read gives the entries of a field that the n-grams leave to the rules: all of them in
// English; in Khmer those with a polarity, since the negators there are parts of many words.
func (r *reading) read(language, field string) []phrase.Match {
	hits, all := r.inText, r.textEntries
	if field == "title" {
		hits, all = r.inTitle, r.titleEntries
	}
	if language != samleng.Khmer {
		return all
	}
	r.entries = r.entries[:0]
	for i := range hits {
		r.entries = append(r.entries, hits[i].Match)
	}
	return r.entries
}

// unread leaves out, in place, the features that touch an entry.
func (s *scratch) unread(features []model.Feature, entries []phrase.Match, text string) []model.Feature {
	if len(entries) == 0 {
		return features
	}
	if cap(s.before) < len(text)+1 {
		s.before = make([]int32, 2*len(text)+1)
	}
	before := s.before[:len(text)+1] // bytes of entries before each
	clear(before)
	for _, m := range entries {
		before[m.Start]++
		before[m.End]--
	}
	inside, n := int32(0), int32(0)
	for i := range before {
		inside += before[i]
		before[i] = n
		if inside > 0 {
			n++
		}
	}
	kept := features[:0]
	for _, f := range features {
		if before[f.End] == before[f.Start] {
			kept = append(kept, f)
		}
	}
	return kept
}

// ask writes the log odds of the n-grams into the inputs, and what each of them weighs into
// s.parts.
func (l *Learned) ask(x *[inputs]float64, s *scratch, features []model.Feature, share float64) {
	if cap(s.parts) < len(features) {
		s.parts = make([]float64, 2*len(features))
	}
	var z [classes]float64
	toward := l.toward(share / 4)
	l.grams.Explain(z[:], s.parts[:len(features)], features, nil, toward[:])
	gramInputs(x, z[:])
}

// gramInputs puts the logits of the first step into the inputs of the second.
func gramInputs(x *[inputs]float64, z []float64) {
	x[gramsPositive], x[gramsNegative] = z[positive]-z[neutral], z[negative]-z[neutral]
	if x[noEntry] > 0 {
		x[barePositive], x[bareNegative] = x[gramsPositive], x[gramsNegative]
	}
}

// With gives a classifier that asks the model in place of the one that it has for the
// model's language.
func (c *Classifier) With(l *Learned) *Classifier {
	changed := *c
	changed.learned = map[string]*Learned{l.language: l}
	for language, known := range c.learned {
		if language != l.language {
			changed.learned[language] = known
		}
	}
	return &changed
}
