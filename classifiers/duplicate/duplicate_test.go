package duplicate

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"samleng/classifiers/khmer"
)

// Two invented reports, long enough to be likened to others.
const (
	roadKm = "អាជ្ញាធរខេត្តបានប្រកាសថា ផ្លូវជាតិលេខ ៧ នឹងត្រូវជួសជុលចាប់ពីសប្តាហ៍ក្រោយ។ ការងារនេះនឹងចំណាយពេល ៤៥ ថ្ងៃ ហើយប្រជាពលរដ្ឋត្រូវប្រើផ្លូវវាងក្បែរផ្សារចាស់។ អ្នកលក់ដូរនៅតាមដងផ្លូវបារម្ភថា ការរកស៊ីរបស់ពួកគេនឹងធ្លាក់ចុះ។"
	roadEn = "The provincial hall said on Monday that National Road 7 will be repaired from next week. The work will take 45 days, and drivers must use the detour near the old market. Vendors along the road fear that they will sell less."
)

func TestSameInOtherClothes(t *testing.T) {
	t.Parallel()
	khmerDigits := strings.NewReplacer("0", "០", "1", "១", "2", "២", "3", "៣", "4", "៤", "5", "៥", "6", "៦", "7", "៧", "8", "៨", "9", "៩")
	latinDigits := strings.NewReplacer("០", "0", "១", "1", "២", "2", "៣", "3", "៤", "4", "៥", "5", "៦", "6", "៧", "7", "៨", "8", "៩", "9")
	spaced := func(s string) string { return strings.ReplaceAll(s, "នៅ", "\u200Bនៅ\u200B") }
	for name, c := range map[string][2]string{
		"zero-width spaces":     {roadKm, spaced(roadKm)},
		"no spaces":             {roadKm, strings.ReplaceAll(roadKm, " ", "")},
		"Khmer punctuation":     {roadKm, strings.NewReplacer("។", "៕", "ថា ", "ថា៖ «").Replace(roadKm)},
		"Latin digits in Khmer": {roadKm, latinDigits.Replace(roadKm)},
		"Khmer digits":          {roadEn, khmerDigits.Replace(roadEn)},
		"case":                  {roadEn, strings.ToUpper(roadEn)},
		"quotes and dashes":     {roadEn, "🔴 “" + strings.ReplaceAll(roadEn, ", ", " — ") + "” …"},
		"a link":                {roadEn, roadEn + "\nhttps://news.example/road-7?utm_source=x"},
		"new lines":             {roadEn, strings.ReplaceAll(roadEn, ". ", ".\r\n\r\n")},
	} {
		a, b := Fingerprint("", khmer.Normalise(c[0])), Fingerprint("", khmer.Normalise(c[1]))
		if a != b {
			t.Errorf("%s: the prints differ, similarity %.2f", name, similarity(a, b))
		}
		if !a.Near() || !same(&a, &b) || similarity(a, b) != 1 {
			t.Errorf("%s: not the same: %v", name, a)
		}
	}
}

func TestTitleAndTextAreOneStream(t *testing.T) {
	t.Parallel()
	if Fingerprint("Road 7 closed", roadEn) != Fingerprint("", "Road 7 closed\n"+roadEn) {
		t.Error("a title at the head of the text makes another print")
	}
}

func TestNumbersAndLettersMatter(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"another number": {roadEn, strings.Replace(roadEn, "45", "54", 1)},
		"another word":   {roadEn, strings.Replace(roadEn, "sell less", "sell more", 1)},
		"another vowel":  {roadKm, strings.Replace(roadKm, "ផ្លូវវាង", "ផ្លូវវែង", 1)},
		"grouped digits": {"1 234 " + roadEn, "1,234 " + roadEn},
	} {
		a, b := Fingerprint("", c[0]), Fingerprint("", c[1])
		if a.Exact == b.Exact {
			t.Errorf("%s: the same hash", name)
		}
		if s := similarity(a, b); s < 0.7 || s == 1 {
			t.Errorf("%s: similarity %.2f", name, s)
		}
	}
	if Fingerprint("", "1,234.50 "+roadEn) != Fingerprint("", "១.២៣៤,៥០ "+roadEn) {
		t.Error("separators inside a number make another print")
	}
	if s := similarity(Fingerprint("", roadKm), Fingerprint("", roadEn)); s > 0.05 {
		t.Errorf("two languages: similarity %.2f", s)
	}
}

