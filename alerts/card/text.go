package card

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// clean makes one line of any text: valid UTF-8, without control characters, and without the
// marks that turn the direction of what follows, which would reach beyond the text itself.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		if r > ' ' && r < 0x7F || r >= 0x1780 && r <= 0x17FF { // most of all texts
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
			continue
		}
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			space = b.Len() > 0
			continue
		case unicode.IsControl(r), directional(r), r == 0xFEFF, r&0xFFFE == 0xFFFE:
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// directional reports whether r is a bidirectional control of Unicode Standard Annex 9.
func directional(r rune) bool {
	return r == 0x061C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// units is the length of s in UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

const ellipsis = "…"

// clip cleans s and cuts it to at most limit UTF-16 units, an ellipsis included. It cuts at the
// end of a cluster, and of a word where one ends not far before.
func (r *Renderer) clip(s string, limit int) string {
	if enough := 4*limit + 64; len(s) > enough { // more than fits, and costs time
		for enough > 0 && !utf8.RuneStart(s[enough]) {
			enough--
		}
		return r.cut(clean(s[:enough]), limit, true)
	}
	return r.cut(clean(s), limit, false)
}

// cut is clip for clean text. longer says that something follows s.
func (r *Renderer) cut(s string, limit int, longer bool) string {
	if !longer && units(s) <= limit {
		return s
	}
	end, width := 0, 1 // of the ellipsis
	for i := 0; i < len(s); {
		next := r.o.ClusterEnd(s, i)
		if width += units(s[i:next]); width > limit {
			break
		}
		i = next
		if (!longer || i < len(s)) && !joined(s, i) {
			end = i
		}
	}
	if space := strings.LastIndexByte(s[:end], ' '); space > end-end/4 && end < len(s) && s[end] != ' ' {
		end = space
	}
	return strings.TrimRight(s[:end], " ") + ellipsis
}

// joined reports whether what meets at byte i belongs together although it is two clusters:
// emoji with a joiner, a skin tone or two letters of a flag.
func joined(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	const joiner = 0x200D
	if before == joiner || after == joiner || after >= 0x1F3FB && after <= 0x1F3FF || unicode.Is(unicode.M, after) {
		return true
	}
	if !flagLetter(before) || !flagLetter(after) {
		return false
	}
	letters := 0
	for j := i; j > 0; letters++ {
		r, n := utf8.DecodeLastRuneInString(s[:j])
		if !flagLetter(r) {
			break
		}
		j -= n
	}
	return letters%2 == 1
}

func flagLetter(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }
