// Package classifiers joins the findings about one post, its language, topics, sentiment
// and places, into a samleng.Analysis.
//
// It owns the order in which the classifiers are asked, what each is given, and the version
// string that tells old findings from new. How each finds what it finds is its own package's
// business: language, topic, sentiment, place. It is pure: no input, no output, no clock.
package classifiers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"unicode/utf8"

	"samleng"
	"samleng/classifiers/internal/slab"
	"samleng/classifiers/khmer"
	"samleng/classifiers/language"
	"samleng/classifiers/phrase"
	"samleng/classifiers/place"
	"samleng/classifiers/sentiment"
	"samleng/classifiers/topic"
)

// LanguageBytes is how much of a text the language is found from, after the title.
const LanguageBytes = 8_000

// ruleVersion changes with the rules and formulas of the packages below, so that findings of
// the same lexicons under other rules can be told apart.
const ruleVersion = 9

// Options is what a Chain is made of.
type Options struct {
	Topics    []topic.Definition // of configs/topics.yaml; at least one
	Language  language.Config
	Segmenter *khmer.Segmenter // shared with others; nil loads one
}

// Chain classifies posts. It is safe for concurrent use.
type Chain struct {
	language  *language.Detector
	reader    *phrase.Vocabulary
	topics    *topic.Classifier
	sentiment *sentiment.Classifier
	places    *place.Classifier
	model     string
	memory    sync.Pool // of *memory
}

// memory outlives a call.
type memory struct {
	found []language.Span
	spans slab.Of[samleng.LanguageSpan]
}

// New loads the classifiers. Faults of the topics come as samleng.KeyError.
func New(o Options) (*Chain, error) {
	seg := o.Segmenter
	var err error
	if seg == nil {
		if seg, err = khmer.NewSegmenter(); err != nil {
			return nil, fmt.Errorf("load segmenter: %w", err)
		}
	}
	c := &Chain{reader: phrase.Of(seg)}
	if c.language, err = language.New(o.Language); err != nil {
		return nil, fmt.Errorf("load language model: %w", err)
	}
	if c.topics, err = topic.NewIn(c.reader, o.Topics); err != nil {
		return nil, err
	}
	if c.sentiment, err = sentiment.NewIn(c.reader); err != nil {
		return nil, err
	}
	if c.places, err = place.New(seg); err != nil {
		return nil, fmt.Errorf("load places: %w", err)
	}
	definitions, err := json.Marshal(o.Topics)
	if err != nil {
		return nil, fmt.Errorf("version of the topics: %w", err)
	}
	sum := sha256.Sum256(definitions)
	c.model = fmt.Sprintf("rules%d-topics:%s-claims:%s-sentiment:%s-language:%.8s-words:%.8s",
		ruleVersion, hex.EncodeToString(sum[:4]), c.topics.Version(), c.sentiment.Version(), c.language.Version(), seg.Version())
	return c, nil
}

// Model names the versions of the rules, the topics and every model, as in
// "rules9-topics:1f2e3d4c-claims:2b3c4d5e6f7081920a1b2c3d-sentiment:5a6b7c8d-language:9e8f7a6b-words:0c1d2e3f". The same
// string means the same findings.
func (c *Chain) Model() string { return c.model }

// Classify gives what is found in the post, whose Title and Text the pipeline has
// normalised: the offsets of the evidence are into exactly these strings. It takes time in
// proportion to their length. Slices and maps are never nil, so that JSON has [] and {}.
func (c *Chain) Classify(p *samleng.Post) samleng.Analysis {
	found := c.language.Detect(languageText(p))
	shares := found.Shares
	if shares == nil {
		shares = map[string]float64{}
	}
	read := c.reader.Read(p.Title, p.Text)
	defer read.Release()
	about := c.topics.ClassifyPost(read, found.Language)
	return samleng.Analysis{
		Language:  found.Language,
		Languages: shares,
		Scripts:   found.Scripts,
		Spans:     c.spans(p, found.Language),
		Topics:    about,
		Sentiment: c.sentiment.ClassifyPost(read, found.Language, about),
		Places:    c.places.Classify(p.Title, p.Text),
		Model:     c.model,
	}
}

// spans gives the parts of a mixed post by language.
func (c *Chain) spans(p *samleng.Post, found string) []samleng.LanguageSpan {
	if found != samleng.Mixed {
		return []samleng.LanguageSpan{}
	}
	m, _ := c.memory.Get().(*memory)
	if m == nil {
		m = new(memory)
	}
	m.found = c.language.AppendSpans(m.found[:0], p.Title)
	inTitle := len(m.found)
	m.found = c.language.AppendSpans(m.found, p.Text)
	spans := m.spans.Take(len(m.found))
	for i, s := range m.found {
		field := "text"
		if i < inTitle {
			field = "title"
		}
		spans = append(spans, samleng.LanguageSpan{Field: field, Start: s.Start, End: s.End, Language: s.Language})
	}
	if cap(m.found) <= keptSpans {
		c.memory.Put(m)
	}
	return spans
}

// keptSpans is the most spans of a post whose memory is kept.
const keptSpans = 1 << 12

// languageText is the title and the beginning of the text.
func languageText(p *samleng.Post) string {
	text := p.Text
	if len(text) > LanguageBytes {
		n := LanguageBytes
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	switch {
	case p.Title == "":
		return text
	case text == "":
		return p.Title
	}
	return p.Title + "\n" + text
}
