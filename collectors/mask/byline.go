package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// endOfText is the Khmer sign bariyoosan, which closes an article; bylines come after it.
const endOfText = "៕"

// maxBylines is how many bylines are removed from each end of a text: writer and
// photographer, say.
const maxBylines = 2

// Byline gives s without the lines at its start and end that only say who wrote, reported,
// translated or photographed it: "By" and capitalised names, or អត្ថបទ៖, ដោយ៖, សរសេរដោយ and the like with
// a few words after them, or ដោយ and a colon anywhere in it, standing alone as a short line without
// a full stop, or after the sign that closes a text (៕). A sentence that begins like one is kept. It is idempotent but for texts of nothing but bylines.
func Byline(s string) string {
	for range maxBylines {
		line, rest, _ := strings.Cut(strings.TrimLeft(s, "\r\n\t "), "\n")
		if !isByline(line) {
			break
		}
		s = strings.TrimLeft(rest, "\r\n\t ")
	}
	for range maxBylines {
		trimmed := strings.TrimRight(s, "\r\n\t ")
		start := strings.LastIndexByte(trimmed, '\n') + 1
		if end := strings.LastIndex(trimmed, endOfText); end >= start && end+len(endOfText) < len(trimmed) {
			start = end + len(endOfText) // "... ៕ ដោយ៖ ..." on one line
		}
		if !isByline(trimmed[start:]) {
			break
		}
		s = strings.TrimRight(trimmed[:start], "\r\n\t ")
	}
	return s
}

// Longest bylines, in characters. Khmer ones without a colon are shorter, because ដោយ is also
// "because".
const (
	maxByline      = 90
	maxKhmerPlain  = 32
	maxKhmerByline = 60
)

const khmerBylines = "អត្ថបទដោយ អត្ថបទនិងរូបភាព អត្ថបទនិងរូបថត អត្ថបទ សរសេរដោយ រាយការណ៍ដោយ និពន្ធដោយ រៀបរៀងដោយ កែសម្រួលដោយ កែសម្រួល សម្រួលដោយ ប្រែសម្រួលដោយ ប្រែសម្រួល បកប្រែដោយ " +
	"អ្នកនិពន្ធ អ្នកសរសេរ អ្នកយកព័ត៌មាន អ្នករាយការណ៍ និពន្ធនាយក រូបថតដោយ រូបភាពដោយ រូបថត រូបភាព ដោយ"

func isByline(line string) bool {
	line = strings.Trim(line, " \t\r\u00a0\u200b*_—–-|()")
	length := utf8.RuneCountInString(line)
	if line == "" || length > maxByline || strings.ContainsAny(line, "។!?") {
		return false
	}
	if before, after, ok := cutColon(line, "ដោយ"); ok && length <= maxKhmerByline && !strings.Contains(before, endOfText) {
		return after != ""
	}
	for w := range strings.SplitSeq(khmerBylines, " ") {
		if rest, ok := strings.CutPrefix(line, w); ok {
			return isKhmerByline(w, strings.TrimLeft(rest, " \u00a0\u200b"), rest, length)
		}
	}
	return isLatinByline(line)
}

// cutColon cuts line around the word, if a colon comes right after it: "AFPដោយ ៖ ...",
// "កែសម្រួលដោយ៖ ...".
func cutColon(line, word string) (before, after string, ok bool) {
	before, after, _ = strings.Cut(line, word)
	after = strings.TrimLeft(after, " \u00a0\u200b")
	for _, colon := range []string{":", "៖"} {
		if rest, found := strings.CutPrefix(after, colon); found {
			return before, strings.TrimSpace(rest), true
		}
	}
	return "", "", false
}

// isKhmerByline judges what comes after the word of a byline; bare is the same before its
// spaces were taken off.
func isKhmerByline(word, after, bare string, length int) bool {
	if strings.HasPrefix(after, ":") || strings.HasPrefix(after, "៖") {
		return length <= maxKhmerByline && len(after) > len("៖")
	}
	names := len(strings.Fields(after))
	return strings.HasSuffix(word, "ដោយ") && bare != after && length <= maxKhmerPlain && names >= 1 && names <= 4
}

// isLatinByline recognises "By Firstname Lastname and Firstname Lastname".
func isLatinByline(line string) bool {
	word, rest := "", ""
	for _, w := range []string{
		"written by", "reported by", "reporting by", "story by", "text by", "words by", "edited by", "translated by",
		"photos by", "photo by", "photographs by", "author:", "authors:", "writer:", "reporter:", "by:", "by",
	} {
		if len(line) > len(w) && strings.EqualFold(line[:len(w)], w) {
			word, rest = w, line[len(w):]
			break
		}
	}
	if rest == "" || !strings.HasSuffix(word, ":") && rest[0] != ' ' && rest[0] != ':' {
		return false
	}
	words := strings.FieldsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",:&/|", r) })
	names := 0
	for _, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		switch {
		case isOneOf(strings.ToLower(w), "and in of for de van bin staff reporter correspondent editor news"):
		case unicode.IsUpper(first):
			names++
		default:
			return false
		}
	}
	return names >= 1 && len(words) <= 10
}
