package language

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samleng"

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

// rows reads the columns of a TSV file but its header.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	lines := bufio.NewScanner(dataFile(t, name))
	lines.Buffer(nil, 1<<20)
	lines.Scan()
	var out [][]string
	for lines.Scan() {
		out = append(out, strings.Split(lines.Text(), "\t"))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDevelopmentSentences holds the detector to its figures, without lingua.
func TestDevelopmentSentences(t *testing.T) {
	t.Parallel()
	d := newDetector(t, false)
	want := map[string]string{
		"khm_Khmr": "km", "eng_Latn": "en", "vie_Latn": "vi", "tha_Thai": "th", "lao_Laoo": "lo", "fra_Latn": "fr", "zho_Hans": "zh",
		"jpn_Jpan": "ja", "kor_Hang": "ko", "mya_Mymr": "my",
	}
	right, total := make(map[string]int), make(map[string]int)
	for _, row := range rows(t, filepath.Join("language", "dev.tsv")) {
		code, ok := want[row[0]]
		if !ok {
			continue
		}
		total[row[0]]++
		if got := d.Detect(row[1]); got.Language == code {
			right[row[0]]++
		} else {
			t.Logf("%s is %+v: %s", row[0], got, row[1])
		}
	}
	if len(total) != len(want) {
		t.Fatalf("languages %v, want those of %v", total, want)
	}
	for lang, n := range total {
		if right[lang] < n-1 { // 99 sentences each
			t.Errorf("%s: %d of %d", lang, right[lang], n)
		}
	}
}

// TestTweets holds that English posts are English, and never romanised Khmer.
func TestTweets(t *testing.T) {
	t.Parallel()
	d := newDetector(t, true)
	english, romanised, asked, total := 0, 0, 0, 0
	for _, row := range rows(t, filepath.Join("sentiment", "en_dev.tsv")) {
		r := d.Detect(row[1])
		total++
		switch r.Language {
		case "en":
			english++
		case samleng.RomanisedKhmer:
			romanised++
		}
		if r.Asked {
			asked++
		}
	}
	t.Logf("%d of %d English, %d romanised Khmer, lingua asked about %d", english, total, romanised, asked)
	if english < total*997/1000 || romanised > total/1000 || asked > total/50 {
		t.Error("more than 0.3 % are not English, 0.1 % are romanised Khmer, or lingua is asked about 2 %")
	}
}

// TestRomanisedWords puts single spellings of the word list together in fives.
func TestRomanisedWords(t *testing.T) {
	t.Parallel()
	d := newDetector(t, false)
	var words []string
	for _, row := range rows(t, filepath.Join("language", "romanised_pairs.tsv")) {
		words = append(words, strings.Split(row[1], ",")...)
	}
	right, total := 0, 0
	for i := 0; i+5 <= len(words); i += 5 {
		total++
		if d.Detect(strings.Join(words[i:i+5], " ")).Language == samleng.RomanisedKhmer {
			right++
		}
	}
	t.Logf("%d of %d", right, total)
	if right < total*97/100 {
		t.Errorf("%d of %d are found", right, total)
	}
}
