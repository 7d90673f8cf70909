package sentiment

import "strings"

// inflections gives the regular forms of English nouns (plural), verbs (-s, -ed, -ing) and
// adjectives (-ly) of one word. Irregular forms are entries of their own. A form that nobody
// writes does no harm.
func inflections(entries []entry) []entry {
	var forms []entry
	for _, e := range entries {
		if e.kind != polar || strings.ContainsFunc(e.text, func(r rune) bool { return r < 'a' || r > 'z' }) || len(e.text) < 3 {
			continue
		}
		derive := func(text string) {
			f := e
			f.text = text
			forms = append(forms, f)
		}
		switch e.part {
		case "noun":
			derive(withS(e.text))
		case "verb":
			derive(withS(e.text))
			derive(stem(e.text, 'e') + "ed")
			derive(stem(e.text, 0) + "ing")
		case "adj":
			derive(withLy(e.text))
		}
	}
	return forms
}

func isVowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// withS adds the -s of a plural or a third person.
func withS(w string) string {
	last, before := w[len(w)-1], w[len(w)-2]
	switch {
	case last == 'y' && !isVowel(before):
		return w[:len(w)-1] + "ies"
	case strings.IndexByte("sxz", last) >= 0, last == 'h' && (before == 'c' || before == 's'):
		return w + "es"
	}
	return w + "s"
}

// stem prepares a verb for a suffix that begins with a vowel: a mute e goes, a final consonant
// after a single vowel is doubled in words of one syllable, and, before -ed (suffix 'e'), a
// final y becomes i.
func stem(w string, suffix byte) string {
	n := len(w)
	last, before := w[n-1], w[n-2]
	switch {
	case last == 'e' && (before != 'e' || suffix == 'e'):
		return w[:n-1]
	case suffix == 'e' && last == 'y' && !isVowel(before):
		return w[:n-1] + "i"
	case n <= 4 && !isVowel(last) && isVowel(before) && !isVowel(w[n-3]) && strings.IndexByte("wxy", last) < 0:
		return w + string(last)
	}
	return w
}

// withLy makes the adverb of an adjective.
func withLy(w string) string {
	n := len(w)
	last, before := w[n-1], w[n-2]
	switch {
	case last == 'y' && !isVowel(before):
		return w[:n-1] + "ily"
	case last == 'e' && before == 'l':
		return w[:n-1] + "y"
	case strings.HasSuffix(w, "ic"):
		return w + "ally"
	}
	return w + "ly"
}

// spellings gives the common second spelling of Khmer entries with ឱ្យ ("to give, so that").
func spellings(entries []entry) []entry {
	var forms []entry
	for _, e := range entries {
		if strings.Contains(e.text, "ឱ្យ") {
			e.text = strings.ReplaceAll(e.text, "ឱ្យ", "អោយ")
			forms = append(forms, e)
		}
	}
	return forms
}
