package feed

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limits on an XML document. They bound memory and time whatever the document holds.
const (
	maxDepth   = 100    // elements inside each other; real feeds have fewer than 20
	maxRepairs = 2_000  // broken spots put right before the rest is given up
	maxEntries = 10_000 // entries read of one document
	maxAttrs   = 64     // attributes of one element; the others are left out
	maxGrowth  = 1 << 20
)

// namespace spellings that the rewriter looks for by URI.
const (
	nsXHTML = "http://www.w3.org/1999/xhtml"
	nsRDF   = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
)

// document is a feed document made fit for gofeed.
type document struct {
	root  string   // local name of the root in lower case: "rss", "rdf", "feed"
	xml   []byte   // well-formed, without DOCTYPE, entities and author elements
	names []string // text of the author elements that were left out
	cut   error    // why reading stopped early; nil when it did not
}

// rewriter copies a document token by token, so that what gofeed reads is well-formed,
// shallow and free of authors:
//
//   - open elements are closed where the document breaks off, and an entry that was not
//     complete by then is left out;
//   - a "<" that begins no tag, an end tag that nothing opened and the like are put right;
//   - elements that hold people's names are left out and only their text is remembered,
//     for finding bylines;
//   - CDF (a root of <CHANNEL>) becomes RSS, and rdf:about of an item becomes its guid.
type rewriter struct {
	in    []byte
	base  int // offset in "in" at which the present decoder began
	dec   *xml.Decoder
	out   bytes.Buffer
	doc   document
	cdf   bool
	stack []element
	fixes int
	items int
	// safe is the length of out before the outermost entry that is still open, and
	// safeDepth the length of the stack there; -1 outside an entry.
	safe, safeDepth int
	skip            int // depth at which an author element was opened; 0: none
	name            strings.Builder
}

// element is an open element as it was written.
type element struct {
	name   string            // as written to out, with prefix
	source string            // as written in the document
	spaces map[string]string // prefix to URI declared here; nil: none
	plain  bool              // an Atom text that is declared to hold no markup
	base64 bool              // an Atom text that is encoded
}

// rewrite reads a whole document in UTF-8. It gives an error only when there is no root
// element of a feed; everything else is in document.cut.
func rewrite(in []byte) (document, error) {
	in, err := prepare(in)
	if err != nil {
		return document{}, err
	}
	w := &rewriter{in: in, safeDepth: -1}
	w.out.Grow(len(w.in) + len(w.in)/8)
	w.restart(0)
	err = w.run()
	if w.doc.root == "" {
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("there is no element in it")
		}
		return document{}, err
	}
	if err != nil {
		w.doc.cut = err
		if w.safeDepth >= 0 {
			w.out.Truncate(w.safe)
			w.stack = w.stack[:w.safeDepth]
		}
	}
	w.closeTo(0)
	if w.cdf {
		w.out.WriteString("</rss>")
	}
	w.doc.xml = w.out.Bytes()
	return w.doc, nil
}

func (w *rewriter) restart(offset int) {
	w.base = offset
	w.dec = xml.NewDecoder(bytes.NewReader(w.in[offset:]))
	w.dec.Strict = false
	w.dec.Entity = xml.HTMLEntity
	w.dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
}

// run copies tokens to the end of the document. A nil error means that the root element
// was closed.
func (w *rewriter) run() error {
	limit := 4*len(w.in) + maxGrowth
	for {
		start := w.base + int(w.dec.InputOffset())
		token, err := w.dec.RawToken()
		if err != nil {
			if err := w.repair(start, err); err != nil {
				return err
			}
			continue
		}
		if err := w.copy(token, start); err != nil {
			return err
		}
		if w.doc.root != "" && len(w.stack) == 0 {
			return nil
		}
		if w.out.Len() > limit {
			return errors.New("it expands to more than four times its size")
		}
	}
}

// repair continues behind a broken spot, where that can be done.
func (w *rewriter) repair(start int, cause error) error {
	if errors.Is(cause, io.EOF) || strings.Contains(cause.Error(), "unexpected EOF") {
		if w.doc.root == "" {
			return io.EOF
		}
		return fmt.Errorf("it ends inside <%s>", w.stack[len(w.stack)-1].name)
	}
	if w.fixes++; w.fixes > maxRepairs {
		return fmt.Errorf("it is broken in more than %d spots: %w", maxRepairs, cause)
	}
	at := start
	for at < len(w.in) && w.in[at] != '<' {
		at++
	}
	if at >= len(w.in) {
		return cause
	}
	w.text(w.in[start:at])
	w.text(w.in[at : at+1])
	w.restart(at + 1)
	return nil
}

func (w *rewriter) copy(token xml.Token, start int) error {
	switch t := token.(type) {
	case xml.StartElement:
		return w.start(t)
	case xml.EndElement:
		w.end(qualified(t.Name))
	case xml.CharData:
		if bytes.HasPrefix(w.in[start:], []byte("<![CDATA[")) && w.skip == 0 && len(w.stack) > 0 && !w.stack[len(w.stack)-1].plain {
			// Kept as it is: gofeed reads the content of CDATA differently.
			w.out.WriteString("<![CDATA[")
			w.out.Write(t)
			w.out.WriteString("]]>")
			return nil
		}
		w.text(t)
	}
	return nil
}

func (w *rewriter) text(b []byte) {
	switch {
	case w.skip > 0:
		if w.name.Len() < 200 {
			w.name.Write(b)
		}
	case len(w.stack) == 0:
	case w.stack[len(w.stack)-1].base64:
		escapeText(&w.out, decodeBase64(b))
	case w.stack[len(w.stack)-1].plain:
		// Everything behind this step takes texts for HTML.
		var once bytes.Buffer
		escapeText(&once, b)
		escapeText(&w.out, once.Bytes())
	default:
		escapeText(&w.out, b)
	}
}

