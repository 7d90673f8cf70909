package khmer

import "slices"

// part is one visible piece of a cluster: its base, a consonant below it, or a mark.
type part struct {
	r    rune
	rank int
}

// maxParts bounds the work on one cluster; the longest in the language have fewer than ten.
const maxParts = 24

// split takes a cluster that begins with a base apart and appends its parts to dst, with
// the code points that have a twin of the same look replaced. It gives false for a cluster
// that should stay as it is.
func split(dst []part, cluster string) ([]part, bool) {
	below := false
	for i, r := range cluster {
		if len(dst) >= maxParts {
			return dst, false
		}
		c := classOf(r)
		switch {
		case c == coeng:
			below = true // a coeng that is typed twice puts below once
			continue
		case c == base:
			if i > 0 && !below {
				return dst, false
			}
		case below:
			return dst, false
		}
		p := part{r: r, rank: rank(r)}
		if below {
			p.rank = rankCoeng
			switch r {
			case 0x178A:
				p.r = 0x178F
			case 0x179A:
				p.rank = rankCoengRo
			case 0x17A3, 0x17A4:
				return dst, false
			}
			below = false
		}
		switch {
		case i == 0 && r == 0x17A3:
			p.r = 0x17A2
		case i == 0 && r == 0x17A4:
			p.r = 0x17A2
			dst = append(dst, p)
			p = part{r: 0x17B6, rank: rankPost}
		}
		dst = append(dst, p)
	}
	return dst, !below && !scattered(dst)
}

// scattered reports whether a mark that takes space occurs twice with other marks between:
// putting the two together would be seen.
func scattered(parts []part) bool {
	for i, p := range parts {
		if !takesSpace(p) {
			continue
		}
		for j := i + 2; j < len(parts); j++ {
			if parts[j] == p && parts[j-1] != p {
				return true
			}
		}
	}
	return false
}

// takesSpace reports whether p is drawn beside the base, so that two of it are seen as two.
func takesSpace(p part) bool {
	return p.rank == rankPre || p.rank == rankPost || p.rank == rankFinal || p.rank == rankCoeng || p.rank == rankCoengRo
}

// canonical orders the parts of a cluster and composes them. It works in place.
func canonical(parts []part) []part {
	slices.SortStableFunc(parts, func(a, b part) int { return a.rank - b.rank })
	parts = slices.CompactFunc(parts, func(a, b part) bool { return a == b && !takesSpace(a) })
	parts = compose(parts)
	parts = shift(parts)
	slices.SortStableFunc(parts, func(a, b part) int { return a.rank - b.rank })
	return slices.DeleteFunc(parts, func(p part) bool {
		if p.rank != rankJoiner {
			return false
		}
		i := slices.Index(parts, p)
		return i == 0 || parts[i-1].rank != rankShifter || i+1 == len(parts) || !standsAbove(parts[i+1].r)
	})
}

// find gives the place of r among the marks, or -1 when it is missing or there twice.
func find(parts []part, r rune) int {
	at := -1
	for i, p := range parts {
		if p.r == r {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}

// compose replaces the vowels that were typed in parts.
func compose(parts []part) []part {
	for _, c := range [...]struct{ a, b, whole rune }{
		{0x17C1, 0x17B8, 0x17BE},
		{0x17C1, 0x17B6, 0x17C4},
	} {
		a, b := find(parts, c.a), find(parts, c.b)
		if a >= 0 && b >= 0 {
			parts[a].r = c.whole
			parts = slices.Delete(parts, b, b+1)
		}
	}
	if a, b := find(parts, 0x17BE), find(parts, 0x17B6); a >= 0 && b >= 0 { // two spellings of one sight
		parts[a].r = 0x17C4
		parts[b] = part{r: 0x17B8, rank: rankAbove}
	}
	return parts
}

// shift replaces ុ under something that stands above by the shifter that it looks like:
// muusikatoan when the cluster holds ba or only consonants of the second series, triisap
// otherwise (the rule of SIL's khnormal).
func shift(parts []part) []part {
	u := find(parts, 0x17BB)
	if u < 0 {
		return parts
	}
	above, aa, nikahit := false, false, false
	first, ba := false, false
	for _, p := range parts {
		switch p.rank {
		case rankShifter, rankJoiner:
			return parts
		case rankBase, rankCoeng, rankCoengRo:
			first = first || firstSeries(p.r)
			ba = ba || p.r == 0x1794
		}
		above = above || standsAbove(p.r)
		aa = aa || p.r == 0x17B6
		nikahit = nikahit || p.r == 0x17C6
	}
	above = above || aa && nikahit // ាំ
	if !above {
		return parts
	}
	p := part{r: 0x17C9, rank: rankShifter}
	if first && !ba {
		p.r = 0x17CA
	}
	parts[u] = p
	return parts
}

// firstSeries reports whether r is a consonant that takes triisap: those of the first
// series, and those of the second that have no need of muusikatoan.
func firstSeries(r rune) bool {
	switch {
	case r >= 0x1780 && r <= 0x1783, r >= 0x1785 && r <= 0x1788, r >= 0x178A && r <= 0x178D,
		r >= 0x178F && r <= 0x1792, r >= 0x1795 && r <= 0x1797, r >= 0x179E && r <= 0x17A0, r == 0x17A2:
		return true
	}
	return false
}
