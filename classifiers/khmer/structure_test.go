package khmer

import (
	"fmt"
	"strings"
	"testing"
)

// TestEncodingStructure holds Normalise to the Khmer Encoding Structure (Unicode Technical Note
// 61): every way of typing a cluster that looks the same gives the one in the first column.
func TestEncodingStructure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		in         []string
	}{
		{"one consonant below", "ខ្មែរ", []string{"ខែ្មរ"}},
		{"consonant below after a vowel", "អាជ្ញាធរ", []string{"អាជា្ញធរ"}},
		{"consonant below after ae", "ល្មៀត", []string{"លៀ្មត"}},
		{"consonant below after oo in parts", "ឈ្មោះ", []string{"ឈេា្មះ", "ឈោ្មះ", "ឈ្មេាះ", "ឈា្មេះ"}},
		{"ro last", "ស្ត្រី", []string{"ស្រ្តី", "ស្ត្រី", "ស្រ្ដី", "ស្ដ្រី", "ស្តី្រ", "ស្ដី្រ", "ស្រី្ត", "ស្រី្ដ"}},
		{"ro last before a vowel", "សាស្ត្រា", []string{"សាស្ដា្រ", "សាស្រ្តា", "សាស្រ្ដា"}},
		{"coeng da", "កណ្តាល", []string{"កណ្ដាល", "កណា្ដល"}},
		{"coeng da at the end", "បន្ត", []string{"បន្ដ"}},
		{"coeng da under ka", "ក្តី", []string{"ក្ដី", "កី្ដ", "កី្ត"}},
		{"u then nikahit", "កុំ", []string{"កំុ"}},
		{"aa then nikahit", "ចាំ", []string{"ចំា"}},
		{"a consonant below, u, nikahit", "ខ្ញុំ", []string{"ខ្ញំុ", "ខុ្ញំ", "ខំុ្ញ", "ខ្ញុុំ", "ខ្ញុំំ"}},
		{"oo in parts", "លោក", []string{"លេាក", "លាេក"}},
		{"oe in parts", "ធ្វើ", []string{"ធើ្វ", "ធ្វេី", "ធ្វីេ", "ធេី្វ", "ធេ្វី"}},
		{"oe in parts under mo", "មើល", []string{"មេីល", "មីេល"}},
		{"shifter before a vowel", "ប៉ុន្តែ", []string{"បុ៉ន្តែ", "ប៉ុនែ្ត", "បុ៉ន្ដែ"}},
		{"shifter after the vowel", "ម៉ោង", []string{"មោ៉ង", "មេា៉ង", "ម៉េាង", "ម៉ាេង"}},
		{"shifter after aa", "ប៉ាក់", []string{"បា៉ក់"}},
		{"shifter before a consonant below", "ម្យ៉ាង", []string{"ម៉្យាង", "ម្យា៉ង"}},
		{"triisap after a vowel above", "ស៊ី", []string{"សី៊", "សីុ", "សុី"}},
		{"muusikatoan after a vowel above", "ម៉ឺង", []string{"មឺ៉ង", "មុឺង", "មឺុង"}},
		{"muusikatoan stays on a first series letter", "ស៉ី", []string{"សី៉"}},
		{"triisap stays on a second series letter", "ម៊ី", []string{"មី៊"}},
		{"ba takes muusikatoan", "ប៉ី", []string{"បុី", "បីុ"}},
		{"ba with ii and a consonant", "ប៉ិច", []string{"បុិច", "បិុច"}},
		{"pho takes triisap", "ផ៊ិន", []string{"ផុិន", "ផិុន"}},
		{"ha takes triisap", "ហ៊ឺ", []string{"ហុឺ", "ហឺុ"}},
		{"a takes triisap", "អ៊ឹ", []string{"អុឹ", "អឹុ"}},
		{"yo takes muusikatoan", "យ៉ើ", []string{"យុើ", "យើុ", "យេុី", "យុេី"}},
		{"shifter and ro", "ស្រ៊ី", []string{"ស៊្រី", "ស្រុី", "ស្រីុ", "សុី្រ", "សីុ្រ", "ស៊ី្រ"}},
		{"shifter and oe", "ស៊ើប", []string{"ស៊េីប", "ស៊ីេប", "សុើប", "សើុប", "សុេីប", "សុីេប", "សីុេប", "សីេុប", "សេុីប", "សេីុប"}},
		{"shifter and aa with nikahit", "ស៊ាំ", []string{"សំុា", "សុំា", "សាុំ", "សុាំ", "សាំុ"}},
		{"muusikatoan and aa with nikahit", "ញ៉ាំ", []string{"ញុាំ", "ញាុំ", "ញំុា", "ញាំុ", "ញា៉ំ"}},
		{"shifter and samyok sannya", "ស៊័រ", []string{"សុ័រ", "ស័ុរ", "ស័៊រ"}},
		{"shifter and ya", "ហ៊ឿ", []string{"ហុឿ", "ហឿុ", "ហឿ៊"}},
		{"two consonants of the second series", "ង្វ៉ិ", []string{"ង្វុិ", "ង្វិុ"}},
		{"a first series consonant below", "ល្ហ៊ី", []string{"ល្ហុី", "លុី្ហ"}},
		{"ba below", "ល្ប៉ី", []string{"ល្បុី", "លុី្ប"}},
		{"u without a vowel above stays", "ប៉ុ", []string{"បុ៉"}},
		{"robat", "ធម៌", []string{"ធម៌"}},
		{"robat after a vowel", "វណ៌ា", nil},
		{"robat and a consonant below", "កីត៌្តិ", nil},
		{"bantoc last", "ចាស់", []string{"ចាស់", "ចាស់់"}},
		{"bantoc twice", "ទាក់", []string{"ទាក់់"}},
		{"shifter and atthacan", "ស៊៝", []string{"សុ៝", "ស៝ុ"}},
		{"coeng twice and nothing below", "ក\u17D2\u17D2 ក", []string{"ក\u17D2\u17D2 ក"}},
		{"toandakhiat", "ប្រយោជន៍", []string{"ប្រយេាជន៍", "ប្រយោជន៍៍"}},
		{"ahsda", "ក៏", []string{"ក៏៏"}},
		{"kakabat", "ចា៎", []string{"ច៎ា"}},
		{"kakabat above a vowel and triisap", "ន៊ី៎", []string{"ន៊៎ី", "នី៊៎", "ន៎ី៊"}},
		{"viriam", "រហូត៑", []string{"រហូត៑៑"}},
		{"atthacan", "ក៝", []string{"ក៝៝"}},
		{"reahmuk last", "ព្រះ", []string{"ពះ្រ"}},
		{"reahmuk after nikahit", "តែះ", []string{"តះែ"}},
		{"reahmuk after oo in parts", "ឆ្ពោះ", []string{"ឆ្ពេាះ", "ឆេា្ពះ", "ឆោ្ពះ"}},
		{"yuukaleapintu", "ទស្សនៈ", []string{"ទស្សនៈ"}},
		{"zero-width space", "ការងារ", []string{"ការ\u200Bងារ"}},
		{"zero-width joiner", "ការ", []string{"ក\u200Dារ", "កា\u200Dរ"}},
		{"zero-width non-joiner", "ការ", []string{"ក\u200Cារ"}},
		{"word joiner and soft mark", "ការងារ", []string{"ការ\u2060ងារ", "ការ\uFEFFងារ"}},
		{"joiner between coeng and consonant", "ខ្មែរ", []string{"ខ\u17D2\u200Dមែរ", "ខ\u200B\u17D2មែរ", "ខ\u17D2\u200Bមែរ"}},
		{"coeng typed twice", "ខ្មែរ", []string{"ខ\u17D2\u17D2មែរ", "ខ\u17D2\u200C\u17D2មែរ"}},
		{"inherent vowels", "កម", []string{"ក\u17B4ម", "ក\u17B5ម"}},
		{"shifter kept above", "ស៊\u200Cី", []string{"ស៊\u200C\u200Cី"}},
		{"useless non-joiner after a shifter", "ម៉ោង", []string{"ម៉\u200Cោង"}},
		{"independent vowel with a consonant below", "ឲ្យ", []string{"ឲ្យ"}},
		{"independent vowel with a shifter", "ឥ៉", nil},
		{"ny below", "ញ្ញ", nil},
		{"digits", "២០២៦", nil},
		{"Latin digits", "2026", nil},
		{"punctuation", "ទេ៖ «បាទ» ។ ៗ ៕", nil},
	} {
		for _, in := range append(c.in, c.want) {
			if got := Normalise(in); got != c.want {
				t.Errorf("%s: Normalise(%s) = %s, want %s", c.name, codes(in), codes(got), codes(c.want))
			}
		}
	}
}

// codes gives the code points of s.
func codes(s string) string {
	var out []string
	for _, r := range s {
		out = append(out, fmt.Sprintf("%04X", r))
	}
	return s + " (" + strings.Join(out, " ") + ")"
}