func (w *rewriter) start(t xml.StartElement) error {
	if len(w.stack) >= maxDepth {
		return fmt.Errorf("its elements are nested more than %d deep", maxDepth)
	}
	if w.doc.root == "" {
		if err := w.open(t); err != nil {
			return err
		}
	}
	name := qualified(t.Name)
	local := strings.ToLower(t.Name.Local)
	el := element{name: name, source: name, spaces: declared(t.Attr)}
	if w.skip > 0 {
		w.stack = append(w.stack, el)
		return nil
	}
	space := w.space(t.Name.Space, el.spaces)
	switch {
	case isAuthor(local) && w.inEntryOrFeed():
		w.stack = append(w.stack, el)
		w.skip = len(w.stack)
		return nil
	case space == nsXHTML && t.Name.Space != "":
		el.name = t.Name.Local
	}
	if isEntry(local) && w.safeDepth >= 0 && len(w.stack) == w.safeDepth+1 {
		// The entry before was never closed.
		w.closeTo(w.safeDepth)
	}
	entry := isEntry(local) && w.safeDepth < 0 && len(w.stack) <= 3
	if entry {
		if w.items++; w.items > maxEntries {
			return fmt.Errorf("it has more than %d entries", maxEntries)
		}
		w.safe, w.safeDepth = w.out.Len(), len(w.stack)
	}
	if w.cdf {
		w.startCDF(&el, local, t.Attr)
		return nil
	}
	attrs := t.Attr
	switch {
	case w.doc.root == "feed":
		el.plain = plainText(local, attrs)
		el.base64 = slices.ContainsFunc(attrs, func(a xml.Attr) bool { return a.Name.Local == "mode" && a.Value == "base64" })
	case (local == "body" || local == "fullitem") && w.safeDepth >= 0 && len(w.stack) == w.safeDepth+1:
		// XHTML as a child of an RSS item; gofeed reads the text of this name as HTML.
		el.name, attrs = "encoded", nil
	}
	w.write(el.name, attrs, w.doc.root == "feed")
	w.stack = append(w.stack, el)
	if entry && w.doc.root == "rdf" {
		for _, a := range t.Attr {
			if a.Name.Local == "about" && w.space(a.Name.Space, nil) == nsRDF {
				w.leaf(prefixOf(el.name)+"guid", a.Value)
			}
		}
	}
	return nil
}

// open decides what kind of feed the root element begins.
func (w *rewriter) open(t xml.StartElement) error {
	switch root := strings.ToLower(t.Name.Local); root {
	case "rss", "rdf", "feed":
		w.doc.root = root
	case "channel":
		w.doc.root, w.cdf = "rss", true
		w.out.WriteString(`<rss version="2.0">`)
	default:
		return fmt.Errorf("its root element is <%s>", qualified(t.Name))
	}
	return nil
}

func (w *rewriter) write(name string, attrs []xml.Attr, isAtom bool) {
	w.out.WriteByte('<')
	w.out.WriteString(name)
	attrs = attrs[:min(len(attrs), maxAttrs)]
	for i, a := range attrs {
		if !validName(qualified(a.Name)) || slices.ContainsFunc(attrs[:i], func(b xml.Attr) bool { return b.Name == a.Name }) {
			continue
		}
		if isAtom && a.Name.Local == "mode" {
			// Atom 0.3, dealt with here: gofeed knows its values in part only.
			continue
		}
		w.out.WriteByte(' ')
		w.out.WriteString(qualified(a.Name))
		w.out.WriteString(`="`)
		escapeAttr(&w.out, a.Value)
		w.out.WriteByte('"')
	}
	w.out.WriteByte('>')
}

// end closes the element that the end tag belongs to, and with it whatever was left open
// inside. An end tag that belongs to none is left out.
func (w *rewriter) end(name string) {
	for i := len(w.stack) - 1; i >= 0; i-- {
		if strings.EqualFold(w.stack[i].source, name) {
			w.closeTo(i)
			return
		}
	}
}

// closeTo closes open elements until depth of them are left.
func (w *rewriter) closeTo(depth int) {
	for len(w.stack) > depth {
		top := len(w.stack)
		switch w.skip {
		case 0:
			w.out.WriteString("</" + w.stack[top-1].name + ">")
		case top:
			w.skip = 0
			if name := strings.Join(strings.Fields(w.name.String()), " "); name != "" && len(w.doc.names) < maxEntries {
				w.doc.names = append(w.doc.names, name)
			}
			w.name.Reset()
		}
		w.stack = w.stack[:top-1]
		if w.safeDepth == len(w.stack) {
			w.safeDepth = -1
		}
	}
}

// inEntryOrFeed reports whether the present element is a child of the feed or of an entry
// (or of a group in it), rather than markup inside a text.
func (w *rewriter) inEntryOrFeed() bool {
	for _, el := range w.stack {
		switch strings.ToLower(localPart(el.name)) {
		case "rss", "rdf", "feed", "channel", "item", "entry", "source", "group":
		default:
			return false
		}
	}
	return len(w.stack) > 0
}

// space gives the URI that prefix stands for, seen from the innermost open element.
func (w *rewriter) space(prefix string, here map[string]string) string {
	if uri, ok := here[prefix]; ok {
		return uri
	}
	for i := len(w.stack) - 1; i >= 0; i-- {
		if uri, ok := w.stack[i].spaces[prefix]; ok {
			return uri
		}
	}
	return ""
}
