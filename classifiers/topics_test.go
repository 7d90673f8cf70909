package classifiers_test

import (
	"slices"
	"testing"

	"samleng/classifiers/khmer"
	"samleng/classifiers/language"
	"samleng/classifiers/topic"
	"samleng/internal/config"
)

// topics loads the topics that the program ships with.
func topics(t testing.TB) []topic.Definition {
	t.Helper()
	defs, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	return defs
}

func TestShippedTopics(t *testing.T) {
	t.Parallel()
	want := []string{
		"public-order", "land", "roads-traffic", "water-electricity", "prices-markets", "jobs-labour", "public-services",
		"health", "education", "social-protection", "economy-business", "agriculture", "environment", "disasters",
		"governance-corruption", "elections-parties", "border-diplomacy", "technology-digital", "culture-sport", "migration",
	}
	defs := topics(t)
	if len(defs) != len(want) {
		t.Fatalf("%d topics, want %d", len(defs), len(want))
	}
	for i, d := range defs {
		if d.ID != want[i] {
			t.Errorf("topic %d is %q, want %q", i, d.ID, want[i])
		}
		if d.About == "" {
			t.Errorf("%s: nothing says what belongs there", d.ID)
		}
		if km, en, latin := len(d.Terms.Khmer), len(d.Terms.English), len(d.Terms.Romanised); km < 40 || en < 40 || latin < 8 {
			t.Errorf("%s: %d Khmer, %d English and %d romanised terms, want 40, 40 and 8", d.ID, km, en, latin)
		}
	}
}

// figures counts labels: of posts, given to posts, and both.
type figures struct{ wanted, got, right int }

func (f *figures) add(want, got []string) {
	f.wanted += len(want)
	f.got += len(got)
	for _, id := range got {
		if slices.Contains(want, id) {
			f.right++
		}
	}
}

func (f *figures) precision() float64 { return float64(f.right) / float64(max(1, f.got)) }
func (f *figures) recall() float64    { return float64(f.right) / float64(max(1, f.wanted)) }
func (f *figures) f1() float64        { return 2 * float64(f.right) / float64(max(1, f.got+f.wanted)) }

// TestTopicsOfWrittenPosts holds what was measured on the posts that the list of topics was
// tuned on, and the n-grams of the judge learnt; the floors are those of the list alone. What
// cross-validation says is held by TestClaimsOfWrittenPosts of internal/app, the figures on posts
// that nothing was tuned on by the Makefile's target eval; here they are logged.
func TestTopicsOfWrittenPosts(t *testing.T) {
	t.Parallel()
	c, err := topic.New(topics(t), segmenter(t))
	if err != nil {
		t.Fatal(err)
	}
	byLanguage, err := language.New(language.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []struct {
		file          string
		precision, f1 float64
	}{{"dev.jsonl", 0.88, 0.87}, {"test.jsonl", 0, 0}, {"test-2.jsonl", 0, 0}, {"test-3.jsonl", 0, 0}} {
		var all figures
		byForm := map[string]*figures{}
		for _, post := range readWrittenPosts(t, set.file) {
			got := []string{}
			title, text := khmer.Normalise(post.Title), khmer.Normalise(post.Text)
			for _, found := range c.Classify(title, text, byLanguage.Detect(title+"\n"+text).Language) {
				got = append(got, found.ID)
			}
			if byForm[post.Form] == nil {
				byForm[post.Form] = &figures{}
			}
			byForm[post.Form].add(post.Topics, got)
			all.add(post.Topics, got)
		}
		for form, f := range byForm {
			t.Logf("%s %s: precision %.3f, recall %.3f, F1 %.3f", set.file, form, f.precision(), f.recall(), f.f1())
		}
		t.Logf("%s: precision %.3f, recall %.3f, F1 %.3f over %d labels", set.file, all.precision(), all.recall(), all.f1(), all.wanted)
		if all.precision() < set.precision || all.f1() < set.f1 {
			t.Errorf("%s: precision %.3f, F1 %.3f: want at least %.2f and %.2f", set.file, all.precision(), all.f1(), set.precision, set.f1)
		}
	}
}
