package sentiment

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"samleng"
	"samleng/classifiers/model"
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
}

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
	l.grams = l.grams.WithWords()
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

// dense writes the inputs but those of the n-grams.
func (p *part) dense(x *[inputs]float64) {
	x[ruleScore] = p.score()
	x[rulePositive], x[ruleNegative] = p.good/(p.good+3), p.bad/(p.bad+3)
	x[bothSigns] = min(x[rulePositive], x[ruleNegative])
	if p.hits == 0 {
		x[noEntry] = 1
	}
	x[turnedGood], x[turnedBad] = p.turnedGood/(p.turnedGood+3), p.turnedBad/(p.turnedBad+3)
	x[lastEntry] = p.final / (2 + math.Abs(p.final))
	x[emojiScore] = p.emoji / (2 + math.Abs(p.emoji))
	if p.asks {
		x[asks] = 1
	}
	x[cries] = float64(p.cries) / float64(p.cries+1)
	x[length] = math.Log1p(float64(p.tokens)) / 5
}

// gramInputs writes what the n-grams say to expert e, and gives the value of each n-gram of
// the title and of the text.
func (p *part) gramInputs(x *[inputs]float64, m *model.Model, e int) (values [fields]float64) {
	inTitle, inText := &p.grams[e][title], &p.grams[e][text]
	value := float32(1 / math.Sqrt(float64(max(1, inTitle.total+inText.total)))) // as in training
	if p.length > wholeLength {
		value *= float32(math.Sqrt(wholeLength / float64(p.length))) // one sentence without an end
	}
	values[title], values[text] = float64(value), float64(value)
	if inTitle.total > 0 && inText.total > 0 {
		values[title] = float64(value * titleFactor)
	}
	var z [classes]float64
	for c, bias := range m.Bias() {
		z[c] = bias + m.Scale()*(values[title]*float64(inTitle.sums[c])+values[text]*float64(inText.sums[c]))
	}
	gramInputs(x, z[:])
	return values
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
