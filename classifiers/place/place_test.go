package place_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/place"
)

func codes(places []samleng.Place) string {
	var all []string
	for _, p := range places {
		all = append(all, p.Code)
	}
	return strings.Join(all, " ")
}

func TestClassify(t *testing.T) {
	t.Parallel()
	c := newClassifier(t)
	tests := []struct{ name, title, text, want string }{
		{name: "nothing", want: ""},
		{name: "a unit word makes a place of a common word", text: "ផ្លូវក្នុងខេត្តកណ្តាល", want: "08"},
		{name: "the common word", text: "ឈរនៅកណ្តាលផ្លូវ", want: ""},
		{name: "coeng da and coeng ta are one", text: "ខេត្តកណ្ដាល", want: "08"},
		{name: "a district before its province", text: "ស្រុកពួក", want: "1707 17"},
		{name: "the pronoun", text: "ពួកគេមកដល់ហើយ", want: ""},
		{name: "the pronoun after the unit word", text: "ស្រុកពួកគេ", want: ""},
		{name: "two districts of one name, by the province", text: "ស្រុកសំរោង ខេត្តឧត្តរមានជ័យ", want: "22 2204"},
		{name: "two districts of one name, by the unit word", text: "ស្រុកសំរោង", want: "2107 21"},
		{name: "two districts of one name, undecided", text: "in Samraong", want: ""},
		{name: "the province and its town", text: "Siem Reap", want: "17"},
		{name: "the town", text: "Siem Reap town", want: "1710 17"},
		{name: "written as one word", text: "at siemreap", want: "17"},
		{name: "hyphen", text: "Siem-Reap", want: "17"},
		{name: "hashtag", text: "#SiemReap", want: "17"},
		{name: "accent", text: "in Takéo", want: "21"},
		{name: "another spelling of a syllable", text: "Kompong Chhnang", want: "04"},
		{name: "apostrophe", text: "S'ang district", want: "0810 08"},
		{name: "typographic apostrophe", text: "S’ang district", want: "0810 08"},
		{name: "possessive", text: "Phnom Penh's streets", want: "12"},
		{name: "across a line break", text: "Phnom\nPenh", want: ""},
		{name: "the longer name", text: "Banteay Meanchey", want: "01"},
		{name: "the unit word of a list, Khmer", text: "ខេត្តតាកែវ កណ្តាល និងកែប", want: "21 08 23"},
		{name: "the unit word of a list, English", text: "Kandal and Kep provinces", want: "08 23"},
		{name: "commune of another district", text: "ឃុំសំពៅពូន ស្រុកកោះធំ ខេត្តកណ្តាល", want: "08 0804"},
		{name: "newspaper", text: "the Phnom Penh Post", want: ""},
		{name: "product", text: "ម្រេចកំពត", want: ""},
		{name: "person", text: "Takeo Sato runs", want: ""},
		{name: "handle", text: "@kampot", want: ""},
		{name: "web address", text: "https://kampot.example/siem-reap kampot.example", want: ""},
		{name: "bus", text: "ឡានក្រុងភ្នំពេញ", want: "12"},
		{name: "one's home", text: "អ្នកស្រុកព្រៃវែង", want: "14"},
		{name: "dateline in brackets", text: "(តាកែវ)៖ ព័ត៌មាន", want: "21"},
		{name: "team", text: "ក្រុមស្វាយរៀងឈ្នះ", want: ""},
		{name: "initial with a dot", text: "to K. Cham", want: "03"},
		{name: "head office", text: "ការិយាល័យកណ្តាល ភ្នំពេញ", want: "12"},
		{name: "number plate", text: "ស្លាកលេខភ្នំពេញ 1A-2345", want: ""},
		{name: "date", text: "ថ្ងៃទី៧ មករា", want: ""},
		{name: "the khan named after the date", text: "ខណ្ឌ ៧មករា", want: "1203 12"},
		{name: "inside a word", text: "kepi makepiece", want: ""},
		{name: "repeated word", text: "នៅព្រៃវែងៗ", want: ""},
		{name: "the title is context for the text", title: "ខេត្តសៀមរាប", text: "នៅស្រុកពួក", want: "17 1707"},
		{name: "initials in capitals", text: "job នៅ PP", want: "12"},
		{name: "initials in small letters", text: "in pp", want: ""},
		{name: "broken bytes", text: "\xffខេត្ត\xe1\x9e", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := c.Classify(khmer.Normalise(tt.title), khmer.Normalise(tt.text))
			if codes(got) != tt.want {
				t.Errorf("got %q, want %q", codes(got), tt.want)
			}
			if got == nil {
				t.Error("got nil")
			}
			for i, p := range got {
				if p.Score < place.Threshold || p.Score > 1 || i > 0 && p.Score > got[i-1].Score {
					t.Errorf("score %d is %v in %v", i, p.Score, got)
				}
				if p.Khmer == "" || p.English == "" {
					t.Errorf("%s has no name", p.Code)
				}
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	c := newClassifier(t)
	got := c.Find("ប៉ោយប៉ែត៖ ព័ត៌មាន", "in Mean Chey district; then ក្រុងបាវិត")
	want := []struct{ field, text, code, unit, reason string }{
		{"title", "ប៉ោយប៉ែត", "0110", "", "heading"},
		{"text", "Mean Chey", "1206", "district", "unit, preposition"},
		{"text", "បាវិត", "2008", "municipality", "unit"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d mentions, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		g := got[i]
		if g.Field != w.field || g.Text != w.text || g.Code != w.code || g.Unit != w.unit || g.Reason != w.reason {
			t.Errorf("mention %d: got %+v, want %+v", i, g, w)
		}
		if g.Weight != g.Score {
			t.Errorf("mention %d: weight %v, score %v", i, g.Weight, g.Score)
		}
	}
}

// TestEvidence holds that a district's name speaks for its province too, and that a name said
// again and again is shown a bounded number of times.
func TestEvidence(t *testing.T) {
	t.Parallel()
	c := newClassifier(t)
	got := c.Classify("Siem Reap", "in Puok district")
	want := map[string]string{"17": "Siem Reap Puok", "1707": "Puok"}
	for _, p := range got {
		var names []string
		for _, e := range p.Evidence {
			names = append(names, e.Text)
		}
		if strings.Join(names, " ") != want[p.Code] {
			t.Errorf("%s rests on %q, want %q", p.Code, names, want[p.Code])
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %+v", got)
	}
	got = c.Classify("", strings.Repeat("in Kampot, ", 1000))
	if len(got) != 1 || len(got[0].Evidence) != 16 {
		t.Errorf("%d places, %d pieces of evidence", len(got), len(got[0].Evidence))
	}
}

// TestEveryName finds every name of the gazetteer behind its own unit word.
func TestEveryName(t *testing.T) {
	t.Parallel()
	c := newClassifier(t)
	words := map[string][2]string{
		"khaet": {"ខេត្ត", "province"}, "capital": {"រាជធានី", "city"}, "krong": {"ក្រុង", "town"},
		"srok": {"ស្រុក", "district"}, "khan": {"ខណ្ឌ", "district"},
	}
	n := 0
	for _, row := range gazetteer(t) {
		unit := words[row[1]]
		for _, text := range []string{"នៅក្នុង" + unit[0] + row[2] + "។", "It rained in " + row[3] + " " + unit[1] + " today."} {
			if got := c.Classify("", khmer.Normalise(text)); !slices.ContainsFunc(got, func(p samleng.Place) bool { return p.Code == row[0] }) {
				t.Errorf("%q: got %q, want %s", text, codes(got), row[0])
			}
			n++
		}
	}
	if n < 2*235 {
		t.Errorf("%d texts", n)
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	c := newClassifier(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := codes(c.Classify("", "នៅឈូក និងស្រុកពួក ខេត្តសៀមរាប")); got != "17 1707" {
					t.Errorf("got %q", got)
					return
				}
			}
		})
	}
	wg.Wait()
}

// hostile are texts that must cost no more than their length.
func hostile() []string {
	return []string{
		strings.Repeat("a", 1<<20), strings.Repeat("ក", 1<<20/3), strings.Repeat("😀", 10_000), strings.Repeat("\u17D2\u17B6", 25_000),
		strings.Repeat("ខេត្តកែប ", 5_000), strings.Repeat("Kandal, ", 20_000), strings.Repeat("កណ្តាល ព្រៃវែង និង", 3_000), strings.Repeat("\xff\xe1\x9e", 10_000),
		strings.Repeat("\u202Eمرحبا שלום\u202C in ", 3_000), strings.Repeat("Kampong ", 20_000),
	}
}

// TestHostile holds that such texts are searched to their end.
func TestHostile(t *testing.T) {
	t.Parallel()
	c := newClassifier(t)
	for _, s := range hostile() {
		for _, m := range c.Find(s, s) {
			if m.Start < 0 || m.End > len(s) || s[m.Start:m.End] != m.Text {
				t.Fatalf("%.40q: %+v does not lie in it", s, m)
			}
		}
		if got := c.Classify(s, s+" នៅខេត្តតាកែវ"); len(got) == 0 || !slices.ContainsFunc(got, func(p samleng.Place) bool { return p.Code == "21" }) {
			t.Errorf("%.40q: the place at its end is not among %d", s, len(got))
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range benchmarked {
		f.Add("", s.text)
	}
	for _, s := range hostile() {
		f.Add("", s[:min(len(s), 300)])
	}
	f.Add("ប៉ោយប៉ែត៖", "\xe1\x9e ៧ មករា, S'ang (Kep): ឃុំ -- kampong\u200b-\u00a0cham’s")
	f.Add("្្្", "នៅ\xffកែបៗ ខេត្ត ខេត្ត ពួក")
	c := newClassifier(f)
	f.Fuzz(func(t *testing.T, title, text string) {
		fields := map[string]string{"title": title, "text": text}
		last := map[string]int{}
		mentions := c.Find(title, text)
		for _, m := range mentions {
			in := fields[m.Field]
			if m.Start < last[m.Field] || m.End <= m.Start || m.End > len(in) || in[m.Start:m.End] != m.Text {
				t.Fatalf("%+v does not lie in %q", m, in)
			}
			if utf8.ValidString(in) && !utf8.ValidString(m.Text) {
				t.Fatalf("%q cuts a letter", m.Text)
			}
			last[m.Field] = m.End
			if m.Score < place.Threshold || m.Score > 1 {
				t.Fatalf("score %v", m.Score)
			}
		}
		places := c.Classify(title, text)
		for _, p := range places {
			if len(p.Evidence) == 0 {
				t.Fatalf("%s has no evidence", p.Code)
			}
			for _, e := range p.Evidence {
				if fields[e.Field][e.Start:e.End] != e.Text || e.Weight < place.Threshold {
					t.Fatalf("%s: %+v is not what stands there", p.Code, e)
				}
			}
		}
		for _, m := range mentions {
			for _, code := range []string{m.Code, m.Code[:2]} {
				if !slices.ContainsFunc(places, func(p samleng.Place) bool { return p.Code == code }) {
					t.Fatalf("%s is mentioned and not in %v", code, places)
				}
			}
		}
		if len(mentions) == 0 && len(places) > 0 {
			t.Fatalf("%v without a mention", places)
		}
	})
}
