package place

import (
	"slices"

	"samleng/classifiers/khmer"
)

// What is segmented at once, in bytes: enough on both sides of a name, and on to the right
// for the names that follow.
const (
	windowBefore = 180
	windowAfter  = 900
)

// whole reports whether the candidate begins, unless after a unit word, and ends where a
// word does.
func (s *search) whole(seg *khmer.Segmenter, text string, k *candidate) bool {
	if seg == nil {
		return true
	}
	if s.in != k.field || k.start < s.from || k.end+windowBefore > s.to && s.to < len(text) {
		s.in = k.field
		s.from = clusterStart(text, max(k.start-windowBefore, 0))
		s.to = clusterStart(text, min(k.end+windowAfter, len(text)))
		s.ends = seg.AppendWords(s.ends[:0], text[s.from:s.to])
	}
	return (k.cue&cueUnit != 0 || s.edge(k.start)) && s.edge(k.end)
}

func (s *search) edge(at int) bool {
	if at == s.from {
		return true
	}
	_, found := slices.BinarySearch(s.ends, at-s.from)
	return found
}

// clusterStart gives the start of a Khmer cluster or of another rune at or before byte i of
// text. It looks back no further than a cluster is long.
func clusterStart(text string, i int) int {
	for j := i; j > 0 && j < len(text) && i-j < longestCluster; j-- {
		if text[j]&0xC0 == 0x80 {
			continue
		}
		sym := khmerSymbol(text, j)
		if !isMark(sym) && khmerSymbol(text, max(j-3, 0)) != symCoeng {
			return j
		}
	}
	return i
}

// longestCluster is more, in bytes, than any cluster that is not made up.
const longestCluster = 60
