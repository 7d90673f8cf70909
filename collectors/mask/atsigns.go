package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// atSigns replaces e-mail addresses and @handles, those of the fediverse (@name@host) too.
// The wide sign (U+FF20, U+FE6B) counts as "@"; where something was masked, others like it
// become that.
func atSigns(s string) string {
	if narrow := narrowAt.Replace(s); narrow != s {
		if masked := atSigns(narrow); masked != narrow {
			return masked
		}
		return s
	}
	if strings.IndexByte(s, '@') < 0 {
		return s
	}
	e := editor{s: s}
	for i := 0; i < len(s); i++ {
		if s[i] != '@' || i < e.done {
			continue
		}
		if from, to, ok := findEmail(&e, i); ok {
			e.replace(from, to, Email)
		} else if to, ok := findHandle(&e, i); ok {
			e.replace(i, to, Handle)
		}
	}
	return e.String()
}

// narrowAt makes the wide forms of "@" the usual one.
var narrowAt = strings.NewReplacer("\uff20", "@", "\ufe6b", "@")

// findEmail gives the place of the e-mail address whose sign is at i.
func findEmail(e *editor, at int) (from, to int, ok bool) {
	from = at
	for from > e.done && isLocalPart(e.s[from-1]) {
		from--
	}
	for from < at && !isWord(rune(e.s[from])) {
		from++ // "...name@host": the dots are the sentence's
	}
	domain := domainAt(e.s[at+1:])
	if from == at || domain == 0 {
		return 0, 0, false
	}
	return from, at + 1 + domain, true
}

func isLocalPart(c byte) bool {
	return isWord(rune(c)) || strings.IndexByte(".%+-", c) >= 0
}

// domainAt gives the length of the domain name that s begins with: labels with dots between,
// the last of at least two letters; 0 for none.
func domainAt(s string) int {
	end := 0
	for end < len(s) && (isASCIILetter(rune(s[end])) || isASCIIDigit(rune(s[end])) || s[end] == '.' || s[end] == '-') {
		end++
	}
	name := strings.TrimRight(s[:end], ".-")
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || len(name)-dot-1 < 2 {
		return 0
	}
	for _, c := range name[dot+1:] {
		if !isASCIILetter(c) {
			return 0
		}
	}
	return len(name)
}

// findHandle gives the end of the handle whose sign is at i.
func findHandle(e *editor, at int) (to int, ok bool) {
	if isWord(e.before(at)) {
		return 0, false
	}
	end, letters := at+1, 0
	for end < len(e.s) {
		r, size := utf8.DecodeRuneInString(e.s[end:])
		if unicode.IsLetter(r) || r == '_' {
			letters++
		} else if !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && r != '.' && r != '-' || r == utf8.RuneError {
			break
		}
		end += size
	}
	name := strings.TrimRight(e.s[at+1:end], ".-")
	first, _ := utf8.DecodeRuneInString(name)
	// "@7pm" and "@5000" are times and prices.
	if letters == 0 || first == '.' || first == '-' || unicode.IsDigit(first) && letters < 3 {
		return 0, false
	}
	end = at + 1 + len(name)
	if end < len(e.s) && e.s[end] == '@' {
		if domain := domainAt(e.s[end+1:]); domain > 0 {
			end += 1 + domain
		}
	}
	return end, true
}
