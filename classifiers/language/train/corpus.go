package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"samleng"

	"samleng/classifiers/language"
	"samleng/classifiers/romanise"
)

// labels maps the languages of the corpus to the values of the detector. Latin languages
// without a value of their own are trained as one class, other.
var labels = map[string][]string{
	"khm_Khmr": {"km"}, "eng_Latn": {"en"}, "vie_Latn": {"vi"}, "tha_Thai": {"th"}, "lao_Laoo": {"lo"}, "fra_Latn": {"fr"},
	"zho_Hans": {"zh"}, "zho_Hant": {"zh"}, "yue_Hant": {"zh"}, "jpn_Jpan": {"ja"}, "kor_Hang": {"ko"}, "mya_Mymr": {"my"},
	"shn_Mymr": {"shn"}, "rus_Cyrl": {"ru"}, "arb_Arab": {"ar"}, "hin_Deva": {"hi"}, "ben_Beng": {"bn"},
	"ind_Latn": {"id"}, "zsm_Latn": {"ms"}, "tgl_Latn": {"tl"}, "deu_Latn": {"de"}, "spa_Latn": {"es"}, "por_Latn": {"pt"},
	"ita_Latn": {"it"}, "nld_Latn": {"nl"}, "tur_Latn": {"tr"}, "jav_Latn": {"other"}, "sun_Latn": {"other"}, "ceb_Latn": {"other"},
}

// shortRunes is the length of the pieces that short posts are measured with.
const shortRunes = 25

type corpus struct {
	train []language.Example
	tests []testSet
}

// readCorpus reads what the model learns from and what it is measured with. A language of
// leftOut is measured as an unknown one. With words the romanised test sentences have only words
// that no training sentence has in any spelling, else spellings that none has.
func readCorpus(dir string, leftOut []string, seed uint64, words bool) (*corpus, error) {
	c := &corpus{}
	err := eachRow(filepath.Join(dir, "language", "train.tsv"), func(row []string) {
		if l := labels[row[0]]; len(l) > 0 && strings.HasSuffix(row[0], "_Latn") && !slices.Contains(leftOut, row[0]) {
			if l[0] != samleng.English {
				c.train = append(c.train, language.Example{Language: l[0], Text: row[1]}) // there is far less of it
			}
			c.train = append(c.train, language.Example{Language: l[0], Text: row[1]})
		}
	})
	if err != nil {
		return nil, err
	}
	for _, file := range []string{"en_train.tsv", "en_editorials_dev.tsv"} { // for their words; the labels are of no interest
		err := eachRow(filepath.Join(dir, "sentiment", file), func(row []string) {
			c.train = append(c.train, language.Example{Language: "en", Text: row[len(row)-1]})
		})
		if err != nil {
			return nil, err
		}
	}
	if err := c.addPlaces(dir, seed); err != nil {
		return nil, err
	}
	if err := c.readTests(dir, leftOut); err != nil {
		return nil, err
	}
	return c, c.addRomanised(dir, seed, words)
}

// addPlaces adds English texts with Cambodian places put between their words, which are
// Khmer words in Latin letters and yet no sign of romanised Khmer.
func (c *corpus) addPlaces(dir string, seed uint64) error {
	b, err := os.ReadFile(filepath.Join(dir, "places", "cambodia_address.json"))
	if err != nil {
		return fmt.Errorf("read corpus: %w", err)
	}
	var places struct {
		Provinces, Districts []struct {
			English string `json:"en"`
		}
	}
	if err := json.Unmarshal(b, &places); err != nil {
		return fmt.Errorf("read corpus: places: %w", err)
	}
	names := slices.Concat(places.Provinces, places.Districts)
	if len(names) == 0 {
		return errors.New("read corpus: no places")
	}
	rnd := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // has to be reproducible, not secret
	for _, e := range c.train {
		if e.Language != "en" || rnd.IntN(4) != 0 {
			continue
		}
		words := strings.Fields(e.Text)
		for range 1 + rnd.IntN(2) {
			words = slices.Insert(words, rnd.IntN(len(words)+1), names[rnd.IntN(len(names))].English)
		}
		c.train = append(c.train, language.Example{Language: "en", Text: strings.Join(words, " ")})
	}
	return nil
}

