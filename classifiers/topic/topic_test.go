package topic_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"samleng"
	"samleng/classifiers/topic"
)

// definitions are small enough to reckon scores by hand.
func definitions() []topic.Definition {
	return []topic.Definition{
		{
			ID: "land", Name: topic.Name{Khmer: "ដីធ្លី", English: "Land"},
			Terms: topic.Terms{Khmer: []string{"ដីធ្លី", "ប្លង់រឹង"}, English: []string{"land dispute", "eviction", "title"}, Romanised: []string{"dey thli"}},
			Weak:  topic.Terms{English: []string{"land", "plot", "concession"}},
			Not:   topic.Terms{English: []string{"land mine", "title page"}, Khmer: []string{"ផែនដី"}},
		},
		{
			ID: "health", Name: topic.Name{Khmer: "សុខាភិបាល", English: "Health"},
			Terms: topic.Terms{Khmer: []string{"មន្ទីរពេទ្យ"}, English: []string{"hospital", "health centre", "land mine injury", "surgery"}},
		},
	}
}

func classifier(t testing.TB) *topic.Classifier {
	t.Helper()
	c, err := topic.NewRules(definitions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ids(topics []samleng.Topic) []string {
	names := make([]string, len(topics))
	for i := range topics {
		names[i] = topics[i].ID
	}
	return names
}

// filler is 150 words about nothing, so that a text is neither short nor long.
var filler = strings.Repeat(" lorem", 150)

func TestClassify(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	for _, test := range []struct {
		name, title, text string
		want              []string
	}{
		{"nothing", "", "", []string{}},
		{"off every topic", "A day at the sea", "We swam.", []string{}},
		{"one term in a short post", "", "An eviction this morning", []string{"land"}},
		{"one term in the title", "Eviction", filler, []string{"land"}},
		{"one term in a long text", "", "eviction" + filler, []string{}},
		{"two terms in a long text", "", "eviction, land dispute" + filler, []string{"land"}},
		{"one term many times in a long text", "", strings.Repeat("eviction ", 50) + filler, []string{}},
		{"two terms in a very long text", "", "eviction, land dispute" + strings.Repeat(filler, 5), []string{}},
		{"one weak term in a short post", "", "They bought land", []string{}},
		{"two weak terms in a short post", "", "They bought a plot of land", []string{"land"}},
		{"plural", "", "Two evictions", []string{"land"}},
		{"plural in -ies", "", "Both surgeries went well", []string{"health"}},
		{"part of a word", "", "The island was landing", []string{}},
		{"khmer", "", "ពិភាក្សាអំពីដីធ្លីក្នុងភូមិ", []string{"land"}},
		{"khmer and english", "", "មន្ទីរពេទ្យ near the land dispute", []string{"health", "land"}},
		{"romanised", "", "bonhaha dey thli", []string{"land"}},
		{"not", "", "The title page of a book on land mines", []string{}},
		{"a longer term of another topic hides a shorter one", "", "A land mine injury", []string{"health"}},
		{"a topic far behind the first is dropped", "Hospital: surgery at the health centre", "Hospital. An eviction.", []string{"health"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := c.Classify(test.title, test.text, "")
			if got == nil || !slices.Equal(ids(got), test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestScoreAndEvidence(t *testing.T) {
	t.Parallel()
	// Mass 2·1 (title) + 2·1 (short text) = 4, need 2.
	got := classifier(t).Classify("ដីធ្លី: eviction", "Evictions at the village, land.", "")
	if len(got) != 1 || got[0].ID != "land" {
		t.Fatalf("got %v", got)
	}
	// Title 2+2, text 2·(1/4 repeated eviction, whose plural is the same term, + 1/2 weak land) = 1.5.
	if want := 5.5 / 7.5; got[0].Score < want-1e-9 || got[0].Score > want+1e-9 {
		t.Errorf("score %v, want %v", got[0].Score, want)
	}
	want := []samleng.Evidence{
		{Text: "ដីធ្លី", Field: "title", Start: 0, End: 18, Weight: 2, Reason: "ដីធ្លី"},
		{Text: "eviction", Field: "title", Start: 20, End: 28, Weight: 2, Reason: "eviction"},
		{Text: "Evictions", Field: "text", Start: 0, End: 9, Weight: 0.25, Reason: "eviction"},
		{Text: "land", Field: "text", Start: 26, End: 30, Weight: 0.5, Reason: "land"},
	}
	if !slices.Equal(got[0].Evidence, want) {
		t.Errorf("evidence %+v, want %+v", got[0].Evidence, want)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	valid := definitions()[0]
	for _, test := range []struct {
		name   string
		change func(*topic.Definition)
		want   string
	}{
		{"bad id", func(d *topic.Definition) { d.ID = "Land use" }, `topics[1].id: "Land use": want lower-case letters`},
		{"id twice", func(d *topic.Definition) { d.ID = "health" }, `topics[1].id: "health" is defined twice`},
		{"no name", func(d *topic.Definition) { d.Name.Khmer = " " }, "topics[1].name: a Khmer and an English name"},
		{"no terms", func(d *topic.Definition) { d.Terms = topic.Terms{} }, `topics[1].terms: topic "land" has neither terms nor rules`},
		{"empty term", func(d *topic.Definition) { d.Weak.Khmer = []string{""} }, "topics[1].weak.km[0]: the term is empty"},
		{"space around", func(d *topic.Definition) { d.Weak.Khmer = []string{"ដី "} }, "begins or ends with a space"},
		{"not canonical", func(d *topic.Definition) { d.Weak.Khmer = []string{"បណ្ដឹង"} }, `write it as "បណ្តឹង"`},
		{"term twice", func(d *topic.Definition) { d.Not.English = []string{"Land-Dispute"} }, `topics[1].not.en[0]: "Land-Dispute" is already there as topics[1].terms.en[0]`},
		{"only a link", func(d *topic.Definition) { d.Weak.English = []string{"www.land.example"} }, "holds a web address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := valid
			test.change(&d)
			err := topic.Validate([]topic.Definition{definitions()[1], d})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if _, ok := errors.AsType[*samleng.KeyError](err); err != nil && !ok {
				t.Errorf("%v holds no KeyError", err)
			}
			if _, err := topic.NewRules([]topic.Definition{definitions()[1], d}, nil); err == nil {
				t.Error("New accepts what Validate does not")
			}
		})
	}
	if err := topic.Validate(nil); err == nil {
		t.Error("no topics at all are accepted")
	}
	if err := topic.Validate(definitions()); err != nil {
		t.Error(err)
	}
}

// FuzzClassify checks that evidence is what stands at its offsets and scores are in range.
func FuzzClassify(f *testing.F) {
	f.Add("ដីធ្លី", "land dispute eviction")
	f.Add("Land's\x00end", "ដី\u200bធ្លី evictions-eviction’s \xe1\x9e")
	c := classifier(f)
	f.Fuzz(func(t *testing.T, title, text string) {
		last := 1.0
		for _, found := range c.Classify(title, text, "") {
			if found.Score < 0.5 || found.Score > last {
				t.Errorf("%s: score %v after %v", found.ID, found.Score, last)
			}
			last = found.Score
			if len(found.Evidence) == 0 || len(found.Evidence) > topic.MaxEvidence {
				t.Errorf("%s: %d pieces of evidence", found.ID, len(found.Evidence))
			}
			for _, e := range found.Evidence {
				if of := map[string]string{"title": title, "text": text}[e.Field]; of[e.Start:e.End] != e.Text {
					t.Errorf("%+v is not what stands there", e)
				}
			}
		}
	})
}

// TestRules tries words in company, forms by stem and other romanised spellings.
func TestRules(t *testing.T) {
	t.Parallel()
	c, err := topic.NewRules([]topic.Definition{{
		ID: "rent", Name: topic.Name{Khmer: "ជួល", English: "Rent"},
		Terms: topic.Terms{English: []string{"evict", "=arms"}, Romanised: []string{"thlai chuol"}},
		Rules: []topic.Rule{
			{Near: []string{"rent | lease", "raise"}, Within: 2},
			{All: []string{"landlord", "tenant"}, None: []string{"joke"}},
			{Near: []string{"room", "room | bed"}},
		},
		None: topic.Terms{English: []string{"rent a car"}},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"They raise the rent":                             true,
		"The lease was raised":                            true,
		"They raise pigs on the land that they rent":      false, // too far
		"The landlord met us, the tenants":                true,
		"The landlord and the tenant: a joke":             false,
		"We were evicted":                                 true,
		"evictions again":                                 true,
		"He was armed":                                    false,
		"He took up arms":                                 true,
		"tlai chuol":                                      true,
		"evicted, so we rent a car":                       false,
		"A room":                                          false, // one word is no company for itself
		"A room, a bed":                                   true,
		"Two rooms, one beside the other room":            true,
		"The landlord is here":                            false,
		"Raise it. Many words later someone will rent it": false,
	} {
		if got := len(c.Classify("", text, "")) > 0; got != want {
			t.Errorf("%q: topic found %v, want %v: %+v", text, got, want, c.Explain("", text, ""))
		}
	}
}
