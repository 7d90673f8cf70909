package fetch_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"samleng/collectors/fetch"
)

const khmer = "ថ្ងៃនេះ ភ្លៀងធ្លាក់ខ្លាំងនៅរាជធានីភ្នំពេញ"

func encode(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeUTF8(t *testing.T) {
	t.Parallel()
	xml := func(charset, text string) string {
		return `<?xml version="1.0" encoding="` + charset + `"?><rss>` + text + `</rss>`
	}
	const vietnamese = "Tiêng Viêt có dâu, giá xang tang" // letters that windows-1258 holds whole
	const thai, chinese, japaneseText = "ราคาข้าวเพิ่มขึ้น", "柬埔寨今日新闻", "カンボジアの新聞"
	utf16le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf16be := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	cases := []struct {
		name        string
		in          []byte
		contentType string
		want        string
	}{
		{"plain UTF-8", []byte(khmer), "text/html; charset=utf-8", khmer},
		{"nothing declared", []byte(khmer), "", khmer},
		{"byte order mark", []byte("\uFEFF" + khmer), "", khmer},
		{"empty", nil, "text/html", ""},
		{"UTF-8 that claims Latin-1", []byte(khmer), "text/xml; charset=ISO-8859-1", khmer},
		{"UTF-8 in a page that claims windows-1252", []byte(`<meta charset="windows-1252">` + khmer), "text/html", `<meta charset="windows-1252">` + khmer},
		{"UTF-16 with mark", encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), xml("UTF-16", khmer)), "", xml("utf-8", khmer)},
		{"UTF-16 big endian with mark", encode(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), xml("UTF-16", khmer)), "text/xml; charset=utf-8", xml("utf-8", khmer)},
		{"UTF-16 little endian, bare", encode(t, utf16le, xml("utf-16", khmer)), "", xml("utf-8", khmer)},
		{"UTF-16 big endian, bare", encode(t, utf16be, xml("utf-16", khmer)), "", xml("utf-8", khmer)},
		{"UTF-32 with mark", encode(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), xml("utf-32", khmer)), "", xml("utf-8", khmer)},
		{"UTF-32 bare", encode(t, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), xml("utf-32", khmer)), "", xml("utf-8", khmer)},
		{"UTF-8 that claims UTF-16", []byte(xml("UTF-16", khmer)), "", xml("utf-8", khmer)},
		{"windows-1258 in XML", encode(t, charmap.Windows1258, xml("windows-1258", vietnamese)), "application/rss+xml", xml("utf-8", vietnamese)},
		{"windows-1258 in HTTP", encode(t, charmap.Windows1258, vietnamese), "text/html; charset=windows-1258", vietnamese},
		{"windows-1258 that HTTP calls UTF-8", encode(t, charmap.Windows1258, xml("windows-1258", vietnamese)), "text/xml; charset=utf-8", xml("utf-8", vietnamese)},
		{"windows-874", encode(t, charmap.Windows874, xml("windows-874", thai)), "", xml("utf-8", thai)},
		{"TIS-620", encode(t, charmap.Windows874, thai), "text/plain; charset=TIS-620", thai},
		{"GB18030", encode(t, simplifiedchinese.GB18030, xml("GB18030", chinese)), "", xml("utf-8", chinese)},
		{"GBK in a meta element", append([]byte(`<meta http-equiv="Content-Type" content="text/html; charset=gbk">`), encode(t, simplifiedchinese.GBK, chinese)...), "text/html", `<meta http-equiv="Content-Type" content="text/html; charset=gbk">` + chinese},
		{"GBK that is valid UTF-8 by chance", encode(t, simplifiedchinese.GBK, "联通"), "text/html; charset=gbk", "联通"},
		{"Shift_JIS", encode(t, japanese.ShiftJIS, xml("Shift_JIS", japaneseText)), "", xml("utf-8", japaneseText)},
		{"ISO-2022-JP", encode(t, japanese.ISO2022JP, japaneseText), "text/plain; charset=iso-2022-jp", japaneseText},
		{"EUC-KR", encode(t, korean.EUCKR, "캄보디아"), "text/html; charset=euc-kr", "캄보디아"},
		{"unknown charset, Latin bytes", []byte("caf\xe9 society"), "text/html; charset=x-nonsense", "café society"},
		{"charset without quotes and with a semicolon", []byte("caf\xe9"), "text/html; charset=iso-8859-1;", "café"},
		{"meta without quotes", []byte("<html><head><meta charset=iso-8859-1>caf\xe9"), "text/html", "<html><head><meta charset=iso-8859-1>café"},
		{"UTF-8 cut in a character", []byte(khmer + khmer[:2]), "text/html; charset=utf-8", khmer + "\uFFFD"},
		{"UTF-8 with a stray byte", []byte(khmer + "\xff" + khmer), "", khmer + "\uFFFD" + khmer},
		{"UTF-8 with a stray byte that claims Latin-1 too late", []byte(khmer + "\xff"), "text/html; charset=utf-8", khmer + "\uFFFD"},
		{"declaration in single quotes", []byte(`<?xml version='1.0' encoding='ISO-8859-1'?><a/>`), "", `<?xml version='1.0' encoding='utf-8'?><a/>`},
		{"declaration that is UTF-8 stays", []byte(`<?xml version="1.0" encoding="UTF-8"?><a/>`), "", `<?xml version="1.0" encoding="UTF-8"?><a/>`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := string(fetch.DecodeUTF8(c.in, c.contentType)); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestDecodeUTF8LongScriptBeforeMeta(t *testing.T) {
	t.Parallel()
	page := "<html><script>" + strings.Repeat("x", 4000) + `</script><meta charset="windows-1258">caf` + "\xe9"
	if got := string(fetch.DecodeUTF8([]byte(page), "text/html")); !strings.HasSuffix(got, "café") {
		t.Errorf("got %q", got[len(got)-10:])
	}
}

func FuzzDecodeUTF8(f *testing.F) {
	f.Add([]byte(khmer), "text/html; charset=utf-8")
	f.Add([]byte("\xff\xfea\x00"), "")
	f.Add([]byte(`<?xml version="1.0" encoding="gb18030"?>`+"\x81\x30\x81\x30"), "text/xml")
	f.Add([]byte("\x1b$B%+"), "text/plain; charset=iso-2022-jp")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		got := fetch.DecodeUTF8(body, contentType)
		if !utf8.Valid(got) {
			t.Fatalf("%q (%s) became invalid UTF-8 %q", body, contentType, got)
		}
		if len(got) > 4*len(body)+16 {
			t.Fatalf("%d bytes became %d", len(body), len(got))
		}
	})
}
