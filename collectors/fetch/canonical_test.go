package fetch_test

import (
	"strings"
	"testing"

	"samleng"
	"samleng/collectors/fetch"
)

func TestCanonicalURL(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{"lower case", "HTTPS://Example.ORG/Path", "https://example.org/Path"},
		{"default port", "https://example.org:443/a", "https://example.org/a"},
		{"default port of http", "http://example.org:80/a", "http://example.org/a"},
		{"another port", "http://example.org:8080/a", "http://example.org:8080/a"},
		{"another scheme's port", "http://example.org:443/a", "http://example.org:443/a"},
		{"empty port", "http://example.org:/a", "http://example.org/a"},
		{"fragment", "https://example.org/a#top", "https://example.org/a"},
		{"empty path", "https://example.org", "https://example.org/"},
		{"empty path with query", "https://example.org?p=12", "https://example.org/?p=12"},
		{"final dot of the host", "https://example.org./a", "https://example.org/a"},
		{"tracking only", "https://example.org/a?utm_source=x&utm_medium=rss&fbclid=1", "https://example.org/a"},
		{"tracking among others", "https://example.org/?p=7&utm_source=x&b=2&gclid=9&a=1", "https://example.org/?p=7&b=2&a=1"},
		{"tracking in capitals", "https://example.org/?UTM_Source=x&id=1", "https://example.org/?id=1"},
		{"empty parameters", "https://example.org/a?&&b=1&", "https://example.org/a?b=1"},
		{"empty query", "https://example.org/a?", "https://example.org/a"},
		{"order is kept", "https://example.org/a?b=2&a=1", "https://example.org/a?b=2&a=1"},
		{"encoded letters", "https://example.org/%61%2Db", "https://example.org/a-b"},
		{"encoding in capitals", "https://example.org/a%2fb%e1", "https://example.org/a%2Fb%E1"},
		{"Khmer in the path", "https://example.org/ព័ត៌មាន", "https://example.org/%E1%9E%96%E1%9F%90%E1%9E%8F%E1%9F%8C%E1%9E%98%E1%9E%B6%E1%9E%93"},
		{"the same encoded", "https://example.org/%e1%9e%96", "https://example.org/%E1%9E%96"},
		{"space", "https://example.org/a b", "https://example.org/a%20b"},
		{"bare percent", "https://example.org/100%", "https://example.org/100%25"},
		{"bare percent in the query", "https://example.org/?a=5%&b=%zz", "https://example.org/?a=5%25&b=%25zz"},
		{"dots in the path", "https://example.org/a/./b/../c", "https://example.org/a/c"},
		{"encoded dots", "https://example.org/a/%2e%2e/c", "https://example.org/c"},
		{"above the root", "https://example.org/../../c", "https://example.org/c"},
		{"final dots", "https://example.org/a/b/..", "https://example.org/a/"},
		{"final slash is kept", "https://example.org/a/", "https://example.org/a/"},
		{"double slash is kept", "https://example.org//a//b", "https://example.org//a//b"},
		{"user and password", "https://me:secret@example.org/a", "https://example.org/a"},
		{"international host", "https://ពត៌មាន.example/a", "https://xn--x2eihj4m4e.example/a"},
		{"German host", "https://Bücher.example/", "https://xn--bcher-kva.example/"},
		{"underscore in the host", "https://a_b.example.org/", "https://a_b.example.org/"},
		{"IPv6", "http://[2001:DB8:0::1]:80/", "http://[2001:db8::1]/"},
		{"spaces around", "  https://example.org/a\n", "https://example.org/a"},
		{"feed identifiers", "https://en.example.com/index.php/en/?format=feed&type=rss", "https://en.example.com/index.php/en/?format=feed&type=rss"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := fetch.CanonicalURL(c.in)
			if err != nil || got != c.want {
				t.Errorf("CanonicalURL(%q)\n got %q, %v\nwant %q", c.in, got, err, c.want)
			}
		})
	}
	for _, bad := range []string{
		"", "example.org/a", "/a", "mailto:a@example.org", "file:///etc/passwd", "javascript:alert(1)",
		"http://", "http:///a", "http://exa mple.org/", "http://example.org:99999/", "http://example.org:x/",
		"http://a..b/", "http://" + strings.Repeat("a", 5000),
	} {
		if got, err := fetch.CanonicalURL(bad); samleng.ClassOf(err) != samleng.BadInput {
			t.Errorf("CanonicalURL(%q) = %q, %v: want an error of class bad-input", bad, got, err)
		}
	}
}

func FuzzCanonicalURL(f *testing.F) {
	for _, s := range []string{
		"https://example.org/a?b=c#d", "http://[::1]:80/%", "HTTP://EXAMPLE.org.:80/../a/./%2e%2E?utm_x=1&&%26=1",
		"https://ព.example/ខ្មែរ?q=ខ្មែរ", "http://a@b@c/", "http://%61.example/", "https://example.org/\x10%\x11\x12",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		once, err := fetch.CanonicalURL(in)
		if err != nil {
			return
		}
		twice, err := fetch.CanonicalURL(once)
		if err != nil {
			t.Fatalf("%q became %q, which is refused: %v", in, once, err)
		}
		if once != twice {
			t.Fatalf("%q became %q and then %q", in, once, twice)
		}
	})
}
