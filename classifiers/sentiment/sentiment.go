// Package sentiment says whether a post is positive, neutral or negative, by lexicons of
// Khmer, English, emoji and romanised Khmer, by the rules of negation, intensity, contrast
// and questions, and by a learned model for Khmer and one for English that weighs all of
// them against the n-grams of the post.
//
// It owns the lexicons (lexicon/*.tsv, written to be edited by people who do not program),
// the rules, the formulas and the models (models/*.bin, described in docs/models). It does not
// find the language, and it does not normalise: titles and texts arrive as khmer.Normalise
// leaves them.
//
// # The rules
//
// Every entry found has a polarity in -5..5, which the rules change (see the constants in
// sentence.go). With S the sum, those of the title counted 1.5 times, and n the number of
// entries found, the score of the rules is
//
//	S / sqrt(S² + 23·max(1, n/4))
//
// which for short texts is the normalisation of VADER (Hutto and Gilbert 2014: alpha = 15 for
// polarities in -4..4, so 15·(5/4)² = 23), and keeps a long article with a little of both near
// zero. Where the rules decide alone, for romanised Khmer and for emoji without words, the label
// is positive or negative from a score of 0.10 on. Confidence is then, for a label with a
// sign, how far the entries agree, |S| / Σ|polarity|, times 1 - 2^-n; for neutral, how far
// the score is from the threshold, halved where no entry was found, since absence of known
// words says little.
//
// # The models
//
// For Khmer and English a first model reads n-grams, and a second weighs its log odds against
// what the rules found (the inputs in learned.go). Score is the probability of positive less
// that of negative, confidence the probability of the label. A mixed post gets the answers of both
// models, averaged as log odds by the share of its letters.
package sentiment

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"sort"
	"strings"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/phrase"
)

// The constants of the formula in the package comment.
const (
	alpha       = 23.0
	perAlpha    = 4.0
	titleFactor = 1.5
	threshold   = 0.10
)

// MaxBytes is how much of a text is read, from its start: reports and complaints say early
// what they are about, and the time for one post stays bounded.
const MaxBytes = 20_000

// MaxEvidence is the most evidence given, the strongest.
const MaxEvidence = 24

// Classifier finds the sentiment of posts. It is safe for concurrent use.
type Classifier struct {
	vocabulary       *phrase.Vocabulary
	plain, romanised *lexicon
	learned          map[string]*Learned
	lexicons         []byte // their hash
}

//go:embed models/*.bin
var models embed.FS

// New loads the embedded lexicons and models. Without a segmenter short Khmer entries match
// at any cluster, also inside longer words.
func New(seg *khmer.Segmenter) (*Classifier, error) { return NewIn(phrase.Of(seg)) }

// NewIn is New with a vocabulary, and the segmenter in it, that others share: see ClassifyPost.
func NewIn(v *phrase.Vocabulary) (*Classifier, error) {
	c, err := newRules(v)
	if err != nil {
		return nil, err
	}
	for _, language := range []string{samleng.Khmer, samleng.English} {
		file, err := models.ReadFile("models/" + language + ".bin")
		if err != nil {
			return nil, fmt.Errorf("sentiment model: %w", err)
		}
		l, err := LoadLearned(file)
		if err != nil {
			return nil, fmt.Errorf("sentiment model %s: %w", language, err)
		}
		c = c.With(l)
	}
	return c, nil
}

// NewRules loads the embedded lexicons without any model: the rules decide alone.
func NewRules(seg *khmer.Segmenter) (*Classifier, error) { return newRules(phrase.Of(seg)) }

func newRules(v *phrase.Vocabulary) (*Classifier, error) {
	c := &Classifier{vocabulary: v}
	var err error
	if c.plain, err = load(v, khmerFile, english, emoji); err != nil {
		return nil, fmt.Errorf("sentiment lexicon: %w", err)
	}
	if c.romanised, err = load(v, romanised, khmerFile, english, emoji); err != nil {
		return nil, fmt.Errorf("sentiment lexicon: %w", err)
	}
	if c.lexicons, err = hash(); err != nil {
		return nil, fmt.Errorf("sentiment lexicon: %w", err)
	}
	return c, nil
}