// readTests reads the development sets.
func (c *corpus) readTests(dir string, leftOut []string) error {
	sets := make(map[string]*testSet)
	var order []string
	err := eachRow(filepath.Join(dir, "language", "dev.tsv"), func(row []string) {
		s := sets[row[0]]
		if s == nil {
			s = &testSet{name: row[0], want: labels[row[0]]}
			if slices.Contains(leftOut, row[0]) {
				s.name = "unknown " + row[0]
			}
			sets[row[0]] = s
			order = append(order, row[0])
		}
		s.texts = append(s.texts, row[1])
	})
	if err != nil {
		return err
	}
	for _, name := range order {
		c.tests = append(c.tests, *sets[name])
	}
	for _, name := range []string{"khm_Khmr", "eng_Latn", "vie_Latn", "lao_Laoo", "fra_Latn", "zho_Hans", "tha_Thai"} {
		short := testSet{name: name + " short", want: sets[name].want}
		for _, t := range sets[name].texts {
			short.texts = append(short.texts, head(t, shortRunes))
		}
		c.tests = append(c.tests, short)
	}
	for name, file := range map[string]string{"tweets": "en_dev.tsv"} {
		s := testSet{name: name, want: []string{"en"}}
		if err := eachRow(filepath.Join(dir, "sentiment", file), func(row []string) { s.texts = append(s.texts, row[1]) }); err != nil {
			return err
		}
		c.tests = append(c.tests, s)
	}
	s := testSet{name: "Khmer news and talk", want: []string{"km"}}
	if err := eachRow(filepath.Join(dir, "sentiment", "km_dev.tsv"), func(row []string) { s.texts = append(s.texts, row[1]) }); err != nil {
		return err
	}
	c.tests = append(c.tests, s)
	return nil
}

// head gives the first words of text that fit in n characters, or the first n characters.
func head(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	cut := string([]rune(text)[:n])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return cut
}

// eachRow calls f with the columns of each row of a TSV file but the header.
func eachRow(path string, f func(row []string)) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read corpus: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	for lines.Scan() {
		if row := strings.Split(lines.Text(), "\t"); len(row) >= 2 {
			f(row)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read corpus: %w", err)
	}
	return nil
}

// heldOut reports whether a text is in the tenth that is not trained on.
func heldOut(text string) bool { return tenth(text) == 0 }

// tenth gives 0 to 9 for a text, always the same.
func tenth(text string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text))
	return h.Sum32() % 10
}

// trainRomanised and testRomanised are the numbers of romanised sentences.
const (
	trainRomanised = 8000
	testRomanised  = 1000
)

// addRomanised writes the Khmer sentences of the segmentation corpus in Latin letters, word
// by word: nobody collects real ones. A tenth of the spellings is kept for the test
// sentences, which use them for half of their words.
func (c *corpus) addRomanised(dir string, seed uint64, words bool) error {
	spell := speller{known: romanise.New(), unseen: romanise.New(), rnd: rand.New(rand.NewPCG(seed, 2)), words: words} //nolint:gosec // as above
	for _, file := range []string{"romanised_words.tsv", "romanised_pairs.tsv"} {
		err := eachRow(filepath.Join(dir, "language", file), func(row []string) {
			for roman := range strings.SplitSeq(row[1], ",") {
				spell.add(strings.Trim(row[0], "\u200b "), strings.TrimSpace(roman))
			}
		})
		if err != nil {
			return err
		}
	}
	var train, test [][]string
	err := eachRow(filepath.Join(dir, "segmentation", "train.tsv"), func(row []string) {
		words := strings.Fields(row[1])
		if heldOut(row[1]) {
			test = append(test, words)
		} else {
			train = append(train, words)
		}
	})
	if err != nil {
		return err
	}
	spell.rnd.Shuffle(len(train), func(i, j int) { train[i], train[j] = train[j], train[i] })
	for _, words := range train {
		if text := spell.sentence(words, false); text != "" && len(c.train) > 0 {
			c.train = append(c.train, language.Example{Language: samleng.RomanisedKhmer, Text: text})
			if spell.written++; spell.written == trainRomanised {
				break
			}
		}
	}
	long := testSet{name: "romanised Khmer", want: []string{samleng.RomanisedKhmer}}
	short := testSet{name: "romanised short", want: long.want}
	for _, words := range test {
		if text := spell.sentence(words, true); text != "" && len(long.texts) < testRomanised {
			long.texts = append(long.texts, text)
			short.texts = append(short.texts, head(text, shortRunes))
		}
	}
	c.tests = append(c.tests, long, short)
	return nil
}
