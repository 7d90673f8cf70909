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
//
// # Long texts
//
// The models learnt from texts of one to three sentences. A longer text is judged in pieces of
// that length, whole sentences each, and the probabilities of the pieces are averaged by their
// length, the piece with the title counted 1.5 times. What k pieces say for and against cancels
// out: the smaller of the two means, times 1 - 1/k, is taken from both and added to neutral. So a
// report that tells of good and bad alike is neutral, which a sum over all its words, that grows
// with the length, hardly ever was.
//
// # Towards a topic
//
// The sentiment towards a topic of the post is the same finding on the sentences that the
// evidence of the topic is in: see toward.go.
package sentiment

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"

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
	backward         *phrase.Set
	particles        *phrase.Set
	learned          map[string]*Learned
	lexicons         []byte // their hash
	readings         *pool
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
	c := &Classifier{vocabulary: v, readings: new(pool)}
	var err error
	if c.plain, err = load(v, khmerFile, english, emoji); err != nil {
		return nil, fmt.Errorf("sentiment lexicon: %w", err)
	}
	if c.romanised, err = load(v, romanised, khmerFile, english, emoji); err != nil {
		return nil, fmt.Errorf("sentiment lexicon: %w", err)
	}
	if c.backward, err = newBackward(v); err != nil {
		return nil, fmt.Errorf("sentiment: words that refer back: %w", err)
	}
	if c.particles, err = newParticles(v); err != nil {
		return nil, fmt.Errorf("sentiment: particles: %w", err)
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
	return c.ClassifyPost(p, language, nil)
}

// ClassifyPost is Classify of a post that the classifier's vocabulary has read. It gives each of
// the topics, which were found in the same post, its Sentiment.
func (c *Classifier) ClassifyPost(p *phrase.Post, language string, topics []samleng.Topic) samleng.Sentiment {
	lex := c.lexicon(language)
	if lex == nil {
		return unscored(topics)
	}
	r := c.readings.get()
	defer c.readings.put(r)
	r.particles = c.particles
	r.rules(lex, p)
	r.ask(c, language)
	r.picked = r.picked[:0]
	for i := range r.statements {
		r.picked = append(r.picked, i)
	}
	whole := r.sum(r.picked)
	if language == samleng.NoLanguage && whole.hits == 0 {
		return unscored(topics)
	}
	v := r.find(r.picked, true)
	r.eachTopic(c, v, topics)
	return samleng.Sentiment{Label: v.label, Score: v.score, Confidence: v.confidence, Evidence: r.explain(&whole)}
}

func unscored(topics []samleng.Topic) samleng.Sentiment {
	for i := range topics {
		topics[i].Sentiment = samleng.Tone{Label: samleng.Unscored}
	}
	return samleng.Sentiment{Label: samleng.Unscored, Evidence: []samleng.Evidence{}}
}
