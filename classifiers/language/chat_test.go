package language

import (
	"os"
	"strings"
	"testing"

	"samleng"
)

// TestChat holds the detector to chat lines in romanised Khmer, English with Khmer names and
// loan words, and both in one line. They were written by hand, with none of the spelling
// tables that the training sentences are made from, and were read once before anything was
// changed for them: see docs/models/language.md.
func TestChat(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("testdata/chat.tsv")
	if err != nil {
		t.Fatal(err)
	}
	d := newDetector(t, false)
	right, total := make(map[string]int), make(map[string]int)
	romanised := 0 // English lines taken for romanised Khmer
	for line := range strings.Lines(string(table)) {
		label, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if label == "label" {
			continue
		}
		total[label]++
		got := d.Detect(text).Language
		if got == label {
			right[label]++
		} else {
			t.Logf("%s taken for %s: %s", label, got, text)
		}
		if label == samleng.English && got == samleng.RomanisedKhmer {
			romanised++
		}
	}
	t.Logf("right %v of %v", right, total)
	if total[samleng.RomanisedKhmer] < 150 || right[samleng.RomanisedKhmer]*100 < total[samleng.RomanisedKhmer]*97 {
		t.Errorf("romanised Khmer: %d of %d", right[samleng.RomanisedKhmer], total[samleng.RomanisedKhmer])
	}
	if right[samleng.English]*100 < total[samleng.English]*90 || romanised > 1 {
		t.Errorf("English: %d of %d, %d taken for romanised Khmer", right[samleng.English], total[samleng.English], romanised)
	}
	if right[samleng.Mixed]*100 < total[samleng.Mixed]*80 {
		t.Errorf("mixed: %d of %d", right[samleng.Mixed], total[samleng.Mixed])
	}
}
