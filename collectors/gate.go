package collectors

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"samleng"
	"samleng/collectors/mask"
)

// Prepare makes a post fit for Kafka, in place: personal identifiers in its title and text
// are masked and bylines taken off, an address that names or reaches a person is taken away
// (mask.Address; the id, made before, stays), title and text are cut to samleng.MaxTitle and samleng.MaxText bytes,
// and it is validated. The error is of class BadInput and says what is wrong with the post.
//
// Everything that makes posts goes through it: the scheduler by way of Wrap, and the
// commands that print or import posts directly.
func Prepare(p *samleng.Post) error {
	if p.Schema == 0 {
		p.Schema = samleng.PostSchema
	}
	title, cutTitle := clean(p.Title, samleng.MaxTitle)
	text, cutText := clean(mask.Byline(p.Text), samleng.MaxText)
	p.Title, p.Text, p.URL = title, text, mask.Address(p.URL)
	if (cutTitle || cutText) && !slices.Contains(p.Flags, samleng.FlagTruncated) {
		p.Flags = append(p.Flags, samleng.FlagTruncated)
	}
	return p.Validate()
}

// clean masks s and cuts it to limit bytes. The first cut, to a little more than the limit,
// bounds the work of masking; it is more, so that an identifier across the limit is still
// seen whole.
func clean(s string, limit int) (string, bool) {
	const margin = 1_000
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
	early, cutEarly := Cut(s, limit+margin)
	masked, cutLate := Cut(mask.Text(early), limit)
	return masked, cutEarly || cutLate
}

// Cut gives the longest start of s that has at most limit bytes and does not end inside a
// character as a reader sees it: a Khmer consonant keeps its subscripts and vowels. It
// reports whether anything was cut.
func Cut(s string, limit int) (string, bool) {
	if len(s) <= limit {
		return s, false
	}
	end := clusterStart(s, limit)
	return strings.TrimSpace(s[:end]), true
}

// Wrap puts the gate around emit: each post is prepared, one that is unfit is counted in out
// and left out, and the others are emitted. What is acknowledged is counted in out.
func Wrap(emit Emit, out *Outcome) Emit {
	return func(ctx context.Context, posts []samleng.Post) error {
		fit := make([]samleng.Post, 0, len(posts))
		for _, p := range posts {
			p.Flags = slices.Clone(p.Flags)
			if err := Prepare(&p); err != nil {
				out.Reject(err.Error())
				continue
			}
			fit = append(fit, p)
		}
		if len(fit) == 0 {
			return nil
		}
		if err := emit(ctx, fit); err != nil {
			return fmt.Errorf("hand over %d posts: %w", len(fit), err)
		}
		out.Posts += len(fit)
		for i := range fit {
			if fit[i].Published.After(out.Newest) {
				out.Newest = fit[i].Published
			}
		}
		return nil
	}
}

// maxCluster is the longest character, as a reader sees it, that Cut keeps whole, in code
// points. Khmer ones have at most about eight; a heap of thousands of accents is cut through.
const maxCluster = 32

// clusterStart gives the last boundary between characters, as a reader sees them, that is
// not beyond limit. s is longer than limit. Unicode's grapheme clusters would not do: they
// part a Khmer subscript (U+17D2 and the consonant after it) from its base.
func clusterStart(s string, limit int) int {
	end := limit
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	i := end
	for range maxCluster {
		if i == 0 {
			return 0
		}
		after, _ := utf8.DecodeRuneInString(s[i:])
		before, size := utf8.DecodeLastRuneInString(s[:i])
		if !unicode.Is(unicode.M, after) && after != '\u200c' && after != '\u200d' && before != '\u17d2' && before != '\u200d' {
			return i
		}
		i -= size
	}
	return end
}