func TestShortTexts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text  string
		alone, near bool
	}{
		{"nothing", "", true, false},
		{"signs", "!!! 🙏🙏🙏 ...", true, false},
		{"a greeting", "សួស្តីឆ្នាំថ្មី", true, false},
		{"a complaint", "Prices are too high these days", true, false},
		{"laughter", strings.Repeat("ហា", 5000), true, false},
		{"one letter", strings.Repeat("a", 5000), true, false},
		{"a refrain", strings.Repeat("vote for us ", 5000), true, false},
		{"a headline", "Ministry of Health opens three new clinics in Siem Reap before the rainy season", false, false},
		{"a Khmer headline", "ក្រសួងសុខាភិបាលបើកមណ្ឌលថ្មីបីនៅខេត្តសៀមរាប", false, false},
		{"a report", roadEn, false, true},
		{"a Khmer report", roadKm, false, true},
	} {
		p := Fingerprint("", c.text)
		if p.Alone() != c.alone || p.Near() != c.near {
			t.Errorf("%s: alone %v, near %v (size %d), want %v, %v", c.name, p.Alone(), p.Near(), p.Size, c.alone, c.near)
		}
		if got := same(&p, &p); got == c.alone {
			t.Errorf("%s: the same as itself: %v", c.name, got)
		}
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	units := func(text string) int {
		var s sketcher
		s.scan(text)
		return s.next
	}
	for text, want := range map[string]int{
		"Don't stop":         3,
		"café naïve":         2,
		"cafe\u0301 noir":    2,
		"Việt Nam":           2,
		"ភ្នំពេញ":            3,
		"ផ្សេងៗ":             3, // ផ្សេ ង ៗ
		"១២៣.៤៥":             1,
		"3.5 and 4.":         3,
		"Facebookកម្ពុជា":    4,
		"กรุงเทพฯ":           7, // marks join their letter, vowels that stand apart do not
		"ວຽງຈັນ":             5,
		"東京タワー":              5,
		"서울 시장":              2,
		"العربية لغة":        2,
		"हिन्दी भाषा":        2,
		"a\xffb":             2,
		"see www.x.kh/a now": 2,
		"https://x.kh/ក":     1,
		"\u200B\u200D\u0301": 0,
		"(http://a.b) why":   1,
		"what http is":       3,
		"1,2,,3":             2,
		"٤٥ ๔๕ ໔໕ ၄၅ 𝟜𝟝 ４５": 6,
	} {
		if got := units(text); got != want {
			t.Errorf("%q: %d units, want %d", text, got, want)
		}
	}
	print5 := Fingerprint("", "45 "+roadEn)
	for _, digits := range []string{"٤٥", "๔๕", "໔໕", "၄၅", "𝟜𝟝", "４５", "४५"} {
		if Fingerprint("", digits+" "+roadEn) != print5 {
			t.Errorf("%s is not 45", digits)
		}
	}
}

// TestLongRuns: where a run of clusters is cut into pieces must not show.
func TestLongRuns(t *testing.T) {
	t.Parallel()
	long := strings.ReplaceAll(strings.Repeat(roadKm, 20), " ", "")
	long = strings.Map(func(r rune) rune {
		if kindOf(r) != cluster {
			return -1
		}
		return r
	}, long)
	var s sketcher
	s.scan(long)
	if want := len(khmer.AppendClusters(nil, long)); s.next != want {
		t.Errorf("%d units, want the %d clusters", s.next, want)
	}
}

