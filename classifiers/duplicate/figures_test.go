package duplicate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"samleng"
)

// wilson gives the 95 % interval of a share.
func wilson(hits, n int) (low, high float64) {
	const z = 1.96
	p, m := float64(hits)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, middle-half), min(1, middle+half)
}

func share(hits, n int) string {
	low, high := wilson(hits, n)
	if hits == 0 {
		return fmt.Sprintf("0 of %d (at most %.1e)", n, 3/float64(n)) // the rule of three
	}
	return fmt.Sprintf("%.4f [%.4f, %.4f], %d of %d", float64(hits)/float64(n), low, high, hits, n)
}

func nthID(n int) samleng.PostID { return samleng.NewPostID("test", fmt.Sprint(n)) }

// TestOneOfEightSentencesChanged replaces one sentence of eight, any of them by any other,
// and asks the index for the story; and likens all texts that share no sentence.
func TestOneOfEightSentencesChanged(t *testing.T) {
	t.Parallel()
	published := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		language string
		recall   float64 // floor, just below what was measured
		pairs    int     // false pairs at most
	}{{"km", 0.996, 0}, {"th", 0.9995, 0}, {"en", 0.999, 0}} {
		t.Run(c.language, func(t *testing.T) {
			t.Parallel()
			from := sentences(t, c.language)
			r := rand.New(rand.NewPCG(1, 2))
			var found, asked, falsePairs, pairs, wrong int
			for asked < 10_000 {
				x, err := New(Options{Now: func() time.Time { return published }})
				if err != nil {
					t.Fatal(err)
				}
				texts := eights(r, from)
				prints := make([]Print, len(texts))
				for i, text := range texts {
					prints[i] = Fingerprint("", strings.Join(text, " "))
					x.Assign(nthID(i), published, prints[i])
					for _, p := range prints[:i] {
						pairs++
						if same(&p, &prints[i]) {
							falsePairs++
						}
					}
				}
				for i, text := range texts {
					other := text[0]
					for slices.Contains(text, other) {
						other = from[r.IntN(len(from))]
					}
					changed := slices.Clone(text)
					changed[r.IntN(8)] = other
					asked++
					switch story := x.Assign(nthID(-1-i), published, Fingerprint("", strings.Join(changed, " "))); story {
					case nthID(i):
						found++
					case nthID(-1 - i):
					default:
						wrong++
					}
				}
			}
			t.Logf("%s, one of eight sentences changed: found %s, put in another story %d; false pairs %s",
				c.language, share(found, asked), wrong, share(falsePairs, pairs))
			if got := float64(found) / float64(asked); got < c.recall {
				t.Errorf("recall %.4f, the floor is %.4f", got, c.recall)
			}
			if falsePairs > c.pairs {
				t.Errorf("%d false pairs of %d, at most %d", falsePairs, pairs, c.pairs)
			}
		})
	}
}

// footer is an invented outlet's boilerplate, 150 to 170 characters.
var footer = map[string]string{
	"km": "\nសូមតាមដានព័ត៌មានទាន់ហេតុការណ៍ជាមួយយើងខ្ញុំតាមរយៈទំព័រហ្វេសប៊ុក តេឡេក្រាម និងយូធូប។ រក្សាសិទ្ធិគ្រប់យ៉ាងដោយសារព័ត៌មានគំរូ។ ទំនាក់ទំនងផ្សាយពាណិជ្ជកម្ម [phone]",
	"th": "\nติดตามข่าวสารล่าสุดได้ทางเฟซบุ๊ก เทเลแกรม และยูทูบของเรา สงวนลิขสิทธิ์ทุกประการโดยสำนักข่าวตัวอย่าง ติดต่อลงโฆษณาได้ทุกวัน [phone]",
	"en": "\nFollow us on Facebook, Telegram and YouTube for the latest news from all provinces. All rights reserved by the Example News Agency. To place an advertisement, call [phone].",
}

