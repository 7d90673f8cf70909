package mask

import (
	"strings"
	"unicode/utf8"
)

// candidate is a place where a number may begin: at the first of groups.
type candidate struct {
	e        *editor
	groups   []group
	previous *group // the group before in the same sequence, unless it was masked
	labelled bool   // the text says that this is a phone number
}

// find gives where the number begins, how many groups it takes, and its mark; 0 groups for
// none.
func (c *candidate) find() (from, used int, mark string) {
	if c.sum(min(7, len(c.groups))) < 6 {
		return 0, 0, "" // no identifier is shorter
	}
	first := &c.groups[0]
	from = first.start
	if c.previous != nil && c.previous.digits != "" && (first.joint == "." || first.joint == "-" && len(c.previous.digits) >= 9) {
		return 0, 0, "" // decimals, or the middle of something long
	}
	if start, used := c.passport(); used > 0 {
		return start, used, ID
	}
	before := c.e.before(from)
	if c.previous == nil && (isWord(before) || c.afterWord(before)) {
		return 0, 0, ""
	}
	if label := labelBefore(c.e.s[c.e.done:from]); label != "" {
		if label == ID {
			if used := c.upTo(6, 14); used > 0 {
				return from, used, ID
			}
		}
		c.labelled = c.labelled || label == Phone
	}
	if before == '+' {
		if used := c.international(0); used > 0 {
			return c.withBracket(from-1, used), used, Phone
		}
	}
	for _, shape := range []func() int{c.cambodian, c.abroad, c.american} {
		if used := shape(); used > 0 {
			return c.withBracket(from, used), used, Phone
		}
	}
	if c.labelled && !c.isAmount(1) {
		if used := c.upTo(6, 12); used > 0 && !c.isAmount(used) {
			return from, used, Phone
		}
	}
	if used := c.card(); used > 0 {
		return from, used, ID
	}
	return 0, 0, ""
}

// withBracket takes the bracket before a number into it, if it closes within: "(012) 345 678".
func (c *candidate) withBracket(from, used int) int {
	if used > 1 && c.e.before(from) == '(' && strings.HasPrefix(c.groups[1].joint, ")") {
		return from - 1
	}
	return from
}

// afterWord reports whether the sign before the number ties it to a word or a number that
// does not belong to it: "1,012345678", "org/012345678".
func (c *candidate) afterWord(before rune) bool {
	i := c.groups[0].start - 1
	switch before {
	case ',', '.':
		r := c.e.before(i)
		return isASCIIDigit(r) || '០' <= r && r <= '៩'
	case '/', '=':
		return isASCIILetter(c.e.before(i))
	}
	return false
}

// sum gives the number of digits in the first n groups.
func (c *candidate) sum(n int) int {
	total := 0
	for _, g := range c.groups[:n] {
		total += len(g.digits)
	}
	return total
}

// longest gives the largest number of groups, of at most most, whose digits number low to
// high and of which each after the first has at least two digits.
func (c *candidate) longest(most, low, high int) int {
	used, total := 0, 0
	for n := 1; n <= min(most, len(c.groups)); n++ {
		g := &c.groups[n-1]
		total += len(g.digits)
		if total > high || n > 1 && len(g.digits) < 2 && strings.IndexByte(g.joint, '(') < 0 {
			break
		}
		if total >= low {
			used = n
		}
	}
	if used > 0 && c.isCut(used) {
		return 0
	}
	return used
}

// upTo is longest for a number that a label announces: its groups may be short.
func (c *candidate) upTo(low, high int) int {
	used, total := 0, 0
	for n := 1; n <= min(6, len(c.groups)); n++ {
		if total += len(c.groups[n-1].digits); total > high {
			break
		}
		if total >= low {
			used = n
		}
	}
	return used
}

// isCut reports whether the text goes on after n groups in a way that makes them part of
// something else: a word, a decimal, an amount with commas.
func (c *candidate) isCut(n int) bool {
	rest := c.e.s[c.groups[n-1].end:]
	r, size := utf8.DecodeRuneInString(rest)
	if isWord(r) || r == '%' || r == '៛' || r == '$' {
		return true
	}
	if r == '@' {
		next, _ := utf8.DecodeRuneInString(rest[size:])
		return isWord(next)
	}
	if r == ',' && len(rest) > 1 {
		_, digit := digitAt(rest, 1)
		return digit > 0
	}
	return false
}

