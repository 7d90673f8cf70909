package phrase

import (
	"slices"

	"samleng/classifiers/khmer"
)

// Segmenter cuts Khmer text into words: see khmer.Segmenter.
type Segmenter interface {
	// AppendWords appends the end of each word as a byte offset in text.
	AppendWords(dst []int, text string) []int
	// AppendCuts appends the end of each word of a run of letters, as Cluster.End has it.
	AppendCuts(dst []int, run []khmer.Cluster) []int
}

// Short is the number of clusters up to which a Khmer phrase must also begin and end where
// words do: two clusters are often part of an unrelated longer word.
const Short = 2

// Reading is one text as all Sets of a Vocabulary see it. It is not safe for concurrent use.
type Reading struct {
	Text     string
	Tokens   []Token
	Clusters []khmer.Cluster // of its runs of Khmer, each of which is a token

	seg   Segmenter
	words []border // by token, of the stretches that were segmented; empty before the first
	ends  []int
}

// border says where words end beside a token of Khmer.
type border uint8

const (
	segmented border = 1 << iota // the stretch of the token was cut into words
	opens                        // a word begins where the token does
	closes                       // a word ends where the token does
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
	r.Clusters = sc.clusters
	r.words = r.words[:0]
}

// Whole reports whether the match, in Tokens, is no short Khmer phrase, or one made of whole
// words. It segments a stretch of Khmer only when a short match lies in it, and once.
func (r *Reading) Whole(m Match) bool {
	if r.seg == nil || m.Last-m.First > Short || r.Tokens[m.First].Class != Cluster {
		return true
	}
	return r.WordStarts(m.First) && r.WordEnds(m.Last-1)
}

// WordStarts reports whether a Khmer word begins with the token, a Cluster.
func (r *Reading) WordStarts(token int) bool { return r.border(token)&opens != 0 }

// WordEnds reports whether a Khmer word ends with the token, a Cluster.
func (r *Reading) WordEnds(token int) bool { return r.border(token)&closes != 0 }

func (r *Reading) border(token int) border {
	if len(r.words) == 0 {
		r.words = slices.Grow(r.words, len(r.Tokens))[:len(r.Tokens)]
		clear(r.words)
	}
	if r.words[token] == 0 {
		r.segment(token)
	}
	return r.words[token]
}

// segment cuts the stretch of Khmer around the token into words.
func (r *Reading) segment(token int) {
	from, to := token, token+1
	for from > 0 && r.continues(from) {
		from--
	}
	for to < len(r.Tokens) && r.continues(to) {
		to++
	}
	if r.seg == nil {
		for i := from; i < to; i++ {
			r.words[i] = segmented | opens | closes
		}
		return
	}
	r.cut(from, to)
	last, next := r.Tokens[from].Start, 0 // the end of a word, and the one after it
	for i := from; i < to; i++ {
		t, b := &r.Tokens[i], segmented
		for next < len(r.ends) && r.ends[next] <= t.Start {
			last = r.ends[next]
			next++
		}
		if last == t.Start {
			b |= opens
		}
		for next < len(r.ends) && r.ends[next] < t.End {
			last = r.ends[next]
			next++
		}
		if next < len(r.ends) && r.ends[next] == t.End {
			b |= closes
		}
		r.words[i] = b
	}
}

// cut writes the ends of the words of a stretch of Khmer, the tokens [from, to), into r.ends.
func (r *Reading) cut(from, to int) {
	if run := r.run(from, to); run != nil {
		r.ends = r.seg.AppendCuts(r.ends[:0], run)
		return
	}
	base := r.Tokens[from].Start
	r.ends = r.seg.AppendWords(r.ends[:0], r.Text[base:r.Tokens[to-1].End])
	for i := range r.ends {
		r.ends[i] += base
	}
}

// run gives the clusters of the tokens [from, to) if they are a run of letters, else nil.
func (r *Reading) run(from, to int) []khmer.Cluster {
	if r.Tokens[from].Class != Cluster {
		return nil
	}
	run := r.Clusters[r.Tokens[from].squeezed[0]:][:to-from]
	for i := range run {
		if !run[i].Letters() || i > 0 && run[i].Start != run[i-1].End {
			return nil
		}
	}
	return run
}

// continues reports whether token i goes on with the stretch of Khmer before it.
func (r *Reading) continues(i int) bool {
	return r.Tokens[i].Class == Cluster && r.Tokens[i-1].Class == Cluster && r.Tokens[i].Gap == None
}
