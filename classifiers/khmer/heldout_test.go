package khmer

import (
	"bufio"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samleng/internal/dataset"
)

// dataFile opens a file of the shared data, or skips the test where there is none.
func dataFile(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(dataset.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// cut is what became of one sentence: words in the gold and found, words and inner boundaries
// that are in both.
type cut struct{ gold, found, right, boundaries int }

// figures gives the F1 of the words and of the boundaries inside the sentences.
func figures(all []cut) (word, boundary float64) {
	var sum cut
	for _, c := range all {
		sum.gold += c.gold
		sum.found += c.found
		sum.right += c.right
		sum.boundaries += c.boundaries
	}
	return 2 * float64(sum.right) / float64(sum.gold+sum.found), 2 * float64(sum.boundaries) / float64(sum.gold+sum.found-2*len(all))
}

// TestHeldOutSentences holds the embedded model to its figures on the tenth of the corpus
// that it was not trained on, compounds joined.
func TestHeldOutSentences(t *testing.T) {
	t.Parallel()
	const wordFloor, boundaryFloor = 0.965, 0.985
	s := newSegmenter(t)
	lines := bufio.NewScanner(dataFile(t, filepath.Join("segmentation", "train.tsv")))
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	join := strings.NewReplacer("_", "", "~", "", "^", "")
	var all []cut
	for lines.Scan() {
		_, tokens, _ := strings.Cut(lines.Text(), "\t")
		words := strings.Fields(join.Replace(tokens))
		text := strings.Join(words, "")
		h := fnv.New32a()
		_, _ = h.Write([]byte(text))
		if h.Sum32()%10 != 0 {
			continue
		}
		ends := s.AppendWords(nil, text)
		covers(t, text, ends)
		c := cut{gold: len(words), found: len(ends)}
		at, start := 0, make(map[int]int, len(words)) // start of the gold word by its end
		for _, w := range words {
			start[at+len(w)] = at
			at += len(w)
		}
		last := 0
		for _, end := range ends {
			if from, ok := start[end]; ok {
				if end != at {
					c.boundaries++
				}
				if from == last {
					c.right++
				}
			}
			last = end
		}
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	word, boundary := figures(all)
	words, boundaries := make([]float64, 1000), make([]float64, 1000)
	rnd := rand.New(rand.NewPCG(1, 1))
	again := make([]cut, len(all))
	for i := range words {
		for j := range again {
			again[j] = all[rnd.IntN(len(all))]
		}
		words[i], boundaries[i] = figures(again)
	}
	slices.Sort(words)
	slices.Sort(boundaries)
	t.Logf("%d sentences: word F1 %.4f (%.4f-%.4f), boundary F1 %.4f (%.4f-%.4f)",
		len(all), word, words[25], words[974], boundary, boundaries[25], boundaries[974])
	if word < wordFloor || boundary < boundaryFloor {
		t.Errorf("word F1 %.4f, want %v; boundary F1 %.4f, want %v", word, wordFloor, boundary, boundaryFloor)
	}
}

// TestNormaliseNews holds that normal text is left alone: news articles hardly change, and no change is seen.
func TestNormaliseNews(t *testing.T) {
	t.Parallel()
	lines := bufio.NewScanner(dataFile(t, filepath.Join("sentiment", "km_dev.tsv")))
	lines.Buffer(nil, 1<<20)
	rows, changed := 0, 0
	for lines.Scan() {
		s := lines.Text()
		n := Normalise(s)
		if n != s {
			changed++
		}
		if again := Normalise(n); again != n {
			t.Fatalf("%q gives %q, then %q", s, n, again)
		}
		rows++
	}
	t.Logf("%d of %d rows change", changed, rows)
}
