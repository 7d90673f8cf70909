package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"samleng"
)

// pair is the second half of a fixture pair: NAME.xml holds a document (of any
// format), NAME.json what Parse must make of it.
type pair struct {
	FeedURL  string   `json:"feed_url"`
	Posts    []fixed  `json:"posts"`
	Rejected []string `json:"rejected"` // "INDEX: REASON"
	Error    string   `json:"error"`
}

// fixed is an expected post. What is left out of ID, Published and Flags is not compared.
type fixed struct {
	IDOf      []string       `json:"id_of"` // namespace and own id
	URL       string         `json:"url"`
	Title     string         `json:"title"`
	Text      string         `json:"text"`
	Language  string         `json:"language"`
	Published time.Time      `json:"published"`
	Flags     []samleng.Flag `json:"flags"`
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			expected, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want pair
			if err := json.Unmarshal(expected, &want); err != nil {
				t.Fatal(err)
			}
			doc, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".xml")
			if err != nil {
				t.Fatal(err)
			}
			posts, rejected, err := Parse(doc, want.FeedURL, testSeen, testSource())
			if message(err) != want.Error {
				t.Errorf("error %q, want %q", message(err), want.Error)
			}
			var reasons []string
			for _, r := range rejected {
				reasons = append(reasons, fmt.Sprintf("%d: %s", r.Index, r.Reason))
			}
			if !slices.Equal(reasons, want.Rejected) {
				t.Errorf("rejected %q, want %q", reasons, want.Rejected)
			}
			if len(posts) != len(want.Posts) {
				t.Fatalf("%d posts, want %d: %+v", len(posts), len(want.Posts), posts)
			}
			for i, p := range posts {
				want.Posts[i].compare(t, p)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (w *fixed) compare(t *testing.T, p samleng.Post) {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	if len(w.IDOf) == 2 && p.ID != samleng.NewPostID(w.IDOf[0], w.IDOf[1]) {
		t.Errorf("%q: the id is not that of %q", p.Title, w.IDOf)
	}
	for _, c := range []struct{ what, got, want string }{
		{"title", p.Title, w.Title}, {"text", p.Text, w.Text}, {"url", p.URL, w.URL}, {"language", p.Language, w.Language},
	} {
		if c.got != c.want {
			t.Errorf("%q: %s\n%q, want\n%q", p.Title, c.what, c.got, c.want)
		}
	}
	if !w.Published.IsZero() && !p.Published.Equal(w.Published) {
		t.Errorf("%q: published %s, want %s", p.Title, p.Published, w.Published)
	}
	if w.Flags != nil && !slices.Equal(p.Flags, w.Flags) || w.Flags == nil && !w.Published.IsZero() && p.Flags != nil {
		t.Errorf("%q: flags %v, want %v", p.Title, p.Flags, w.Flags)
	}
}

// TestNoAuthors puts a name into every element and attribute that may hold one, and looks
// for it in the posts.
func TestNoAuthors(t *testing.T) {
	t.Parallel()
	const name = "Zebedee Quux"
	rss := `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dcterms="http://purl.org/dc/terms/" xmlns:odd="https://odd.example.com/">
<channel><title>T</title><managingEditor>z@example.com (NAME)</managingEditor><webMaster>NAME</webMaster><itunes:author>NAME</itunes:author>
<itunes:owner><itunes:name>NAME</itunes:name></itunes:owner><copyright>NAME</copyright>
<item><title>Title</title><link>https://a.example.com/1</link><author>z@example.com (NAME)</author><dc:creator>NAME</dc:creator><dc:contributor>NAME</dc:contributor>
<dcterms:creator>NAME</dcterms:creator><itunes:author>NAME</itunes:author><media:credit role="author">NAME</media:credit><media:group><media:credit>NAME</media:credit></media:group>
<atom:author><atom:name>NAME</atom:name><atom:uri>https://a.example.com/NAME</atom:uri></atom:author><odd:author>NAME</odd:author><source url="https://a.example.com/NAME">NAME</source>
<description>By NAME</description>
<content:encoded><![CDATA[<p>By NAME</p><div class="author-box">About NAME</div><p>The bridge is open.</p><p><a rel="author" href="/z">NAME</a></p><address>NAME</address><p>NAME</p>]]></content:encoded></item></channel></rss>`
	atom := `<feed xmlns="http://www.w3.org/2005/Atom"><author><name>NAME</name></author><entry><id>urn:x:1</id><title>Title</title>
<author><name>NAME</name><uri>x</uri></author><contributor><name>NAME</name></contributor><source><author><name>NAME</name></author></source>
<content type="html">&lt;p&gt;Reported by NAME&lt;/p&gt;&lt;p&gt;The bridge is open.&lt;/p&gt;</content></entry></feed>`
	jsonFeed := `{"version":"https://jsonfeed.org/version/1.1","authors":[{"name":"NAME","url":"NAME"}],"items":[{"id":"1","title":"Title",
"author":{"name":"NAME"},"authors":[{"name":"NAME","avatar":"NAME"}],"content_text":"NAME\nThe bridge is open."}]}`
	for format, doc := range map[string]string{"rss": rss, "atom": atom, "json": jsonFeed} {
		posts, rejected, err := Parse([]byte(strings.ReplaceAll(doc, "NAME", name)), "https://a.example.com/feed", testSeen, testSource())
		if err != nil || len(posts) != 1 || len(rejected) != 0 {
			t.Errorf("%s: %d posts, %v, %v", format, len(posts), rejected, err)
			continue
		}
		out, err := json.Marshal(posts[0])
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "Zebedee") || strings.Contains(string(out), "Quux") {
			t.Errorf("%s: the author is in the post: %s", format, out)
		}
		if posts[0].Text != "The bridge is open." {
			t.Errorf("%s: text %q", format, posts[0].Text)
		}
	}
}

