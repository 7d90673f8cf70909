package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// labelWindow is how many bytes before a number are searched for a label.
const labelWindow = 96

// phoneLabels are the words after which a number is a phone number whatever its shape.
const phoneLabels = "tel telephone phone mobile cell cellphone call hotline whatsapp viber telegram fax sms contact h/p " +
	"ទូរស័ព្ទ ទូរសព្ទ ទូរស័ព្ទដៃ ទំនាក់ទំនង ទាក់ទង តេឡេក្រាម"

// cardLabels are the words after which a number is a person's card or passport.
const cardLabels = "id id-card nid identity passport អត្តសញ្ញាណប័ណ្ណ អត្តសញ្ញាណបណ្ណ អត្តសញ្ញាណប័ណ្ណសញ្ជាតិខ្មែរ អត្តសញ្ញាណ លិខិតឆ្លងដែន ប៉ាស្ប័រ"

// fillers are the words that may stand between a label and its number.
const fillers = "no number num nr card n លេខ តាមលេខ ផ្ទាល់ខ្លួន at via"

// labelBefore gives Phone or ID if text ends with such a label, or nothing.
func labelBefore(text string) string {
	if len(text) > labelWindow {
		text = text[len(text)-labelWindow:]
		for len(text) > 0 && !utf8.RuneStart(text[0]) {
			text = text[1:]
		}
	}
	text = strings.ToLower(text)
	for range 4 {
		text = strings.TrimRightFunc(text, isBetween)
		if hasWord(text, phoneLabels) {
			return Phone
		}
		if hasWord(text, cardLabels) {
			return ID
		}
		shorter := trimWord(text, fillers)
		if shorter == text {
			return ""
		}
		text = shorter
	}
	return ""
}

// isBetween reports whether r may stand between a label and its number. A line break may
// not.
func isBetween(r rune) bool {
	return r != '\n' && (unicode.IsSpace(r) || strings.ContainsRune(":៖.#№°(=+-–_*\u200b", r))
}

// hasWord reports whether text ends with a word of the list.
func hasWord(text, list string) bool { return trimWord(text, list) != text }

// trimWord takes a word of the list off the end of text. A word in Latin letters must not be
// the end of a longer one; Khmer has no spaces between words.
func trimWord(text, list string) string {
	for w := range strings.SplitSeq(list, " ") {
		if rest, ok := strings.CutSuffix(text, w); ok {
			before, _ := utf8.DecodeLastRuneInString(rest)
			if w[0] >= utf8.RuneSelf || !isWord(before) {
				return rest
			}
		}
	}
	return text
}

// units are the words after a number that make it an amount.
const units = "riel riels រៀល ៛ dollar dollars ដុល្លារ ដុល្លា usd us$ $ khr baht បាត thb dong ដុង vnd yuan euro euros € £ ¥ cents " +
	"percent per ភាគរយ % people persons residents voters votes ballots នាក់ សន្លឹក សំឡេង families households គ្រួសារ tonnes tons ton តោន kg " +
	"គីឡូ គីឡូក្រាម km hectares ha ហិកតា views followers likes shares kwh mw ម៉ែត្រ លីត្រ លាន ពាន់ million billion thousand units គ្រឿង ឯកតា"

// currencies are the words and signs before a number that make it an amount.
const currencies = "$ ៛ usd us$ khr thb vnd € £ ¥ riel រៀល ដុល្លារ"

// isAmount reports whether the first n groups are said to be of something countable.
func (c *candidate) isAmount(n int) bool {
	s := c.e.s
	before := s[max(c.e.done, c.groups[0].start-16):c.groups[0].start]
	if hasWord(strings.ToLower(strings.TrimRight(before, " \u00a0\u200b+-")), currencies) {
		return true
	}
	after := strings.TrimLeft(s[c.groups[n-1].end:min(len(s), c.groups[n-1].end+64)], " \u00a0\u200b")
	after = strings.ToLower(after)
	for w := range strings.SplitSeq(units, " ") {
		if rest, ok := strings.CutPrefix(after, w); ok {
			next, _ := utf8.DecodeRuneInString(rest)
			if w[0] >= utf8.RuneSelf || !isASCIILetter(rune(w[0])) || !isWord(next) {
				return true
			}
		}
	}
	return false
}
