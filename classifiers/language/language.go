// Package language says which language a post is written in.
//
// It decides in three steps. The script decides first: Khmer, Thai or Korean letters need
// no statistics. Latin text goes to a small hashed n-gram model that knows English,
// romanised Khmer and the languages of the region. Where that model is unsure, lingua-go
// is asked for a second opinion; it is never asked about Khmer, which it does not know.
//
// The package owns the decision and its thresholds. It does not clean or split text:
// normalise a text (package khmer) before it comes here.
package language

import (
	"crypto/sha256"
	"fmt"
	"math"
	"sync"

	"samleng"
	"samleng/classifiers/language/internal/ngram"
)

// Result is the language of a text.
type Result struct {
	// Language is samleng.Khmer, English, Mixed, Other or NoLanguage, samleng.RomanisedKhmer, or
	// the ISO 639 code of another language, of two letters where there is one.
	Language string
	// Shares is the share of the letters by language; the shares sum to 1. It never
	// holds Mixed, and it is empty for NoLanguage. Of two languages they are in steps of a
	// thousandth. Not to be changed: texts share it.
	Shares map[string]float64
	// Scripts is the share of the letters by script, as ISO 15924 codes; the shares sum to 1.
	// Not to be changed: texts share it.
	Scripts map[string]float64
	// Confidence is the probability, 0..1, that Language is right; 1 for NoLanguage.
	Confidence float64
	// Asked says that lingua was asked.
	Asked bool
}

// Config says how the detector works.
type Config struct {
	// Lingua asks lingua-go for a second opinion on Latin text that the own model is
	// unsure of. It takes about 85 MB of memory from the first such text on.
	Lingua bool `yaml:"lingua"`
}

// DefaultConfig asks lingua.
func DefaultConfig() Config { return Config{Lingua: true} }

// Validate finds nothing to refuse: every value of every field is usable.
func (c *Config) Validate() error { return nil }

// Thresholds of the decision. A post with a name or a brand in it stays in its language.
const (
	mixedShare    = 0.20 // smallest share of the letters that makes a post mixed
	mixedLetters  = 4    // fewest letters that count beside another script
	mixedWords    = 3    // fewest plain Latin words (no capital in them) that count beside another script
	evenShare     = 0.30 // from this share on,
	evenWords     = 2    // so many do
	mixedCapitals = 12   // and so do this many words of any kind
)

// Detector finds the language of texts. It is safe for concurrent use.
type Detector struct {
	latin   *ngram.Model
	version string
	alone   [scripts]map[string]float64   // what Result.Scripts is where it has one script
	only    map[string]map[string]float64 // what Result.Shares is where it has one language
	second  *second                       // nil: nobody is asked
	grams   sync.Pool                     // of *grams
}

// New loads the embedded model; docs/models/language.md describes it.
func New(c Config) (*Detector, error) { return NewFrom(latinModel, c) }

// NewFrom is New with a model that the command train gave. It keeps the slice.
func NewFrom(model []byte, c Config) (*Detector, error) {
	m, err := ngram.Decode(model)
	if err != nil {
		return nil, fmt.Errorf("load language model: %w", err)
	}
	d := &Detector{latin: m, version: fmt.Sprintf("%x", sha256.Sum256(model))[:12]}
	if d.class(samleng.English) < 0 {
		return nil, fmt.Errorf("load language model: no class %q among %q", samleng.English, m.Classes())
	}
	for s, code := range scriptCodes {
		d.alone[s] = map[string]float64{code: 1}
	}
	d.only = map[string]map[string]float64{samleng.Other: {samleng.Other: 1}}
	for _, code := range m.Classes() {
		d.only[code] = map[string]float64{code: 1}
	}
	for s := latinScript + 1; s < scripts; s++ {
		code := scriptLanguage(s, new(counts))
		d.only[code] = map[string]float64{code: 1}
	}
	if c.Lingua {
		d.second = &second{}
	}
	return d, nil
}

// Version names the model: the first 12 hexadecimal digits of the SHA-256 of its file.
func (d *Detector) Version() string { return d.version }

// Detect finds the language of text. Links, e-mail addresses, @handles and Latin #hashtags
// do not count.
func (d *Detector) Detect(text string) Result {
	text = Strip(text)
	c := countLetters(text)
	if c.total == 0 {
		return Result{Language: samleng.NoLanguage, Shares: map[string]float64{}, Scripts: map[string]float64{}, Confidence: 1}
	}
	m := d.memory()
	defer d.keep(m)
	r := Result{Scripts: d.scripts(&c, m)}
	var all shares
	latin := opinion{}
	top, topShare := samleng.Other, 0.0 // among the languages in other scripts
	for s := latinScript; s < scripts; s++ {
		if c.letters[s] == 0 {
			continue
		}
		share := float64(c.letters[s]) / float64(c.total)
		if s == latinScript {
			latin = d.judgeLatin(text, share > 0.5)
			r.Asked = latin.asked
			if latin.romanised > 0 {
				all.add(samleng.RomanisedKhmer, share*latin.romanised)
				all.add(samleng.English, share*(1-latin.romanised))
				continue
			}
			all.add(latin.language, share)
			continue
		}
		code := scriptLanguage(s, &c)
		if total := all.add(code, share); total > topShare {
			top, topShare = code, total
		}
	}
	r.Shares = d.sharesOf(&all, m)
	d.weigh(&r, &all, &c, latin, top, topShare)
	return r
}