// TestSameID edits everything about an entry that may change without making it another.
func TestSameID(t *testing.T) {
	t.Parallel()
	const form = `<rss version="2.0"><channel><link>https://e.example.com</link><item>%s<title>%s</title><description>%s</description><pubDate>%s</pubDate></item></channel></rss>`
	for name, own := range map[string]string{
		"global guid":  `<guid>https://e.example.com/g</guid><link>https://e.example.com/1</link>`,
		"scoped guid":  `<guid isPermaLink="false">g</guid>`,
		"link":         `<link>https://e.example.com/1</link>`,
		"moved to www": `<guid isPermaLink="false">tag:e.example.com,2026:1</guid>`,
	} {
		id := func(own, title, text, when string) samleng.PostID {
			posts, _, err := Parse(fmt.Appendf(nil, form, own, title, text, when), "https://e.example.com/feed", testSeen, testSource())
			if err != nil || len(posts) != 1 {
				t.Fatalf("%s: %v", name, err)
			}
			return posts[0].ID
		}
		first := id(own, "a", "b", "Fri, 20 Nov 2026 10:00:00 GMT")
		if again := id(own, "edited", "edited", "Sat, 21 Nov 2026 10:00:00 GMT"); again != first {
			t.Errorf("%s: an edit changes the id", name)
		}
	}
	bare := func(title, feedURL string) samleng.PostID {
		posts, _, err := Parse(fmt.Appendf(nil, form, "", title, "b", ""), feedURL, testSeen, testSource())
		if err != nil || len(posts) != 1 {
			t.Fatal(err)
		}
		return posts[0].ID
	}
	first := bare("a", "https://e.example.com/feed")
	if again := bare("a", "https://e.example.com/feed"); again != first {
		t.Error("an entry without guid and link has another id each time")
	}
	if bare("b", "https://e.example.com/feed") == first || bare("a", "https://f.example.com/feed") == first {
		t.Error("different entries without guid and link have the same id")
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, declared, title string
		enc                   encoding.Encoding
		bom                   string
	}{
		{"utf-8", "utf-8", "ភាសាខ្មែរ é", encoding.Nop, ""},
		{"utf-8, declared something else", "windows-1252", "ភាសាខ្មែរ é", encoding.Nop, ""},
		{"utf-8 with mark", "utf-8", "ភាសាខ្មែរ", encoding.Nop, "\xef\xbb\xbf"},
		{"utf-16be", "utf-16", "ភាសាខ្មែរ", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), ""},
		{"utf-16le with mark", "utf-16", "ភាសាខ្មែរ", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "\xff\xfe"},
		{"utf-32be", "utf-32", "ភាសាខ្មែរ", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), ""},
		{"windows-1252", "windows-1252", "Café – “x”", charmap.Windows1252, ""},
		{"windows-1252, not declared", "", "Café – “x”", charmap.Windows1252, ""},
		{"windows-1252, declared utf-8 wrongly, is repaired where it can be", "iso-8859-1", "Café – “x”", charmap.Windows1252, ""},
		{"windows-1258", "windows-1258", "Hà Nôi", charmap.Windows1258, ""},
		{"koi8-r", "koi8-r", "Новости", charmap.KOI8R, ""},
		{"shift_jis", "shift_jis", "プノンペン", japanese.ShiftJIS, ""},
		{"iso-2022-jp", "iso-2022-jp", "プノンペン", japanese.ISO2022JP, ""},
		{"EBCDIC", "ibm037", "plain text", charmap.CodePage037, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			declaration := ""
			if c.declared != "" {
				declaration = `<?xml version="1.0" encoding="` + c.declared + `"?>`
			}
			doc := declaration + `<rss version="2.0"><channel><item><title>` + c.title + `</title></item></channel></rss>`
			raw, err := c.enc.NewEncoder().Bytes([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			posts, _, err := Parse(append([]byte(c.bom), raw...), "https://e.example.com/feed", testSeen, testSource())
			if err != nil || len(posts) != 1 || posts[0].Title != c.title {
				t.Fatalf("got %+v, %v; want title %q", posts, err, c.title)
			}
		})
	}
}

