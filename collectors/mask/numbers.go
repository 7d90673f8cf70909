package mask

import (
	"strings"
	"unicode/utf8"
)

// group is a run of digits.
type group struct {
	start, end int    // bytes
	digits     string // in Western digits
	joint      string // what stands between the group before in its sequence and this one; empty for the first
}

// maxJoint is how many characters may stand between two groups of one number: "012) - 345".
const maxJoint = 3

// maxDigits is how many digits of a group are kept: no identifier has more, and one that has
// is told from the others by its length alone.
const maxDigits = 24

// numbers replaces phone numbers and the numbers of identity cards and passports. It cuts the
// text into sequences of groups of digits that may belong together, and looks for a number
// that begins at each group in turn.
func numbers(s string) string {
	e := editor{s: s}
	var sequence []group
	lastPhone := -1 // end of the phone number found last
	for i := 0; i < len(s); {
		_, size := digitAt(s, i)
		if size == 0 {
			if end := webAddress(s, i); end > i {
				i = end
			} else {
				i++
			}
			continue
		}
		sequence = sequence[:0]
		g := readGroup(s, i)
		if end := slashed(&e, g); end > 0 {
			if e.before(i) == '+' {
				i--
			}
			e.replace(i, end, Phone)
			lastPhone, i = end, end
			continue
		}
		for {
			sequence = append(sequence, g)
			joint := jointAt(s, g.end)
			if joint == "" {
				break
			}
			g = readGroup(s, g.end+len(joint))
			g.joint = joint
		}
		maskSequence(&e, sequence, &lastPhone)
		i = sequence[len(sequence)-1].end
	}
	return e.String()
}

// slashed gives the end of a phone number with slashes between its groups, 012/345/678, that
// begins with g; 0 for none. Days and months have two digits, and a group that reads as a
// year makes it the number of a document.
func slashed(e *editor, g group) int {
	first, before := g.digits, e.before(g.start)
	cambodian := len(first) == 3 && first[0] == '0' && first[1] != '0'
	if !cambodian && first != "855" || isWord(before) || strings.ContainsRune("/.,=-", before) {
		return 0
	}
	total, groups := len(first), 1
	for g.end+1 < len(e.s) && e.s[g.end] == '/' {
		next := readGroup(e.s, g.end+1)
		n := len(next.digits)
		if n == 0 {
			break
		}
		if n < 2 || n > 7 || n == 4 && (next.digits[:2] == "19" || next.digits[:2] == "20") {
			return 0
		}
		g, total, groups = next, total+n, groups+1
	}
	after, _ := utf8.DecodeRuneInString(e.s[g.end:])
	low := 9
	if !cambodian {
		low = 11
	}
	if groups < 2 || groups > 5 || total < low || total > low+1 || isWord(after) {
		return 0
	}
	return g.end
}

// maskSequence replaces every number in a sequence of groups.
func maskSequence(e *editor, groups []group, lastPhone *int) {
	for k := 0; k < len(groups); {
		c := candidate{e: e, groups: groups[k:], labelled: follows(e.s, *lastPhone, groups[k].start)}
		if k > 0 && groups[k-1].end > e.done {
			c.previous = &groups[k-1]
		}
		from, used, mark := c.find()
		if used == 0 {
			k++
			continue
		}
		end := groups[k+used-1].end
		e.replace(from, closed(e.s, from, end), mark)
		if mark == Phone {
			*lastPhone = e.done
		}
		k += used
	}
}

// closed takes a closing bracket into a number that holds the opening one.
func closed(s string, from, end int) int {
	if end < len(s) && s[end] == ')' && strings.Count(s[from:end], "(") > strings.Count(s[from:end], ")") {
		return end + 1
	}
	return end
}

// digitAt gives the Western digit for the digit at s[i], and its size; 0 for none.
func digitAt(s string, i int) (byte, int) {
	switch c := s[i]; {
	case '0' <= c && c <= '9':
		return c, 1
	case c == 0xe1 && i+2 < len(s) && s[i+1] == 0x9f && s[i+2] >= 0xa0 && s[i+2] <= 0xa9: // U+17E0 to U+17E9
		return '0' + s[i+2] - 0xa0, 3
	}
	return 0, 0
}

// readGroup reads the group of digits at i.
func readGroup(s string, i int) group {
	g := group{start: i, end: i}
	var digits [maxDigits]byte
	n := 0
	for g.end < len(s) {
		d, size := digitAt(s, g.end)
		if size == 0 {
			break
		}
		if n < maxDigits {
			digits[n] = d
			n++
		}
		g.end += size
	}
	g.digits = string(digits[:n])
	return g
}

// jointAt gives what stands at i between two groups that may belong to one number, or
// nothing if no group follows closely enough.
func jointAt(s string, i int) string {
	end := i
	for range maxJoint {
		if end >= len(s) {
			return ""
		}
		r, size := utf8.DecodeRuneInString(s[end:])
		switch r {
		case ' ', '-', '.', '(', ')', '\u00a0', '\u202f', '\u200b', '\u2010', '\u2011', '\u2013':
			end += size
		default:
			return ""
		}
		if end < len(s) {
			if _, digit := digitAt(s, end); digit > 0 {
				return s[i:end]
			}
		}
	}
	return ""
}

// webAddress gives the end of the address of a page that begins at i, or i. The numbers in
// it belong to the page.
func webAddress(s string, i int) int {
	if s[i] != 'h' && s[i] != 'H' && s[i] != 'w' && s[i] != 'W' {
		return i
	}
	head := strings.ToLower(s[i:min(len(s), i+8)])
	if !strings.HasPrefix(head, "http://") && !strings.HasPrefix(head, "https://") && !strings.HasPrefix(head, "www.") {
		return i
	}
	for i < len(s) && isAddress(s[i]) {
		i++
	}
	return i
}

// follows reports whether nothing but "/", "," or "or" stands between the phone number that
// ended at last and a number at start, which is then one too.
func follows(s string, last, start int) bool {
	if last < 0 || start-last > 12 {
		return false
	}
	switch strings.Trim(s[last:start], " \u00a0\u200b(") {
	case "/", ",", ";", "&", "or", "and", "ឬ", "និង":
		return true
	}
	return false
}