// cambodian is a number as dialled within the country: 0, an area or operator code of two
// digits, and six or seven more; 9 or 10 in all.
func (c *candidate) cambodian() int {
	d := c.groups[0].digits
	if len(d) < 3 || d[0] != '0' || d[1] == '0' {
		return 0
	}
	used := c.longest(5, 9, 10)
	if used > 1 && c.isThousands(used) {
		return 0
	}
	return used
}

// isThousands reports whether the first n groups are the rest of an amount with spaces
// between thousands: "1 012 345 678".
func (c *candidate) isThousands(n int) bool {
	if c.previous == nil || len(c.previous.digits) > 3 || c.previous.digits[0] == '0' || len([]rune(c.groups[0].joint)) > 1 {
		return false
	}
	for _, g := range c.groups[:n] {
		if len(g.digits) != 3 {
			return false
		}
	}
	return true
}

// abroad is a number with a country code but no plus sign: 00 and the code, or Cambodia's
// own 855.
func (c *candidate) abroad() int {
	d := c.groups[0].digits
	switch {
	case len(d) > 2 && d[:2] == "00" && d[2] != '0':
		return c.international(2)
	case strings.HasPrefix(d, "855"):
		if used := c.longest(6, 11, 12); used > 0 && !c.isAmount(used) {
			return used
		}
	}
	return 0
}

// international is a number that begins with a country code after skip digits: 9 to 15 in
// all (ITU-T E.164), of Cambodia 11 or 12, or 13 with a "(0)" in it.
func (c *candidate) international(skip int) int {
	d := c.groups[0].digits[skip:]
	if d == "" || d[0] == '0' {
		return 0
	}
	low, high := 9+skip, 15+skip
	if strings.HasPrefix(d, "855") {
		low, high = 11+skip, 12+skip
		if len(c.groups) > 1 && c.groups[1].digits == "0" {
			high++
		}
	}
	used := c.longest(7, low, high)
	if used > 0 && c.isAmount(used) {
		return 0
	}
	return used
}

// american is 555-123-4567 or (555) 123-4567.
func (c *candidate) american() int {
	if len(c.groups) < 3 || len(c.groups[0].digits) != 3 || len(c.groups[1].digits) != 3 || len(c.groups[2].digits) != 4 {
		return 0
	}
	for _, g := range c.groups[1:3] {
		if !strings.ContainsAny(g.joint, "-)") {
			return 0
		}
	}
	if c.isCut(3) || len(c.groups) > 3 && c.groups[3].joint == "-" {
		return 0
	}
	return 3
}

// card is the number of a Cambodian identity card: nine digits that stand alone, with or
// without the two check digits in brackets. Amounts and round numbers are none.
func (c *candidate) card() int {
	d := c.groups[0].digits
	if len(d) != 9 || strings.HasSuffix(d, "000") || c.isCut(1) || c.isAmount(1) {
		return 0
	}
	if c.previous != nil && !isSpace(c.groups[0].joint) {
		return 0
	}
	if len(c.groups) > 1 && !isSpace(c.groups[1].joint) {
		if c.groups[1].joint == "(" && len(c.groups[1].digits) == 2 {
			return 2
		}
		return 0
	}
	return 1
}

func isSpace(joint string) bool { return strings.Trim(joint, " \u00a0\u202f\u200b") == "" }

// passport is one or two capital letters and seven or eight digits that stand alone, or
// after the word for a passport, six to nine digits with or without letters. It gives where
// the letters begin.
func (c *candidate) passport() (from, used int) {
	from = c.groups[0].start
	s := c.e.s
	for from > c.e.done && 'A' <= s[from-1] && s[from-1] <= 'Z' && c.groups[0].start-from < 3 {
		from--
	}
	letters, digits := c.groups[0].start-from, len(c.groups[0].digits)
	if letters < 1 || letters > 2 || isWord(c.e.before(from)) || c.isCut(1) {
		return 0, 0
	}
	low, high := 7, 8
	if labelBefore(s[c.e.done:from]) == ID {
		low, high = 6, 9
	}
	if digits < low || digits > high || len(c.groups) > 1 && !isSpace(c.groups[1].joint) {
		return 0, 0
	}
	return from, 1
}
