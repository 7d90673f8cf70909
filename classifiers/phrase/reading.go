package phrase

import (
	"slices"

	"samleng/classifiers/khmer"
)

// Segmenter cuts Khmer text into words: see khmer.Segmenter.
type Segmenter interface {
	// AppendWords appends the end of each word as a byte offset in text.
	AppendWords(dst []int, text string) []int
	// WordBegins reports whether a word begins with cluster i of those of a text.
	WordBegins(clusters []khmer.Cluster, i int) bool
}

// Short is the number of clusters up to which a Khmer phrase must also begin and end where
// words do: two clusters are often part of an unrelated longer word.
const Short = 2

// Reading is one text as all Sets of a Vocabulary see it. It is not safe for concurrent use.
type Reading struct {
	Text     string
	Tokens   []Token
	Clusters []khmer.Cluster // of its runs of Khmer, each of which is a token

	seg     Segmenter
	hidden  bool     // something invisible stands between two clusters
	borders []border // before each token, as far as they were asked for; empty before the first
	ends    []int
}

// border says whether a word begins with a token of Khmer.
type border uint8

const (
	unasked border = iota
	inner
	opens
)

// Post is the reading of a post.
type Post struct {
	Title, Text Reading

	vocabulary *Vocabulary
}

// keptTokens is the longest text, in tokens, whose memory is kept for the next.
const keptTokens = 1 << 14

// Read cuts title and text into tokens. The caller gives the memory back with Release.
func (v *Vocabulary) Read(title, text string) *Post {
	p, _ := v.posts.Get().(*Post)
	if p == nil {
		p = &Post{vocabulary: v}
	}
	p.Title.read(v, title)
	p.Text.read(v, text)
	return p
}

// Release ends the use of the post, its Readings and their Tokens, by all.
func (p *Post) Release() {
	p.Title.Text, p.Text.Text = "", ""
	if cap(p.Title.Tokens) <= keptTokens && cap(p.Text.Tokens) <= keptTokens {
		p.vocabulary.posts.Put(p)
	}
}

func (r *Reading) read(v *Vocabulary, text string) {
	sc := scanner{text: text, vocabulary: v, clusters: r.Clusters[:0]}
	r.Text, r.seg = text, v.seg
	r.Tokens = sc.scan(r.Tokens[:0])
	r.Clusters, r.hidden = sc.clusters, sc.hidden
	r.borders = r.borders[:0]
}

// Whole reports whether the match, in Tokens, is no short Khmer phrase, or one made of whole
// words. Only where a short match begins or ends is it looked for the border of a word.
func (r *Reading) Whole(m Match) bool {
	if r.seg == nil || m.Last-m.First > Short || r.Tokens[m.First].Class != Cluster {
		return true
	}
	return r.WordStarts(m.First) && r.WordEnds(m.Last-1)
}

// WordStarts reports whether a Khmer word begins with the token, a Cluster.
func (r *Reading) WordStarts(token int) bool {
	if token == 0 || r.seg == nil || !r.continues(token) {
		return true
	}
	if len(r.borders) == 0 {
		r.borders = slices.Grow(r.borders, len(r.Tokens))[:len(r.Tokens)]
		clear(r.borders)
	}
	if r.borders[token] == unasked {
		r.ask(token)
	}
	return r.borders[token] == opens
}

// WordEnds reports whether a Khmer word ends with the token, a Cluster.
func (r *Reading) WordEnds(token int) bool {
	return token+1 == len(r.Tokens) || r.WordStarts(token+1)
}

// ask finds the border before a token that continues a stretch of Khmer.
func (r *Reading) ask(token int) {
	if r.hidden {
		r.segment(token)
		return
	}
	r.borders[token] = inner
	if r.seg.WordBegins(r.Clusters, int(r.Tokens[token].squeezed[0])) {
		r.borders[token] = opens
	}
}

// segment finds all borders of the stretch of Khmer around the token.
func (r *Reading) segment(token int) {
	from, to := token, token+1
	for from > 0 && r.continues(from) {
		from--
	}
	for to < len(r.Tokens) && r.continues(to) {
		to++
	}
	base, next := r.Tokens[from].Start, 0
	r.ends = r.seg.AppendWords(r.ends[:0], r.Text[base:r.Tokens[to-1].End])
	for i := from + 1; i < to; i++ {
		before, start := r.Tokens[i-1].End-base, r.Tokens[i].Start-base
		for next < len(r.ends) && r.ends[next] < before {
			next++
		}
		r.borders[i] = inner
		if next < len(r.ends) && r.ends[next] <= start {
			r.borders[i] = opens
		}
	}
}

// continues reports whether token i goes on with the stretch of Khmer before it.
func (r *Reading) continues(i int) bool {
	return r.Tokens[i].Class == Cluster && r.Tokens[i-1].Class == Cluster && r.Tokens[i].Gap == None
}
