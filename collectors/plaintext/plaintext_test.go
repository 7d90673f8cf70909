package plaintext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFromHTML(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"plain", "ទឹក ជំនន់", "ទឹក ជំនន់"},
		{"paragraphs", "<p>one</p>\n\n<p>two<br>three</p>", "one\ntwo\nthree"},
		{"newlines in markup are spaces", "<p>one\ntwo</p>", "one two"},
		{"pre keeps lines", "<pre>one\ntwo</pre>", "one\ntwo"},
		{"white space", "a \t\u00a0 b\u2003c &nbsp; d", "a b c d"},
		{"zero-width space stays", "ខ្ញុំ\u200bទៅ", "ខ្ញុំ\u200bទៅ"},
		{"soft hyphen and byte order mark go", "\ufeffin\u00advisible", "invisible"},
		{"scripts", "a<script>if (a < b) { '</p>' }</script><style>p{}</style><noscript><img></noscript>b", "ab"},
		{"comment", "a<!-- <b>x</b> -->b", "ab"},
		{"entities", "AT&amp;T &#8211; &eacute;", "AT&T – é"},
		{"entities escaped twice", "It&amp;#8217;s &amp;amp; that", "It’s & that"},
		{"markup escaped twice", "&lt;p&gt;one&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;", "one\ntwo"},
		{"not markup", "1 < 2 and 3 > 2 & 4", "1 < 2 and 3 > 2 & 4"},
		{"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"list", "<ul><li>a<li>b</ul>", "a\nb"},
		{"closed at once", "a<iframe src='x'/>b<script src='x'/>c", "a b c"},
		{"byline by class", "<p class='entry-author'>Someone</p><p>text</p>", "text"},
		{"open byline", "<p class=byline>Someone<p>text", "text"},
		{"author link", "text <a rel=author href=x>Someone</a> end", "text end"},
		{"author image", "<img class=author src=x>text", "text"},
		{"unclosed tag", "a<b", "a"},
		{"windows-1252 control characters", "it\u0092s", "it’s"},
		{"broken UTF-8", "a\xffb", "a\uFFFDb"},
	} {
		if got := FromHTML(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFromText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"one\n\ntwo":              "one\ntwo",
		"a < b\nc & d":            "a < b\nc & d",
		"AT&amp;T\n<b>two</b>":    "AT&T\ntwo",
		"<p>one\ntwo</p><p>three": "one two\nthree",
	} {
		if got := FromText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestDropBylines(t *testing.T) {
	t.Parallel()
	names := NewNames([]string{"Example  Writer", "អ្នកសរសេរគំរូ"})
	for in, want := range map[string]string{
		"By Example Writer\ntext":  "text",
		"text\nexample writer":     "text",
		"text\n— Example Writer —": "text",
		"ដោយ៖ អ្នកសរសេរគំរូ\nអត្ថបទ":                       "អត្ថបទ",
		"ដោយ ៖ ឈ្មោះមួយ\nអត្ថបទ":                           "អត្ថបទ",
		"Reported by: Some Body and Other Person\ntext":    "text",
		"By the river stands a house.\ntext":               "By the river stands a house.\ntext",
		"By Monday the road will open again.\ntext":        "By Monday the road will open again.\ntext",
		"Example Writer said that the road is open.\ntext": "Example Writer said that the road is open.\ntext",
		"ដោយសារភ្លៀង ផ្លូវត្រូវបិទ។\nអត្ថបទ":               "ដោយសារភ្លៀង ផ្លូវត្រូវបិទ។\nអត្ថបទ",
		"a\nb\nc\nBy Example Writer\nd\ne\nf":              "a\nb\nc\nBy Example Writer\nd\ne\nf",
		"":                                                 "",
	} {
		if got := DropBylines(in, names); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzFromHTML(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "&lt;p&gt;", "<div class=byline>", "<pre>\n</pre>", "&amp;amp;amp;", "<iframe/>x", "<plaintext>x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := FromHTML(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q: broken UTF-8 %q", s, got)
		}
		if Clean(got) != got {
			t.Fatalf("%q: %q is not clean", s, got)
		}
		if strings.Contains(Line(s), "\n") {
			t.Fatalf("%q: a line with a newline", s)
		}
	})
}
