package sentiment

import (
	"testing"

	"samleng"
)

// TestRated holds what the model says of posts that were written in the manner of VADER's rated
// tweets, before the model was changed to suit such: hardly any is neutral, and words speak
// plainly. VADER's own rules get .901 of them right, and .911 of the tweets.
func TestRated(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	got := measure(readLabelled(t, "testdata/rated.tsv"), func(text string) samleng.Label { return c.Classify("", text, samleng.English).Label })
	t.Logf("accuracy %.3f, macro-F1 %.3f, %v", got.accuracy, got.macroF1, got.confusion)
	if got.accuracy < 0.92 || got.macroF1 < 0.80 {
		t.Errorf("accuracy %.3f, macro-F1 %.3f: want at least .92 and .80", got.accuracy, got.macroF1)
	}
}

// TestClearWords holds that words which speak clearly and with one voice decide.
func TestClearWords(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	for text, want := range map[string]samleng.Label{
		"Obama and Trump on Monday, awesome!!! :)":           samleng.Positive,
		"SO great, I love it":                                samleng.Positive,
		"wtf, this is the WORST :-(":                         samleng.Negative,
		"smh, what a stupid game":                            samleng.Negative,
		"the office is open on Monday":                       samleng.Neutral,
		"lol that made my day <3":                            samleng.Positive,
		"ugh, stuck in traffic again, I am so fed up >:-(":   samleng.Negative,
		"not happy at all, terrible service, never again ):": samleng.Negative,
	} {
		if got := c.Classify("", text, samleng.English); got.Label != want {
			t.Errorf("%q is %s, want %s (%+v)", text, got.Label, want, got)
		}
	}
}