// TestSimilarityEstimatesJaccard holds the sketch to its promise on sets of every size.
func TestSimilarityEstimatesJaccard(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{60, 120, 200, 1000, 5000} {
		for _, shared := range []float64{0, 0.2, 0.5, 0.8} {
			var sum, squares, trials float64
			for range 300 {
				var a, b sketcher
				for i := range a.least {
					a.least[i], b.least[i] = vacant, vacant
				}
				common := int(shared * float64(n))
				for range common {
					h := r.Uint64()
					a.add(h)
					b.add(h)
				}
				for range (n - common) / 2 {
					a.add(r.Uint64())
					b.add(r.Uint64())
				}
				union := float64(common + 2*((n-common)/2))
				pa, pb := a.print(), b.print()
				pa.Exact, pb.Exact = 1, 2
				e := similarity(pa, pb) - float64(common)/union
				sum, squares, trials = sum+e, squares+e*e, trials+1
			}
			if bias := sum / trials; bias > 0.012 || bias < -0.012 {
				t.Errorf("%d shingles, %.1f shared: biased by %.3f", n, shared, bias)
			}
			if variance := squares / trials; variance > 0.054*0.054 {
				t.Errorf("%d shingles, %.1f shared: variance %.5f", n, shared, variance)
			}
		}
	}
}

func TestBinaryForm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "A headline of some twelve words that is only found when it is the same", roadKm, roadEn} {
		p := Fingerprint("", text)
		b, err := p.MarshalBinary()
		if err != nil || len(b) != PrintBytes {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		var back Print
		if err := back.UnmarshalBinary(b); err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("%v came back as %v, %v", p, back, err)
		}
		for name, bad := range map[string][]byte{
			"short": b[1:], "long": append(slices.Clone(b), 0), "empty": nil,
			"version": append([]byte{Version + 1}, b[1:]...), "size": append([]byte{Version, bins + 1}, b[2:]...),
		} {
			if err := back.UnmarshalBinary(bad); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}
}

// TestPrintsDoNotChange holds the fingerprint to its form: what is stored must be comparable
// with what is made by a later build. Where this fails on purpose, raise Version.
func TestPrintsDoNotChange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint64{roadKm: 0xd99a5c1d096d9828, roadEn: 0xfad3d24f800b3446} {
		p := Fingerprint("", text)
		h := p.Exact
		for i, b := range p.Sketch {
			h = mix(h ^ uint64(i)<<8 ^ uint64(b))
		}
		if h != want {
			t.Errorf("%.20s: %#x, want %#x", text, h, want)
		}
	}
}

func FuzzFingerprint(f *testing.F) {
	for _, text := range hostile(1 << 10) {
		f.Add("title", text)
	}
	f.Add(roadKm, roadEn)
	f.Fuzz(func(t *testing.T, title, text string) {
		p := Fingerprint(title, text)
		if p != Fingerprint(title, text) {
			t.Fatal("two prints of one text")
		}
		if p.Size > bins {
			t.Fatalf("size %d", p.Size)
		}
		if p.Near() == (p.Sketch == [bins]byte{}) {
			t.Fatal("a sketch that should not be there, or the other way round")
		}
		if !p.Alone() && similarity(p, p) != 1 {
			t.Fatalf("likeness to itself %v", similarity(p, p))
		}
		if clean := khmer.Normalise(text); utf8.ValidString(text) && clean == text {
			q := Fingerprint(title, " \u200B"+text+"!")
			if q != p && !strings.Contains(text, "://") && !strings.Contains(strings.ToLower(text), "www.") {
				t.Fatalf("space and punctuation around %q make another print", text)
			}
		}
		b, _ := p.MarshalBinary()
		var back Print
		if err := back.UnmarshalBinary(b); err != nil || back != p {
			t.Fatal("binary form", err)
		}
	})
}

// hostile texts of about n bytes.
func hostile(n int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, n/len(s)+1) }
	return map[string]string{
		"one letter":       fill("a"),
		"one Khmer letter": fill("ក"),
		"coengs":           fill("\u17D2\u179A"),
		"marks":            fill("\u17C6"),
		"accents":          "e" + fill("\u0301"),
		"emoji":            fill("👩\u200D🌾"),
		"broken":           fill("\xe1\x9e"),
		"bytes":            fill("\xff"),
		"right to left":    fill("سلام "),
		"scripts":          fill("កa文1กé"),
		"digits":           fill("1.2,3"),
		"links":            fill("https://"),
		"links at once":    fill("h www"),
		"joiners":          fill("ក\u200C"),
		"ideographs":       fill("東"),
	}
}
