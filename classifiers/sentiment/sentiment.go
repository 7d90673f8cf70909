// Package sentiment says whether a post is positive, neutral or negative, by lexicons of
// Khmer, English, emoji and romanised Khmer, and the rules of negation, intensity, contrast
// and questions.
//
// It owns the lexicons (lexicon/*.tsv, written to be edited by people who do not program),
// the rules and the formula. It does not find the language, and it does not normalise: titles
// and texts arrive as khmer.Normalise leaves them.
//
// # The formula
//
// Every entry found has a polarity in -5..5, which the rules change (see the constants in
// sentence.go). With S the sum, those of the title counted 1.5 times, and n the number of
// entries found, the score is
//
//	S / sqrt(S² + 23·max(1, n/4))
//
// which for short texts is the normalisation of VADER (Hutto and Gilbert 2014: alpha = 15 for
// polarities in -4..4, so 15·(5/4)² = 23), and keeps a long article with a little of both near
// zero. The label is positive or negative from a score of 0.10 on.
//
// Confidence is, for a label with a sign, how far the entries agree, |S| / Σ|polarity|, times
// 1 - 2^-n; for neutral, how far the score is from the threshold, halved where no entry
// was found, since absence of known words says little.
package sentiment

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

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

// RomanisedKhmer is the language of Khmer in Latin letters.
const RomanisedKhmer = "km-Latn"

// MaxBytes is how much of a text is read, from its start: reports and complaints say early
// what they are about, and the time for one post stays bounded.
const MaxBytes = 20_000

// MaxEvidence is the most evidence given, the strongest.
const MaxEvidence = 24

// Classifier finds the sentiment of posts. It is safe for concurrent use.
type Classifier struct {
	plain, romanised *lexicon
	seg              phrase.Segmenter
	version          string
}

// New loads the embedded lexicons. Without a segmenter short Khmer entries match at any
// cluster, also inside longer words.
func New(seg *khmer.Segmenter) (*Classifier, error) {
	c := &Classifier{}
	var err error
	if c.plain, err = load(khmerFile, english, emoji); err != nil {
		return nil, fmt.Errorf("sentiment lexicon: %w", err)
	}
	if c.romanised, err = load(romanised, khmerFile, english, emoji); err != nil {
		return nil, fmt.Errorf("sentiment lexicon: %w", err)
	}
	if seg != nil {
		c.seg = seg
	}
	if c.version, err = hash(); err != nil {
		return nil, fmt.Errorf("sentiment lexicon: %w", err)
	}
	return c, nil
}

// Version identifies the lexicons: 8 hexadecimal digits of their hash.
func (c *Classifier) Version() string { return c.version }

func hash() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		h.Write(data)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:4]), err
}

// lexicon gives the entries for a language, or nil for one that is not known.
func (c *Classifier) lexicon(language string) *lexicon {
	switch language {
	case samleng.Khmer, samleng.English, samleng.Mixed, samleng.NoLanguage:
		return c.plain
	case RomanisedKhmer:
		return c.romanised
	}
	return nil
}

// Classify gives the sentiment of a post in the given language (samleng.Analysis.Language).
// A language without a lexicon gives Unscored, and so does samleng.NoLanguage unless there is
// an emoji to go by. Evidence is never nil; its weights are shares of the score.
func (c *Classifier) Classify(title, text, language string) samleng.Sentiment {
	unscored := samleng.Sentiment{Label: samleng.Unscored, Evidence: []samleng.Evidence{}}
	lex := c.lexicon(language)
	if lex == nil {
		return unscored
	}
	text = head(text, MaxBytes)
	var titleBuffer, textBuffer [16]hit
	inTitle := c.read(titleBuffer[:0], lex, title)
	inText := c.read(textBuffer[:0], lex, text)
	if language == samleng.NoLanguage && len(inTitle)+len(inText) == 0 {
		return unscored
	}
	for i := range inTitle {
		inTitle[i].value *= titleFactor
	}
	return conclude(title, text, inTitle, inText)
}

// head gives at most n bytes of the text, whole runes.
func head(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// read appends the hits of all sentences of one field.
func (c *Classifier) read(dst []hit, lex *lexicon, text string) []hit {
	if text == "" {
		return dst
	}
	var tokenBuffer [256]phrase.Token
	var matchBuffer [48]phrase.Match
	tokens := lex.set.Scan(tokenBuffer[:0], text)
	whole := phrase.NewBoundaries(c.seg, text, tokens)
	matches := lex.set.Find(matchBuffer[:0], tokens, whole.Whole)
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
		dst = s.hits(dst)
		first = i + 1
	}
	return dst
}

// conclude applies the formula of the package comment.
func conclude(title, text string, inTitle, inText []hit) samleng.Sentiment {
	n := float64(len(inTitle) + len(inText))
	sum, size := 0.0, 0.0
	for _, hits := range [][]hit{inTitle, inText} {
		for i := range hits {
			sum += hits[i].value
			size += math.Abs(hits[i].value)
		}
	}
	norm := math.Sqrt(sum*sum + alpha*max(1, n/perAlpha))
	s := samleng.Sentiment{Label: samleng.Neutral, Score: sum / norm}
	switch {
	case s.Score >= threshold:
		s.Label = samleng.Positive
	case s.Score <= -threshold:
		s.Label = samleng.Negative
	}
	switch {
	case s.Label != samleng.Neutral:
		s.Confidence = math.Abs(sum) / size * (1 - math.Exp2(-n))
	case n > 0:
		s.Confidence = 1 - math.Abs(s.Score)/threshold
	default:
		s.Confidence = 0.5
	}
	s.Evidence = make([]samleng.Evidence, 0, min(len(inTitle)+len(inText), MaxEvidence))
	s.Evidence = appendEvidence(s.Evidence, "title", title, inTitle, norm)
	s.Evidence = appendEvidence(s.Evidence, "text", text, inText, norm)
	s.Evidence = strongest(s.Evidence, MaxEvidence)
	return s
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