// shares is the share of the letters by language while it is counted.
type shares struct {
	n    int
	code [scripts + 1]string
	of   [scripts + 1]float64
}

// add adds to the share of a language and gives what it is then.
func (s *shares) add(code string, share float64) float64 {
	for i := range s.n {
		if s.code[i] == code {
			s.of[i] += share
			return s.of[i]
		}
	}
	s.code[s.n], s.of[s.n] = code, share
	s.n++
	return share
}

// share gives the share of a language.
func (s *shares) share(code string) float64 {
	for i := range s.n {
		if s.code[i] == code {
			return s.of[i]
		}
	}
	return 0
}

// sharesOf gives Result.Shares.
func (d *Detector) sharesOf(s *shares, m *grams) map[string]float64 {
	switch {
	case s.n == 1 && s.of[0] == 1:
		if known := d.only[s.code[0]]; known != nil {
			return known
		}
	case s.n == 2:
		return m.pair(s.code[0], s.code[1], s.of[0])
	}
	all := make(map[string]float64, s.n)
	for i := range s.n {
		all[s.code[i]] = s.of[i]
	}
	return all
}

// scripts gives the share of each script.
func (d *Detector) scripts(c *counts, m *grams) map[string]float64 {
	var all shares
	for s := latinScript; s < scripts; s++ {
		n := c.letters[s]
		if n == c.total {
			return d.alone[s]
		}
		if n > 0 {
			all.add(scriptCodes[s], float64(n)/float64(c.total))
		}
	}
	return d.sharesOf(&all, m)
}

// pairs holds the shares of texts that have two languages or scripts, so that mixed posts
// have no maps of their own.
type pairs map[pairKey]map[string]float64

type pairKey struct {
	a, b     string
	permille int // of a
}

// keptPairs bounds the pairs that are kept.
const keptPairs = 1 << 13

// pair gives the shares of two, in steps of a thousandth.
func (g *grams) pair(a, b string, share float64) map[string]float64 {
	k := pairKey{a, b, int(math.Round(1000 * share))}
	if k.permille == 0 || k.permille == 1000 {
		return map[string]float64{a: share, b: 1 - share}
	}
	known, found := g.pairs[k]
	if !found {
		if g.pairs == nil || len(g.pairs) >= keptPairs {
			g.pairs = pairs{}
		}
		known = map[string]float64{a: float64(k.permille) / 1000, b: float64(1000-k.permille) / 1000}
		g.pairs[k] = known
	}
	return known
}

// weigh decides between the language of the Latin letters, the main language in other
// scripts, and Mixed.
func (d *Detector) weigh(r *Result, all *shares, c *counts, latin opinion, top string, topShare float64) {
	latinShare := float64(c.letters[latinScript]) / float64(c.total)
	khmerShare := float64(c.letters[khmerScript]) / float64(c.total)
	othersCount := topShare >= mixedShare && c.total-c.letters[latinScript] >= mixedLetters
	switch {
	case latin.romanised > 0 && all.share(samleng.English) >= mixedShare && all.share(samleng.RomanisedKhmer)+khmerShare >= mixedShare:
		r.Language, r.Confidence = samleng.Mixed, 0.8
	case latinShare == 0 || topShare == 0:
		r.Language, r.Confidence = top, topShare
		if topShare == 0 {
			r.Language, r.Confidence = latin.language, latin.p
		}
	case latin.language == samleng.RomanisedKhmer && khmerShare > 0: // one language in two scripts
		r.Language, r.Confidence = samleng.Khmer, 0.9
	case !c.latinCounts(latinShare) && c.total-c.letters[latinScript] >= 2:
		r.Language, r.Confidence = top, max(topShare, 0.8)
	case othersCount && khmerShare >= mixedShare:
		r.Language, r.Confidence = samleng.Mixed, min(1, 0.5+2*min(latinShare, topShare))
	case othersCount && topShare >= latinShare:
		r.Language, r.Confidence = top, topShare
	default:
		r.Language, r.Confidence = latin.language, latin.p*latinShare
	}
	if khmerShare >= mixedShare && khmerShare <= 1-mixedShare && latinShare < mixedShare {
		// Khmer beside Thai, Chinese, ...
		r.Language, r.Confidence = samleng.Mixed, min(1, 0.5+2*min(khmerShare, 1-khmerShare))
	}
}

// latinCounts reports whether the Latin letters of a text in another script, with this
// share of all, are more than names.
func (c *counts) latinCounts(share float64) bool {
	if share < mixedShare {
		return false
	}
	return c.plainWords >= mixedWords || share >= evenShare && c.plainWords >= evenWords || c.words >= mixedCapitals
}
