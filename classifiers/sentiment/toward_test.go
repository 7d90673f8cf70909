package sentiment

import (
	"strings"
	"testing"

	"samleng"
)

// about makes a topic whose evidence is every place where one of the words stands.
func about(t *testing.T, id, title, text string, words ...string) samleng.Topic {
	t.Helper()
	topic := samleng.Topic{ID: id}
	for _, word := range words {
		found := false
		for field, in := range map[string]string{"title": title, "text": text} {
			for at := 0; ; {
				i := strings.Index(in[at:], word)
				if i < 0 {
					break
				}
				at += i
				topic.Evidence = append(topic.Evidence, samleng.Evidence{Text: word, Field: field, Start: at, End: at + len(word)})
				at += len(word)
				found = true
			}
		}
		if !found {
			t.Fatalf("%q is not in the post", word)
		}
	}
	return topic
}

func TestTowardEachTopic(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	for _, test := range []struct {
		name, language, title, text string
		a                           []string // words of the first topic
		wantA                       samleng.Label
		b                           []string
		wantB                       samleng.Label
	}{
		{
			"km, two sentences", "km", "", "សាលារៀនថ្មីល្អណាស់ គ្រូបង្រៀនយកចិត្តទុកដាក់ណាស់។ ប៉ុន្តែដាច់ភ្លើងញឹកញាប់ពេក ធុញទ្រាន់ណាស់ អាក្រក់ណាស់។",
			[]string{"សាលារៀន", "គ្រូ"},
			samleng.Positive,
			[]string{"ដាច់ភ្លើង"},
			samleng.Negative,
		},
		{
			"km, lines are sentences", "km", "", "មន្ទីរពេទ្យបម្រើសេវាបានល្អប្រសើរ អរគុណគ្រូពេទ្យ\nផ្លូវខូចខ្លាំង គ្រោះថ្នាក់ណាស់ មិនមានអ្នកជួសជុល",
			[]string{"មន្ទីរពេទ្យ"},
			samleng.Positive,
			[]string{"ផ្លូវ"},
			samleng.Negative,
		},
		{
			"km, the next sentence refers back", "km", "", "ថ្ងៃនេះខ្ញុំទៅមន្ទីរពេទ្យ។ ពួកគាត់ជួយបានល្អណាស់ ខ្ញុំសប្បាយចិត្តណាស់។ ផ្សារថ្លៃណាស់ ពិបាកណាស់ ទ្រាំមិនបានទេ។",
			[]string{"មន្ទីរពេទ្យ"},
			samleng.Positive,
			[]string{"ផ្សារ"},
			samleng.Negative,
		},
		{
			"en, two sentences", "en", "", "The new school is wonderful and the teachers are kind. The road is terrible, dangerous and nobody repairs it.",
			[]string{"school", "teachers"},
			samleng.Positive,
			[]string{"road"},
			samleng.Negative,
		},
		{
			"en, the next sentence refers back", "en", "", "I went to the hospital today. They were wonderful, kind and helpful. The market prices are awful, we suffer.",
			[]string{"hospital"},
			samleng.Positive,
			[]string{"market", "prices"},
			samleng.Negative,
		},
		{
			"en, an exclamation belongs to what it follows", "en", "", "No power since morning in our village. Awful! The clinic staff are very kind, thank you, great work.",
			[]string{"power"},
			samleng.Negative,
			[]string{"clinic"},
			samleng.Positive,
		},
		{
			"en, the title is a sentence", "en", "Corruption scandal is a disgrace", "The new bridge is great news, everybody is happy and proud.",
			[]string{"Corruption"},
			samleng.Negative,
			[]string{"bridge"},
			samleng.Positive,
		},
		{
			"mixed", "mixed", "", "Internet speed ល្អណាស់ very happy thank you so much។\nតែ traffic jam ខ្លាំងណាស់ terrible, ធុញទ្រាន់ណាស់ hate it!",
			[]string{"Internet"},
			samleng.Positive,
			[]string{"traffic"},
			samleng.Negative,
		},
		{
			"romanised", "km-Latn", "", "sala la'or nas.\nplov khoch nas, ot la'or te.",
			[]string{"sala"},
			samleng.Positive,
			[]string{"plov"},
			samleng.Negative,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			topics := []samleng.Topic{about(t, "a", test.title, test.text, test.a...), about(t, "b", test.title, test.text, test.b...)}
			p := c.vocabulary.Read(test.title, test.text)
			defer p.Release()
			c.ClassifyPost(p, test.language, topics)
			for i, want := range []samleng.Label{test.wantA, test.wantB} {
				got := topics[i].Sentiment
				if got.Label != want {
					t.Errorf("topic %s: %+v, want %s", topics[i].ID, got, want)
				}
				if got.Score < -1 || got.Score > 1 || got.Confidence < 0 || got.Confidence > 1 {
					t.Errorf("topic %s: %+v is out of range", topics[i].ID, got)
				}
			}
		})
	}
}