// TestHostile gives Parse documents that are made to exhaust it. Each must end soon, with
// what can be had or a clear error; TestCorpus holds the time limit for ordinary files.
func TestHostile(t *testing.T) {
	t.Parallel()
	const good = `<item><title>Good</title><link>https://h.example.com/1</link></item>`
	wrap := func(s string) string { return `<rss version="2.0"><channel>` + good + s + `</channel></rss>` }
	repeat := strings.Repeat
	for _, c := range []struct {
		name, doc string
		posts     int
		err       string
	}{
		{"deep elements", wrap(repeat("<a>", 1_000_000)), 1, "nested more than 100 deep"},
		{"deep elements with namespaces", wrap("<item>" + repeat(`<a xmlns:b="urn:b">`, 200_000)), 1, "nested more than 100 deep"},
		{"deep HTML in a text", wrap("<item><title>Deep</title><description>" + repeat("&lt;div&gt;", 500_000) + "x</description></item>"), 2, ""},
		{"many attributes", wrap("<item " + manyAttributes(100_000) + "><title>A</title></item>"), 2, ""},
		{"many entries", wrap(repeat("<item><title>x</title></item>", 200_000)), 2, "more than 10000 entries"},
		{"broken all over", wrap(repeat("<item><title>a < b <</title></item>", 20_000)), 2, "broken in more than 2000 spots"},
		{"many entities", `<!DOCTYPE rss [<!ENTITY a "` + repeat("a", 1000) + `">]>` + wrap("<item><title>E</title><description>"+repeat("&a;", 1_000_000)+"</description></item>"), 2, ""},
		{"10 MB of text", wrap("<item><title>T</title><description>" + repeat("word ", 2_000_000) + "</description></item>"), 2, ""},
		{"unclosed CDATA", wrap("<item><title><![CDATA[" + repeat("x", 1_000_000)), 1, "it ends inside <title>"},
		{"unclosed comment", wrap("<!--" + repeat("x", 1_000_000)), 1, "it ends inside <channel>"},
		{"zero bytes", wrap("<item><title>N\x00\x01\x02ul</title></item>"), 2, ""},
		{"deep JSON", `{"version":"https://jsonfeed.org/version/1","items":` + repeat("[", 1_000_000), 0, "exceeded max depth"},
		{"oversized", repeat(" ", MaxDocument+1), 0, "at most"},
		{"empty", " \n", 0, "the document is empty"},
		{"text", "Nothing here.", 0, "neither XML nor JSON"},
		{"JSON of another kind", `{"error":"rate limited"}`, 0, "not a JSON Feed"},
		{"other XML", `<svg/>`, 0, "its root element is <svg>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			posts, _, err := Parse([]byte(c.doc), "https://h.example.com/feed", testSeen, testSource())
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if c.posts > 0 && len(posts) < c.posts && c.err == "" || c.posts > 0 && len(posts) == 0 || c.posts == 0 && len(posts) > 0 {
				t.Errorf("%d posts, want %d", len(posts), c.posts)
			}
			if len(posts) > 0 && err != nil && !errors.Is(err, ErrPartial) {
				t.Errorf("posts beside an error that is not ErrPartial: %v", err)
			}
			if err != nil && samleng.ClassOf(err) != samleng.BadInput {
				t.Errorf("class %s", samleng.ClassOf(err))
			}
		})
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `a%d="x" `, i)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		posts, _, err := Parse(doc, "https://f.example.com/feed", testSeen, testSource())
		if err != nil && len(posts) > 0 && !errors.Is(err, ErrPartial) {
			t.Fatalf("posts beside %v", err)
		}
		ids := map[samleng.PostID]bool{}
		for _, p := range posts {
			p.Title, p.Text = limit(p.Title, samleng.MaxTitle), limit(p.Text, samleng.MaxText)
			if err := p.Validate(); err != nil {
				t.Fatal(err)
			}
			if ids[p.ID] {
				t.Fatal("one id twice")
			}
			ids[p.ID] = true
		}
		again, _, _ := Parse(doc, "https://f.example.com/feed", testSeen, testSource())
		for i := range again {
			if again[i].ID != posts[i].ID || again[i].Text != posts[i].Text {
				t.Fatal("the same document gives other posts")
			}
		}
	})
}
