package importer

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"samleng/internal/dataset"

	"github.com/klauspost/compress/zstd"

	"samleng"
)

func options() Options {
	return Options{
		Source: samleng.Source{ID: "test", Kind: samleng.KindNews},
		Now:    func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) },
	}
}

// read gives everything that a file holds, named name.
func read(t *testing.T, name, content string, o Options) ([]samleng.Post, []string, Summary) {
	t.Helper()
	r, err := New(name, strings.NewReader(content), int64(len(content)), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	posts, rejected := drain(t, r)
	return posts, rejected, r.Summary()
}

func drain(t *testing.T, r *Reader) (posts []samleng.Post, rejected []string) {
	t.Helper()
	for {
		p, err := r.Next()
		var row *Rejection
		switch {
		case errors.Is(err, io.EOF):
			return posts, rejected
		case errors.As(err, &row):
			rejected = append(rejected, row.Error())
		case err != nil:
			t.Fatal(err)
		default:
			posts = append(posts, p)
		}
	}
}

func texts(posts []samleng.Post) []string {
	var out []string
	for _, p := range posts {
		out = append(out, p.Title+"|"+p.Text)
	}
	return out
}

func TestFormats(t *testing.T) {
	t.Parallel()
	utf16le := func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	gz := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return b.String()
	}
	zst := func(s string) string {
		w, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(w.EncodeAll([]byte(s), nil))
	}
	csv := "id,title,text\n1,One,\"first\nline\"\n2,Two,second\n"
	want := []string{"One|first\nline", "Two|second"}
	rss := `<rss version="2.0"><channel><item><title>One</title><link>https://a.example/1</link><description>first</description></item></channel></rss>`
	for _, c := range []struct {
		name, file, content string
		format              Format
		want                []string
	}{
		{"csv", "a.csv", csv, CSV, want},
		{"csv without a telling name", "a.txt", csv, CSV, want},
		{"csv with byte order mark and CRLF", "a.csv", "\ufeff" + strings.ReplaceAll(csv, "\n", "\r\n"), CSV, want},
		{"csv in UTF-16 from a spreadsheet", "a.csv", utf16le(strings.ReplaceAll(csv, ",", "\t")), CSV, want},
		{"csv with semicolons and sep line", "a.csv", "sep=;\nid;title;text\n1;One;a, b\n", CSV, []string{"One|a, b"}},
		{"tsv", "a.tsv", "Title\tText\nOne\tsaid \"yes\" twice\n", CSV, []string{`One|said "yes" twice`}},
		{"csv in windows-1252", "a.csv", "title,text\nCaf\xe9,It\x92s\n", CSV, []string{"Café|It’s"}},
		{"csv, Khmer header", "a.csv", "ចំណងជើង,ខ្លឹមសារ\nទឹកជំនន់,ទឹកឡើងខ្ពស់\n", CSV, []string{"ទឹកជំនន់|ទឹកឡើងខ្ពស់"}},
		{"csv, doubled quotes", "a.csv", "title,text\nOne,\"he said \"\"no\"\"\"\n", CSV, []string{`One|he said "no"`}},
		{"csv.gz", "a.csv.gz", gz(csv), CSV, want},
		{"csv.zst", "a.csv.zst", zst(csv), CSV, want},
		{"jsonl", "a.jsonl", `{"id":7,"headline":"One","body":"first"}` + "\n\n" + `{"title":"Two","content":"<p>second</p><p>more</p>"}`, JSONL, []string{"One|first", "Two|second\nmore"}},
		{"json array", "a.json", "[\n {\"title\":\"One\",\"text\":\"a ] } \\\" b\"},\n{\"title\":\"Two\"}\n]", JSONL, []string{`One|a ] } " b`, "Two|"}},
		{"rss", "a.xml", rss, Feed, []string{"One|first"}},
		{"rss.gz without a telling name", "saved", gz(rss), Feed, []string{"One|first"}},
		{"json feed", "a.json", `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"One","content_text":"first"}]}`, Feed, []string{"One|first"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			posts, rejected, s := read(t, c.file, c.content, options())
			if got := texts(posts); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(rejected) != 0 || s.Format != c.format || s.Posts != len(c.want) {
				t.Errorf("rejected %q, summary %+v, want format %s", rejected, s, c.format)
			}
			for _, p := range posts {
				if err := p.Validate(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestRowFields(t *testing.T) {
	t.Parallel()
	posts, _, s := read(t, "a.csv", "Author Name,Post ID,URL,Headline,Full Text,Published At,lang,outlet,phone,weather\n"+
		"Dara Example,17,HTTPS://News.Example.com.kh/a?utm_source=x,Rain,\"By Dara Example\nIt rains.\",2026-11-21 08:30,km-KH,Khmer Times,012 000 000,wet\n", options())
	p := posts[0]
	want := samleng.Post{
		Schema: samleng.PostSchema, ID: samleng.NewPostID("import", "khmer-times\x0017"), Source: "khmer-times", Kind: samleng.KindNews,
		URL: "https://news.example.com.kh/a", Title: "Rain", Text: "It rains.", Language: "km",
		Published: time.Date(2026, 11, 21, 1, 30, 0, 0, time.UTC), SeenAt: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got\n%+v, want\n%+v", p, want)
	}
	if got := fmt.Sprint(s.Dropped, s.Ignored); got != "[Author Name phone] [weather]" {
		t.Errorf("dropped and ignored: %s", got)
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	posts, _, _ := read(t, "a.jsonl", strings.Join([]string{
		`{"id":"x1","url":"https://a.example/1","text":"one"}`,
		`{"url":"https://a.example/1#top","text":"two"}`,
		`{"title":"t","text":"three"}`,
		`{"title":"t","text":"three"}`,
		`{"v":1,"id":"000102030405060708090a0b0c0d0e0f","text":"four"}`,
	}, "\n"), options())
	want := []samleng.PostID{
		samleng.NewPostID("import", "test\x00x1"), samleng.NewPostID("web", "https://a.example/1"), posts[3].ID, posts[2].ID,
		{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	}
	for i, p := range posts {
		if p.ID != want[i] {
			t.Errorf("row %d: id %s, want %s", i+1, p.ID, want[i])
		}
	}
	if !slices.Contains(posts[0].Flags, samleng.FlagDateMissing) {
		t.Error("a row without a date is not flagged")
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	posts, _, s := read(t, "a.csv", "id,uid,text,date\n1,u9,a,2026-11-01\n1,u9,a,\n1,u9,b,soon\n2,u9,c,31/31/2026\n", options())
	if len(posts) != 4 || s.Repeated != 1 || s.Undated != 2 || !slices.Equal(s.Dropped, []string{"uid"}) || posts[0].ID == posts[3].ID {
		t.Errorf("csv: %d posts, %+v", len(posts), s)
	}
	posts, _, s = read(t, "a.jsonl", `{"uid":"u9","text":"a","date":"soon"}`+"\n"+`{"uid":"u9","text":"b","date":1763800000}`, options())
	if len(posts) != 2 || s.Repeated != 0 || s.Undated != 1 || posts[0].ID == posts[1].ID {
		t.Errorf("jsonl: %d posts, %+v", len(posts), s)
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind        samleng.Kind
		given, want string
	}{
		{samleng.KindNews, "Khmer Times!", "khmer-times"},
		{samleng.KindNews, "https://www.News.example/x", "news-example"},
		{samleng.KindNews, strings.Repeat("x", 70), strings.Repeat("x", 64)},
		{samleng.KindNews, "@sokdara", "test"},
		{samleng.KindNews, "012 345 678", "test"},
		{samleng.KindSocial, "Sok Dara", "test"},
		{samleng.KindSurvey, "Sok Dara", "test"},
	} {
		o := options()
		o.Source.Kind = c.kind
		posts, _, _ := read(t, "a.csv", "site,text,kind\n\""+c.given+"\",a,news\n", o)
		if len(posts) != 1 || posts[0].Source != c.want {
			t.Errorf("%s %q: %+v, want %q", c.kind, c.given, posts, c.want)
		}
	}
	for _, id := range []string{"Sok", "-a", "a b", "sok@dara", strings.Repeat("x", 65), "a\n"} {
		o := options()
		o.Source.ID = id
		if _, err := New("a.csv", strings.NewReader("text\nx\n"), -1, o); samleng.ClassOf(err) != samleng.BadInput || !strings.Contains(err.Error(), "want at most 64") {
			t.Errorf("source %q: %v", id, err)
		}
	}
}

func TestRejections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, content string
		posts               int
		want                []string
	}{
		{
			"csv", "a.csv", "id,text\n1,good\n2,\n3,good,extra\n4,\"never closed\n5,good\n", 2,
			[]string{"a.csv:3: it has neither a title nor a text", "a.csv:4: it has more than the 2 columns of the header", "a.csv:5: a quote in it is never closed"},
		},
		{
			"jsonl", "a.jsonl", "{\"text\":\"good\"}\nnonsense\n{\"text\":\n{\"text\":{\"a\":1}}\n{\"text\":\"good\"}\n", 2,
			[]string{"a.jsonl:2: it is not a JSON object", "a.jsonl:3: it is broken JSON: unexpected end of JSON input", `a.jsonl:4: its "text" is not a string`},
		},
		{"long line", "a.jsonl", "{\"text\":\"" + strings.Repeat("x", maxLine) + "\"}\n{\"text\":\"good\"}", 1, []string{"a.jsonl:1: the line is longer than 4 MB"}},
		{"array that breaks off", "a.json", `[{"text":"good"},{"text":"bad`, 1, []string{"a.json:1: the JSON array is broken here; what follows cannot be read"}},
		{
			"feed that breaks off", "a.xml", `<rss><channel><item><title>good</title></item><item><title></title></item><item><title>cut`, 1,
			[]string{"a.xml: entry 2: the entry has neither a title nor a text", "a.xml: only a part of the feed could be read: it ends inside <title>"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			posts, rejected, s := read(t, c.file, c.content, options())
			if len(posts) != c.posts || !slices.Equal(rejected, c.want) {
				t.Errorf("%d posts (want %d), rejected:\n%s\nwant:\n%s", len(posts), c.posts, strings.Join(rejected, "\n"), strings.Join(c.want, "\n"))
			}
			if s.Rejected != len(c.want) || s.Posts != c.posts || s.Rows != c.posts+len(c.want) {
				t.Errorf("summary %+v", s)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, c := range map[string]struct{ content, want string }{
		"empty.csv":   {"", "is empty"},
		"space.csv":   {" \n\n", "holds nothing but white space"},
		"book.xlsx":   {"PK\x03\x04....", "is a ZIP archive, perhaps an Excel or Word file: save it as CSV first"},
		"noise.bin":   {"\x01\x02\x00\x00\x00\x03", "is a binary file"},
		"prose.txt":   {"Only some prose.\n", "is none of [jsonl csv feed html] by its name and its first lines"},
		"numbers.csv": {"a,b\n1,2\n", `has no column that is named "text" or "title"; its first line is "a,b"`},
		"page.html":   {"<html><body></body></html>", "cannot be read as an article: the page has no article on it"},
		"other.xml":   {"<config/>", "cannot be read as a feed: this is not a feed: its root element is <config>"},
		"cut.csv.gz":  {"\x1f\x8b\x08", "is a broken gzip file: unexpected EOF"},
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, options())
		if err == nil || !strings.HasPrefix(err.Error(), path+" "+c.want) || samleng.ClassOf(err) != samleng.BadInput {
			t.Errorf("%s: %v (class %s), want %q", name, err, samleng.ClassOf(err), c.want)
		}
	}
	if _, err := Open(folder, options()); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("folder: %v", err)
	}
	if _, err := Open(filepath.Join(folder, "missing.csv"), options()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := New("a.csv", strings.NewReader("text\nx\n"), -1, Options{}); err == nil || !strings.Contains(err.Error(), "name the source") {
		t.Errorf("no source: %v", err)
	}
}

func TestSavedPage(t *testing.T) {
	t.Parallel()
	paragraph := "<p>" + strings.Repeat("The river rose again this week and the road to the market is under water. ", 6) + "</p>"
	body := "<h1>River rises</h1>" + strings.Repeat(paragraph, 4)
	for _, c := range []struct{ name, head, before, option, want string }{
		{"canonical link", `<link rel="canonical" href="https://a.example/river">`, "", "", "https://a.example/river"},
		{"og:url", `<meta property="og:url" content="https://a.example/river?utm_source=x">`, "", "", "https://a.example/river"},
		{"saved from", "", "<!-- saved from url=(0031)https://a.example/saved -->\n", "", "https://a.example/saved"},
		{"option before claim", `<link rel="canonical" href="https://b.example/river">`, "", "https://a.example/asked", "https://a.example/asked"},
		{"no address", "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := options()
			o.URL = c.option
			posts, _, _ := read(t, "page.html", "<!DOCTYPE html>\n"+c.before+"<html><head><title>River</title>"+c.head+"</head><body><article>"+body+"</article></body></html>", o)
			if len(posts) != 1 || posts[0].URL != c.want || !strings.Contains(posts[0].Text, "The river rose") {
				t.Fatalf("got %+v, want address %q", posts, c.want)
			}
			if c.want != "" && posts[0].ID != samleng.NewPostID("web", c.want) {
				t.Error("the id is not that of the address")
			}
		})
	}
}

// TestBoundedMemory reads a table of 20 MB with a quote in the middle that is never closed.
func TestBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 20 MB")
	}
	good := "1,\"" + strings.Repeat("a", 10_000) + "\"\n"
	stream := io.MultiReader(strings.NewReader("id,text\n"), strings.NewReader(strings.Repeat(good, 1_000)), strings.NewReader("2,\"open\n"),
		strings.NewReader(strings.Repeat(strings.ReplaceAll(good, "\"", ""), 1_000)))
	var read int64
	o := options()
	o.Progress = func(n, _ int64) { read = n }
	r, err := New("big.csv", stream, -1, o)
	if err != nil {
		t.Fatal(err)
	}
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, posts := heap(), 0
	for {
		_, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			posts++
		}
		if posts%500 == 0 {
			if grown := heap() - before; grown > 3*maxLine {
				t.Fatalf("after %d posts the heap has grown by %d bytes", posts, grown)
			}
		}
	}
	if s := r.Summary(); posts != 2_000 || s.Rejected != 1 || read < 20_000_000 {
		t.Errorf("%d posts, %d rejected, %d bytes read; want 2000, 1 and all", posts, s.Rejected, read)
	}
}

func TestKhmerArticles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(dataset.Path(t, "news"), "km_articles.jsonl")
	begin := time.Now()
	r, err := Open(path, options())
	if err != nil {
		t.Fatal(err)
	}
	posts, rejected := drain(t, r)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	ids := map[samleng.PostID]bool{}
	for _, p := range posts {
		ids[p.ID] = true
		if len(p.Text) < 100 && p.Title == "" {
			t.Errorf("%s: title and text are missing", p.ID)
		}
	}
	if len(posts) != 1038 || len(ids) != 1038 || len(rejected) != 0 {
		t.Errorf("%d posts with %d ids, rejected %v; want 1038", len(posts), len(ids), rejected)
	}
	t.Logf("1038 articles in %v", time.Since(begin))
}

func fuzzRead(t *testing.T, name string, format Format, content []byte) {
	t.Helper()
	o := options()
	o.Format = format
	r, err := New(name, bytes.NewReader(content), int64(len(content)), o)
	if err != nil {
		return
	}
	rows := 0
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var rejected *Rejection
		if err != nil && !errors.As(err, &rejected) {
			break
		}
		if rows++; rows > len(content)+1 {
			t.Fatal("more rows than bytes")
		}
		if err == nil {
			if err := p.Validate(); err != nil {
				t.Fatal(err)
			}
			if _, err := json.Marshal(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = r.Close()
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"id,text\n1,a\n", "text;title\n\"a\n\"\"b\";c\n", "\ufefftext\n\"", "sep=|\ntext|author\na|b", "text\tdate\n\"\"\"\t២២ វិច្ឆិកា ២០២៦\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { fuzzRead(t, "a.csv", CSV, b) })
}

func FuzzJSONL(f *testing.F) {
	for _, s := range []string{`{"text":"a"}`, "[{\"title\":\"b\"},\n{}]", `{"v":1,"id":"x","text":1}`, "{\n", `[{"text":"\"}"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { fuzzRead(t, "a.jsonl", JSONL, b) })
}