// Version identifies the lexicons and models: 8 hexadecimal digits of their hash.
func (c *Classifier) Version() string {
	h := sha256.New()
	h.Write(c.lexicons)
	for _, language := range []string{samleng.Khmer, samleng.English} {
		if l := c.learned[language]; l != nil {
			h.Write([]byte(l.version))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

func hash() ([]byte, error) {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		h.Write(data)
		return err
	})
	return h.Sum(nil), err
}

// lexicon gives the entries for a language, or nil for one that is not known.
func (c *Classifier) lexicon(language string) *lexicon {
	switch language {
	case samleng.Khmer, samleng.English, samleng.Mixed, samleng.NoLanguage:
		return c.plain
	case samleng.RomanisedKhmer:
		return c.romanised
	}
	return nil
}

// Classify gives the sentiment of a post in the given language (samleng.Analysis.Language).
// A language without a lexicon gives Unscored, and so does samleng.NoLanguage unless there is
// an emoji to go by. Evidence is never nil.
func (c *Classifier) Classify(title, text, language string) samleng.Sentiment {
	p := c.vocabulary.Read(title, text)
	defer p.Release()
	return c.ClassifyPost(p, language)
}

// ClassifyPost is Classify of a post that the classifier's vocabulary has read.
func (c *Classifier) ClassifyPost(p *phrase.Post, language string) samleng.Sentiment {
	unscored := samleng.Sentiment{Label: samleng.Unscored, Evidence: []samleng.Evidence{}}
	if c.lexicon(language) == nil {
		return unscored
	}
	r := c.rules(p, language)
	if language == samleng.NoLanguage && len(r.inTitle)+len(r.inText) == 0 {
		return unscored
	}
	experts := c.experts(&r, language)
	if len(experts) == 0 {
		return r.conclude()
	}
	return r.learned(experts)
}

// rules reads a post by lexicon and rules.
func (c *Classifier) rules(p *phrase.Post, language string) reading {
	lex := c.lexicon(language)
	var r reading
	r.title, r.inTitle, r.titleEntries = c.read(lex, &p.Title, &r)
	r.text, r.inText, r.textEntries = c.read(lex, &p.Text, &r)
	for i := range r.inTitle {
		r.inTitle[i].value *= titleFactor
	}
	r.weigh()
	return r
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

// read gives what is read of one field, the hits of all its sentences, and every entry of the
// lexicon found.
func (c *Classifier) read(lex *lexicon, field *phrase.Reading, r *reading) (string, []hit, []phrase.Match) {
	tokens, text := head(field, MaxBytes)
	if len(tokens) == 0 {
		return text, nil, nil
	}
	r.note(tokens, text)
	matches := lex.set.Find(nil, tokens, field.Whole)
	for _, m := range matches {
		r.asks = r.asks || lex.entries[m.Phrase].kind == question
	}
	hits := make([]hit, 0, len(matches))
	first, m := 0, 0
	for i := range tokens {
		if !ends(tokens, text, i) {
			continue
		}
		s := sentence{lex: lex, tokens: tokens, text: text, first: first, last: i + 1}
		from := m
		for m < len(matches) && matches[m].First <= i {
			m++
		}
		s.matches = matches[from:m]
		hits = s.hits(hits)
		first = i + 1
	}
	return text, hits, matches
}

// weigh applies the formula of the package comment.
func (r *reading) weigh() {
	n := float64(len(r.inTitle) + len(r.inText))
	for _, hits := range [][]hit{r.inTitle, r.inText} {
		for i := range hits {
			r.sum += hits[i].value
			r.size += math.Abs(hits[i].value)
		}
	}
	r.norm = math.Sqrt(r.sum*r.sum + alpha*max(1, n/perAlpha))
	r.score = r.sum / r.norm
}

// conclude is the finding of the rules alone.
func (r *reading) conclude() samleng.Sentiment {
	n := float64(len(r.inTitle) + len(r.inText))
	s := samleng.Sentiment{Label: samleng.Neutral, Score: r.score}
	switch {
	case s.Score >= threshold:
		s.Label = samleng.Positive
	case s.Score <= -threshold:
		s.Label = samleng.Negative
	}
	switch {
	case s.Label != samleng.Neutral:
		s.Confidence = math.Abs(r.sum) / r.size * (1 - math.Exp2(-n))
	case n > 0:
		s.Confidence = 1 - math.Abs(s.Score)/threshold
	default:
		s.Confidence = 0.5
	}
	s.Evidence = strongest(r.evidence(0), MaxEvidence)
	return s
}

// evidence gives the entries found, with room for more.
func (r *reading) evidence(more int) []samleng.Evidence {
	found := make([]samleng.Evidence, 0, len(r.inTitle)+len(r.inText)+more)
	found = appendEvidence(found, "title", r.title, r.inTitle, r.norm)
	return appendEvidence(found, "text", r.text, r.inText, r.norm)
}

func appendEvidence(dst []samleng.Evidence, field, text string, hits []hit, norm float64) []samleng.Evidence {
	for i := range hits {
		h := &hits[i]
		dst = append(dst, samleng.Evidence{
			Text: text[h.Start:h.End], Field: field, Start: h.Start, End: h.End,
			Weight: h.value / norm, Reason: h.reason(),
		})
	}
	return dst
}

// strongest keeps the n entries with the largest weights, in their order in the post.
func strongest(all []samleng.Evidence, n int) []samleng.Evidence {
	if len(all) <= n {
		return all
	}
	weights := make([]float64, len(all))
	for i := range all {
		weights[i] = math.Abs(all[i].Weight)
	}
	slices.Sort(weights)
	least := weights[len(weights)-n]
	kept := all[:0]
	for i := range all {
		if math.Abs(all[i].Weight) >= least && len(kept) < n {
			kept = append(kept, all[i])
		}
	}
	return kept
}

// reason says which rules changed the polarity, comma-separated; nothing when none did.
func (h *hit) reason() string {
	if !h.negated && !h.amplified && !h.damped {
		return ""
	}
	var parts []string
	if h.negated {
		parts = append(parts, "negated")
	}
	if h.amplified {
		parts = append(parts, "intensified")
	}
	if h.damped {
		parts = append(parts, "weakened")
	}
	return strings.Join(parts, ", ")
}