// TestEdits measures what an editor does to a report, on texts of eight sentences and on
// posts of 300 characters.
func TestEdits(t *testing.T) {
	t.Parallel()
	swap := strings.NewReplacer("០", "0", "១", "1", "២", "2", "៣", "3", "៤", "4", "៥", "5", "៦", "6", "៧", "7", "៨", "8", "៩", "9",
		"0", "០", "1", "១", "2", "២", "3", "៣", "4", "៤", "5", "៥", "6", "៦", "7", "៧", "8", "៨", "9", "៩")
	scatter := func(r *rand.Rand, s string) string { // zero-width spaces, spaces gone, other punctuation
		return strings.Map(func(c rune) rune {
			switch {
			case c == '។' && r.IntN(2) == 0:
				return '\u200B'
			case unicode.IsPunct(c) && c != '.' && c != ',' && c != '\'' && c != '’' && c != '/' && c != ':':
				return '…'
			case c == ' ':
				return []rune{' ', '\u00A0', '\n', '\u200B'}[r.IntN(4)]
			}
			return c
		}, s)
	}
	names := []string{"another headline", "a paragraph cut", "boilerplate added", "spaces and punctuation", "digits of the other script", "all at once"}
	floors := map[string][2][6]float64{ // texts of eight sentences; posts of 300 characters
		"km": {{0.999, 0.993, 0.999, 1, 1, 0.955}, {0.999, 0.999, 0.999, 1, 1, 0.07}},
		"th": {{0.999, 0.999, 0.999, 1, 1, 0.98}, {0.999, 0.999, 0.999, 1, 1, 0.17}},
		"en": {{0.999, 0.998, 0.999, 1, 1, 0.93}, {0.999, 0.999, 0.999, 1, 1, 0.02}},
	}
	for _, language := range []string{"km", "th", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			from := sentences(t, language)
			r := rand.New(rand.NewPCG(3, 4))
			for form, of := range []string{"eight sentences", "300 characters"} {
				var kept [6]int
				var n, falsePairs, pairs int
				var footed []Print
				for n < 2000 {
					for _, text := range eights(r, from) {
						headline, another := cut(from[r.IntN(len(from))], 60), cut(from[r.IntN(len(from))], 60)
						body := strings.Join(text[:2], " ") + "\n" + strings.Join(text[2:6], " ") + "\n" + strings.Join(text[6:], " ")
						less := strings.Join(text[:2], " ") + "\n" + strings.Join(text[2:6], " ") // 2 of 8 sentences cut
						if form == 1 {
							body, less = cut(body, 300), cut(body, 225)
						}
						p := Fingerprint(headline, body)
						for i, edited := range [][2]string{
							{another, body},
							{headline, less},
							{headline, body + footer[language]},
							{scatter(r, headline), scatter(r, body)},
							{swap.Replace(headline), swap.Replace(body)},
							{another, scatter(r, swap.Replace(less)) + footer[language]},
						} {
							if q := Fingerprint(edited[0], edited[1]); same(&p, &q) {
								kept[i]++
							}
						}
						if n++; len(footed) < 700 && len(footed) < len(from)/8 {
							q := Fingerprint(headline, body+footer[language])
							for _, other := range footed {
								pairs++
								if same(&other, &q) {
									falsePairs++
								}
							}
							footed = append(footed, q)
						}
					}
				}
				for i, name := range names {
					t.Logf("%s, %s, %s: %s", language, of, name, share(kept[i], n))
					if got := float64(kept[i]) / float64(n); got < floors[language][form][i] {
						t.Errorf("%s, %s: %.4f, the floor is %.4f", of, name, got, floors[language][form][i])
					}
				}
				t.Logf("%s, %s, strangers with one footer: false pairs %s", language, of, share(falsePairs, pairs))
				if float64(falsePairs) > 1e-4*float64(pairs) {
					t.Errorf("%s: %d false pairs of %d", of, falsePairs, pairs)
				}
			}
		})
	}
}

// TestRealArticles counts the pairs among real Khmer articles of 2019. To judge by their
// headlines most of them are one report in two outlets; three are the same table of another
// day (the traffic police's and the water levels), and some eight share a background only.
func TestRealArticles(t *testing.T) {
	t.Parallel()
	articles := khmerArticles(t)
	prints := make([]Print, len(articles))
	near := 0
	for i, a := range articles {
		prints[i] = Fingerprint(a.Title, a.Text)
		if prints[i].Near() {
			near++
		}
	}
	pairs, all := 0, 0
	for i := range prints {
		for j := range i {
			all++
			if same(&prints[i], &prints[j]) {
				pairs++
			}
		}
	}
	t.Logf("%d articles, %d long enough to be likened, %d pairs of %d", len(articles), near, pairs, all)
	if float64(near) < 0.99*float64(len(articles)) {
		t.Errorf("%d of %d articles are long enough", near, len(articles))
	}
	if pairs < 94 || pairs > 104 {
		t.Errorf("%d pairs, 99 when they were looked at", pairs)
	}
}