// TestTowardTheOnlySentence holds that a topic of the whole post has the finding on the post.
func TestTowardTheOnlySentence(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	for _, test := range []struct{ language, text, word string }{
		{"km", "សេវានៅមន្ទីរពេទ្យល្អណាស់ អរគុណ", "មន្ទីរពេទ្យ"},
		{"en", "The hospital is good", "hospital"},
		{"en", "The hospital is good. The hospital is big.", "hospital"},
		{"fr", "Bonjour hospital", "hospital"},
		{"none", "12345 67", "67"},
	} {
		topics := []samleng.Topic{about(t, "a", "", test.text, test.word)}
		p := c.vocabulary.Read("", test.text)
		post := c.ClassifyPost(p, test.language, topics)
		p.Release()
		if got := topics[0].Sentiment; got != (samleng.Tone{Label: post.Label, Score: post.Score, Confidence: post.Confidence}) {
			t.Errorf("%q: towards the topic %+v, in all %+v", test.text, got, post)
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	for _, test := range []struct {
		text string
		want []string
	}{
		{"ភ្លើងដាច់ ទឹកដាច់ ។ ផ្លូវខូច៕ មែនទេ?", []string{"ភ្លើងដាច់ ទឹកដាច់ ។", " ផ្លូវខូច៕", " មែនទេ?"}},
		{"ក ខ គ ឃ", []string{"ក ខ គ ឃ"}},
		{"ល្អ។ល្អ", []string{"ល្អ។", "ល្អ"}},
		{"បន្លែ ត្រី សាច់ ។ល។ ថ្លៃណាស់", []string{"បន្លែ ត្រី សាច់ ។ល។", " ថ្លៃណាស់"}},
		{"One. Two? Three!! four\nfive 3.5 six", []string{"One.", " Two?", " Three!!", " four", "\nfive 3.5 six"}},
		{"www.a.example is down. ok", []string{"www.a.example is down.", " ok"}},
		{"", nil},
	} {
		p := c.vocabulary.Read("", test.text)
		r := c.readings.get()
		r.rules(c.plain, p)
		var got []string
		for i := range r.statements {
			got = append(got, test.text[r.statements[i].start:r.statements[i].end])
		}
		if strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
		c.readings.put(r)
		p.Release()
	}
}

// TestLongReportsCanBeNeutral holds that a long text with little for and against is neutral,
// and that one with a clear tone keeps it however long it is.
func TestLongReportsCanBeNeutral(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	report := "គណៈកម្មាធិការនឹងប្រជុំនៅថ្ងៃទី៥ ខែមីនា នៅសាលាខេត្ត។ អ្នកចូលរួមមកពីស្រុកទាំងប្រាំបី។ កិច្ចប្រជុំចាប់ផ្តើមនៅម៉ោងប្រាំបីព្រឹក។ " +
		"របៀបវារៈមានបីចំណុច។ ចំណុចទីមួយគឺរបាយការណ៍ប្រចាំឆ្នាំ។ ចំណុចទីពីរគឺផែនការឆ្នាំក្រោយ។ អគារនេះមានបីជាន់។ "
	for _, test := range []struct {
		name, text string
		want       samleng.Label
	}{
		{"for and against", strings.Repeat("សេវានៅមន្ទីរពេទ្យនេះល្អណាស់ ប្រជាពលរដ្ឋសប្បាយចិត្ត។ ផ្លូវខូចខ្លាំង គ្រោះថ្នាក់ណាស់ ប្រជាពលរដ្ឋខឹង។ "+report, 6), samleng.Neutral},
		{"only against", strings.Repeat("ផ្លូវខូចខ្លាំង គ្រោះថ្នាក់ណាស់ ប្រជាពលរដ្ឋខឹង។ ទ្រាំមិនបានទេ អាក្រក់ណាស់។ ", 20), samleng.Negative},
		{"only for", strings.Repeat("សេវានៅមន្ទីរពេទ្យនេះល្អណាស់ ប្រជាពលរដ្ឋសប្បាយចិត្ត។ អរគុណគ្រូពេទ្យ។ ", 20), samleng.Positive},
	} {
		if got := c.Classify("", test.text, samleng.Khmer); got.Label != test.want {
			t.Errorf("%s: %s, score %.2f, want %s", test.name, got.Label, got.Score, test.want)
		}
	}
}
