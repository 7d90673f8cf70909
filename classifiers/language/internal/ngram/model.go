package ngram

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// MaxClasses is the largest number of classes of a model.
const MaxClasses = 14

// The table is made of lines of 64 bytes: slots 16-bit tags, then slots rows of
// 8-bit weights, one for each class.
const (
	lineBytes = 64
	slots     = 4
	tagBytes  = 2
)

const (
	magic   = "LNGM"
	version = 1
	// headerBytes is magic, version, log2 of the number of lines, number of classes, a
	// zero, the scale of the weights, their biases, and the names of the classes.
	headerBytes = 8 + 4 + 4*MaxClasses + 8*MaxClasses
)

// Model is a trained model. It is immutable and safe for concurrent use.
type Model struct {
	classes []string
	biases  [MaxClasses]float32
	scale   float64 // of a weight
	lines   []byte
	shift   uint
	words   *words
}

// Decode reads the form that Train gives. It keeps b.
func Decode(b []byte) (*Model, error) {
	if len(b) < headerBytes || string(b[:4]) != magic {
		return nil, errors.New("not a language model")
	}
	if b[4] != version {
		return nil, fmt.Errorf("language model of version %d: this program reads version %d", b[4], version)
	}
	lineBits, classes := uint(b[5]), int(b[6])
	if lineBits < 1 || lineBits > 24 || classes < 2 || classes > MaxClasses || len(b) != headerBytes+lineBytes<<lineBits {
		return nil, fmt.Errorf("language model of %d bytes is truncated or damaged", len(b))
	}
	m := &Model{lines: b[headerBytes:], shift: 64 - lineBits}
	m.scale = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[8:])))
	for i := range classes {
		m.biases[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[12+4*i:]))
		name := b[12+4*MaxClasses+8*i:][:8]
		m.classes = append(m.classes, strings.TrimRight(string(name), "\x00"))
	}
	m.words = newWords(m)
	return m, nil
}

// Classes gives the names of the classes, in the order of the probabilities. It is not to
// be changed.
func (m *Model) Classes() []string { return m.classes }

// Verdict is what a model says of a text.
type Verdict struct {
	P     [MaxClasses]float64 // probability of each class; zero past the last
	Best  int                 // the class with the highest probability
	Grams int                 // features that the text has
	Lead  float64             // log-odds of the best class over the mean of the others, for each feature
}

// Classify says which class the text is in that m has read.
func (m *Model) Classify(t *Text) Verdict {
	v := Verdict{Grams: t.total}
	sums := m.sums(t)
	top := math.Inf(-1)
	for i := range m.classes {
		v.P[i] = float64(m.biases[i]) + float64(sums[i])*m.scale
		if v.P[i] > top {
			top, v.Best = v.P[i], i
		}
	}
	mean := 0.0
	for i := range m.classes {
		if i != v.Best {
			mean += v.P[i] / float64(len(m.classes)-1)
		}
	}
	v.Lead = (top - mean) / float64(max(1, v.Grams))
	total := 0.0
	for i := range m.classes {
		v.P[i] = math.Exp(v.P[i] - top)
		total += v.P[i]
	}
	for i := range m.classes {
		v.P[i] /= total
	}
	return v
}

// Scores gives what the features of a text that m has read say for each class, in nats and without
// its bias: only the differences between classes mean something.
func (m *Model) Scores(t *Text) (scores [MaxClasses]float64) {
	sums := m.sums(t)
	for i := range m.classes {
		scores[i] = float64(sums[i]) * m.scale
	}
	return scores
}

// Four 16-bit lanes, each of which takes the weight of one class from a row.
const (
	lanes     = 0x0001_0001_0001_0001
	lowBytes  = 0x00FF * lanes
	highBits  = 0x8000 * lanes
	laneRows  = 1<<16/256 - 1 // rows that a lane can add up before it overflows
	zeroPoint = 128           // a weight is stored with this added, so that it is never negative
)

// sums adds up the rows of the features of a text.
func (m *Model) sums(t *Text) (sums [MaxClasses]int32) {
	m.sum(&sums, t.grams)
	m.words.add(&sums, t.words)
	return sums
}

// sum adds the rows of features to sums, eight classes at a time.
func (m *Model) sum(sums *[MaxClasses]int32, grams []uint64) {
	for len(grams) > 0 {
		n := min(len(grams), laneRows)
		var even, odd, even2, odd2 uint64
		known := 0
		for _, h := range grams[:n] {
			at := int(h>>m.shift) * lineBytes
			line := (*[lineBytes]byte)(m.lines[at : at+lineBytes])
			// A lane of x is zero where the tag matches; the lowest such lane is exact.
			x := binary.LittleEndian.Uint64(line[:]) ^ uint64(tagOf(h))*lanes
			match := (x - lanes) &^ x & highBits
			// No branch: whether a feature is in the table cannot be guessed, and after a
			// wrong guess the look-ups would wait for one another.
			found := (match | -match) >> 63
			known += int(found)
			row := slots*tagBytes + bits.TrailingZeros64(match|1<<63)/16*MaxClasses
			a := binary.LittleEndian.Uint64(line[row:]) & -found
			b := binary.LittleEndian.Uint64(line[row+MaxClasses-8:]) >> 16 & -found
			even += a & lowBytes
			odd += a >> 8 & lowBytes
			even2 += b & lowBytes
			odd2 += b >> 8 & lowBytes
		}
		for i := range sums {
			lane := [4]uint64{even, odd, even2, odd2}[i/8*2+i%2] >> (i % 8 / 2 * 16) & 0xFFFF
			sums[i] += int32(lane) - int32(known*zeroPoint)
		}
		grams = grams[n:]
	}
}

// tagOf gives the tag of a feature; 0 marks an empty slot.
func tagOf(h uint64) uint16 {
	if t := uint16(h); t != 0 {
		return t
	}
	return 1
}
