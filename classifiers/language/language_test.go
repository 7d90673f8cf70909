package language

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"samleng"
)

func newDetector(t testing.TB, lingua bool) *Detector {
	t.Helper()
	d, err := New(Config{Lingua: lingua})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDetect(t *testing.T) {
	t.Parallel()
	with, without := newDetector(t, true), newDetector(t, false)
	for _, c := range []struct{ want, in string }{
		// No language.
		{"none", ""},
		{"none", "😂😂😂 !!! 2026"},
		{"none", "https://example.com/a-long-english-title-of-a-page"},
		{"none", "@user @another_user https://t.co/abc #throwback #2026"},
		{"none", "៤៥.០០០៛ 12/05/2026 ។ ៗ"},
		{"none", "www.example.com.kh name@example.org bit.ly/3xYz"},

		// Khmer, with names, brands and links.
		{"km", "ថ្ងៃនេះផ្លូវកកស្ទះណាស់"},
		{"km", "ល្អ"},
		{"km", "ខ្ញុំទើបទិញ iPhone 15 Pro Max ថ្មី"},
		{"km", "ABA ឡើងថ្លៃសេវាទៀតហើយ"},
		{"km", "មើលវីដេអូនេះhttps://example.com/watch-this-video-now ល្អណាស់"},
		{"km", "#តម្លៃសាំង ឡើងទៀតហើយ"},
		{"km", "ក្រុមហ៊ុន Smart Solar Cambodia Energy បើកសាខាថ្មីនៅខេត្តកំពត"},

		// Both.
		{"mixed", "ថ្ងៃនេះ traffic jam ខ្លាំងណាស់ nobody can move"},
		{"mixed", "សេវាកម្ម customer service អន់មែន very slow"},
		{"mixed", "The road in our village is flooded again, ទឹកលិចផ្លូវទៀតហើយ សូមជួយផង"},
		{"mixed", "ខ្ញុំចូលចិត្តទៅ ร้านอาหารไทยอร่อยมาก"},

		// English as people post it.
		{"en", "@user lol so true 😂 https://t.co/xyz"},
		{"en", "Prices at the market went up again this week and nobody explains why."},
		{"en", "omg the traffic today is sooooo bad"},
		{"en", "Happy Khmer New Year everyone!"},
		{"en", "no water since morning in Toul Kork, any news?"},
		{"en", "can\\u2019t believe it &amp; still waiting"},
		{"en", "Governor of Siem Reap opens a new road in Banteay Srei district"},
		{"en", "Heavy rain in Preah Sihanouk and Kampong Speu this weekend"},
		{"en", "good"},
		{"en", "Floods hit Banteay Meanchey, Oddar Meanchey, Preah Vihear, Kampong Thom and Stung Treng provinces on Monday"},
		{"en", "Chea Sophal and Keo Ratana of Tuol Kouk, Sen Sok and Boeung Keng Kang won the prize"},
		{"en", "Thank you"},
		{"en", "The governor of Battambang said អរគុណ to the farmers who came to the meeting on Monday"},

		{"mixed", "khnhom ot mean luy but the price is high"},
		{"mixed", "ទឹកលិច som jouy pong bong srey, my phone was stolen at the market"},
		{"km", "ទឹកលិចផ្លូវទៀតហើយ som jouy pong bong srey min mean neak na mok jouy te"},

		// Romanised Khmer.
		{"km-Latn", "knhom ot mean luy tinh sang te bong"},
		{"km-Latn", "tngai nih plov kok stes nas min deng tver yang na"},
		{"km-Latn", "arkun bong chraern sok sabay te"},
		{"km-Latn", "police jab chor luoch moto nv toul kork"},
		{"km-Latn", "thlai sang leung tiet hz"},
		{"km-Latn", "pram pi nak tov psar tinh trey haey"},

		// Other languages.
		{"vi", "Hôm nay trời mưa to quá, đường ngập hết rồi"},
		{"th", "วันนี้รถติดมากเลย"},
		{"lo", "ມື້ນີ້ຝົນຕົກຫຼາຍ"},
		{"my", "ဒီနေ့ မိုးရွာတယ်"},
		{"zh", "今天路上很堵车"},
		{"ja", "今日は道がとても混んでいます"},
		{"ko", "오늘 길이 많이 막혀요"},
		{"ru", "Сегодня на дорогах большие пробки"},
		{"ar", "الطريق مزدحم جدا اليوم"},
		{"hi", "आज सड़क पर बहुत भीड़ है"},
		{"he", "הכבישים עמוסים מאוד היום"},
		{"ta", "இன்று சாலைகளில் நெரிசல்"},
		{"ka", "დღეს გზებზე საცობია"},
		{"fr", "Les prix du carburant ont encore augmenté cette semaine"},
		{"es", "Los precios de la gasolina subieron otra vez esta semana"},
		{"de", "Die Preise auf dem Markt sind schon wieder gestiegen"},
		{"el", "Αυτή την εβδομάδα οι τιμές ανέβηκαν"},
		{"other", "Сьогодні їхні ціни знову зросли, і ніхто не пояснює"},
	} {
		for name, d := range map[string]*Detector{"with lingua": with, "without": without} {
			if got := d.Detect(c.in); got.Language != c.want {
				t.Errorf("%s: %q is %+v, want %s", name, c.in, got, c.want)
			}
		}
	}
}

// TestUnknownLatinLanguages uses the first article of the Universal Declaration of Human
// Rights in languages that the model was not trained on.
func TestUnknownLatinLanguages(t *testing.T) {
	t.Parallel()
	with, without := newDetector(t, true), newDetector(t, false)
	for code, text := range map[string]string{
		"sw": "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa. Wote wamejaliwa akili na dhamiri, hivyo yapasa watendeane kindugu.",
		"pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.",
		"fi": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
		"sv": "Alla människor är födda fria och lika i värde och rättigheter.",
		"da": "Alle mennesker er født frie og lige i værdighed og rettigheder.",
		"ro": "Toate ființele umane se nasc libere și egale în demnitate și în drepturi.",
		"hu": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van.",
		"cs": "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv.",
		"so": "Aadanaha dhammaantiis wuxuu dhashaa isagoo xor ah kana siman xagga sharafta iyo xuquuqada.",
		"zu": "Bonke abantu bazalwa bekhululekile belingana ngesithunzi nangamalungelo.",
		"ca": "Tots els éssers humans neixen lliures i iguals en dignitat i en drets.",
		"sq": "Të gjithë njerëzit lindin të lirë dhe të barabartë në dinjitet dhe në të drejta.",
	} {
		if got := with.Detect(text); got.Language == "en" || got.Language == samleng.RomanisedKhmer {
			t.Errorf("with lingua: %s is %+v", code, got)
		}
		if got := without.Detect(text); got.Language == "en" || got.Language == samleng.RomanisedKhmer {
			t.Errorf("without: %s is %+v", code, got)
		}
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	d := newDetector(t, false)
	for _, text := range []string{"ល្អណាស់ very good service here", "hello there my friend", "ថ្ងៃនេះ", "今日は good ไทย", "ABA ថ្លៃ"} {
		r := d.Detect(text)
		sum := 0.0
		for _, s := range r.Shares {
			sum += s
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%q: shares %v sum to %v", text, r.Shares, sum)
		}
		sum = 0
		for _, s := range r.Scripts {
			sum += s
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%q: scripts %v sum to %v", text, r.Scripts, sum)
		}
		if r.Confidence <= 0 || r.Confidence > 1 {
			t.Errorf("%q: confidence %v", text, r.Confidence)
		}
	}
	if r := d.Detect("!!!"); r.Shares == nil || len(r.Shares) != 0 {
		t.Errorf("none has shares %v", r.Shares)
	}
	r := d.Detect("ល្អណាស់ very good service here")
	if r.Shares["km"] < 0.15 || r.Shares["en"] < 0.5 {
		t.Errorf("shares %v", r.Shares)
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	d := newDetector(t, false)
	for text, want := range map[string]string{
		"!!! 😀 ១២": "map[]", "ថ្ងៃនេះ": "map[Khmr:1]", "Hello": "map[Latn:1]", "កា ab": "map[Khmr:0.5 Latn:0.5]",
		"今日は": "map[Hani:0.8 Hrkt:0.2]", "한국": "map[Hang:1]", "Привет": "map[Cyrl:1]", "ไทย": "map[Thai:1]", "ລາວ": "map[Laoo:1]",
		"שלום": "map[Hebr:1]", "Γειά": "map[Grek:1]", "தமிழ்": "map[Taml:1]", "ᓀᐦᐃᔭᐍᐏᐣ": "map[Zzzz:1]", "မြန်": "map[Mymr:1]",
	} {
		if got := fmt.Sprint(d.Detect(text).Scripts); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestStrip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"nothing to strip", "plain text. Really", "plain text. Really"},
		{"link", "see https://example.com/x?y=1 now", "see  now"},
		{"link in Khmer", "មើលhttps://example.com/xល្អ", "មើលល្អ"},
		{"handle", "hi @some_one!", "hi "},
		{"e-mail", "write to (first.last@example.org) please", "write to ( please"},
		{"hashtag", "rain #phnompenh again", "rain  again"},
		{"Khmer hashtag", "#ភ្លៀង ខ្លាំង", "ភ្លៀង ខ្លាំង"},
		{"domain", "read khmertimeskh.com today", "read  today"},
		{"either or", "water and/or power", "water and/or power"},
		{"escape", "don\\u2019t &amp; won't", "don\u2019t & won't"},
		{"number sign", "we are #1 & proud # of it", "we are  & proud # of it"},
		{"abbreviation", "the U.S. and @ home", "the U.S. and @ home"},
	} {
		if got := Strip(c.in); got != c.want {
			t.Errorf("%s: Strip(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestNewFromRefusesDamage(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"empty": nil, "truncated": latinModel[:len(latinModel)-1], "text": []byte(strings.Repeat("text ", 100)),
		"later version": append([]byte("LNGM\x09"), latinModel[5:]...),
	} {
		if _, err := NewFrom(b, DefaultConfig()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, s := range []string{"", "hello", "ខ្ញុំ good", "\xe1\x9e", "@", "#", "\\u12", "a.b/c", "o\u0301\u0301'’'", "&amp;\\"} {
		f.Add(s)
	}
	for _, s := range hostile() {
		f.Add(s[:min(len(s), 300)])
	}
	d := newDetector(f, false)
	f.Fuzz(func(t *testing.T, s string) {
		r := d.Detect(s)
		sum := 0.0
		for _, v := range r.Shares {
			sum += v
		}
		if r.Language == "" || r.Confidence < 0 || r.Confidence > 1 || (r.Language == "none") != (len(r.Shares) == 0) || len(r.Shares) > 0 && math.Abs(sum-1) > 1e-9 {
			t.Fatalf("%+q gives %+v", s, r)
		}
	})
}
