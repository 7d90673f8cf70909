package site

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"samleng"
)

var testSeen = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func testSource() samleng.Source {
	return samleng.Source{ID: "test", Kind: samleng.KindNews}
}

// TestFixtures compares what Parse makes of NAME.html with NAME.json. The pages are Khmer:
// text without spaces must not fall to rules about the number of words.
func TestFixtures(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			var want struct {
				PageURL string `json:"page_url"`
				URL, Title, Text,
				Language, Published string
			}
			expected, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(expected, &want); err != nil {
				t.Fatal(err)
			}
			page, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".html")
			if err != nil {
				t.Fatal(err)
			}
			p, err := Parse(page, want.PageURL, testSeen, testSource())
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Validate(); err != nil {
				t.Error(err)
			}
			if p.ID != samleng.NewPostID("web", want.URL) {
				t.Error("the id is not that of the address")
			}
			for _, c := range []struct{ what, got, want string }{
				{"url", p.URL, want.URL}, {"title", p.Title, want.Title}, {"text", p.Text, want.Text}, {"language", p.Language, want.Language},
			} {
				if c.got != c.want {
					t.Errorf("%s\n%q, want\n%q", c.what, c.got, c.want)
				}
			}
			if want.Published != "" && p.Published.Format(time.RFC3339) != want.Published {
				t.Errorf("published %s, want %s", p.Published, want.Published)
			}
			if missing := slices.Contains(p.Flags, samleng.FlagDateMissing); missing != (want.Published == "") {
				t.Errorf("flags %v", p.Flags)
			}
		})
	}
}

const prose = "<p>The bridge over the river is open again after three months of repairs, and lorries may cross it at any hour of the day.</p>" +
	"<p>Drivers had to take the long way round through the hills since the flood in August, which cost them two hours.</p>" +
	"<p>The repairs were paid for by the province, which plans a second bridge further down the river next year.</p>"

func TestCanonicalAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, head, pageURL, want string }{
		{"given", "", "https://a.example/x?utm_source=y#z", "https://a.example/x"},
		{"claimed, same host", `<link rel="canonical" href="/real">`, "https://a.example/x", "https://a.example/real"},
		{"claimed, another host", `<link rel="canonical" href="https://b.example/real">`, "https://a.example/x", "https://a.example/x"},
		{"claimed, the home page", `<link rel="canonical" href="https://a.example/">`, "https://a.example/x", "https://a.example/x"},
		{"claimed, no address given", `<link rel="canonical" href="https://b.example/real">`, "", "https://b.example/real"},
		{"claimed for sharing, address given", `<meta property="og:url" content="https://a.example/y">`, "https://a.example/x", "https://a.example/x"},
		{"none", "", "", ""},
	} {
		a, err := Extract([]byte("<html><head>"+c.head+"</head><body><article>"+prose+"</article></body></html>"), c.pageURL)
		if err != nil || a.CanonicalURL != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, a.CanonicalURL, err, c.want)
		}
	}
	if _, err := Parse([]byte("<html><body>"+prose+"</body></html>"), "", testSeen, testSource()); err == nil {
		t.Error("a page without an address became a post")
	}
}

func TestNoAuthorNoComments(t *testing.T) {
	t.Parallel()
	page := `<html><head><title>Bridge</title><meta name="author" content="Zebedee Quux"><script type="application/ld+json">{"@type":"NewsArticle","author":[{"name":"Zebedee Quux"}]}</script></head>
<body><article><h1>Bridge</h1><p>By Zebedee Quux</p><p class="author">Zebedee Quux</p>` + prose + `<p>Zebedee Quux</p><div class="author-bio"><p>Zebedee Quux writes about bridges.</p></div></article>
<section id="comments"><h3>Comments</h3><div class="comment"><p>I never liked that old bridge, says this reader at length and with some anger.</p></div></section></body></html>`
	p, err := Parse([]byte(page), "https://a.example/bridge", testSeen, testSource())
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"Zebedee", "Quux", "never liked"} {
		if strings.Contains(string(out), word) {
			t.Errorf("%q is in the post: %s", word, out)
		}
	}
	if strings.Count(p.Text, "\n") != 2 {
		t.Errorf("paragraphs: %q", p.Text)
	}
}

func TestCharset(t *testing.T) {
	t.Parallel()
	page := `<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><title>Мост</title></head><body><article>` +
		strings.Repeat("<p>Мост через реку снова открыт после трёх месяцев ремонта, и грузовики могут ехать по нему днём и ночью.</p>", 4) + `</article></body></html>`
	raw, err := charmap.Windows1251.NewEncoder().Bytes([]byte(page))
	if err != nil {
		t.Fatal(err)
	}
	a, err := Extract(raw, "https://a.example/x")
	if err != nil || a.Title != "Мост" || !strings.Contains(a.Text, "снова открыт") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestRefusedPages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ page, want string }{
		"empty":         {" \n", "the page is empty"},
		"feed":          {`<?xml version="1.0"?><rss><channel><item><title>x</title></item></channel></rss>`, "not an HTML page"},
		"JSON":          {`{"a":1}`, "not an HTML page"},
		"nothing in it": {"<html><head><title>x</title></head><body></body></html>", "no article on it"},
		"oversized":     {"<p>" + strings.Repeat("x", MaxPage), "at most"},
		"too deep":      {"<html><body>" + strings.Repeat("<div>", 100_000) + "x", "elements"},
		"too many":      {"<html><body>" + strings.Repeat("<b>x</b>", 200_000), "more than 50000 elements"},
	} {
		_, err := Extract([]byte(c.page), "https://a.example/x")
		if err == nil || !strings.Contains(err.Error(), c.want) || samleng.ClassOf(err) != samleng.BadInput {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzExtract(f *testing.F) {
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page)
	}
	f.Add([]byte("<html><body><article>" + prose + "</article></body></html>"))
	f.Fuzz(func(t *testing.T, page []byte) {
		a, err := Extract(page, "https://a.example/x")
		if err != nil {
			if samleng.ClassOf(err) != samleng.BadInput {
				t.Fatal(err)
			}
			return
		}
		if a.Text == "" || a.CanonicalURL == "" {
			t.Fatalf("an article without text or address: %+v", a)
		}
	})
}
