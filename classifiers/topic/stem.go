package topic

import (
	"slices"
	"strings"

	"github.com/kljensen/snowball/english"
)

// English is found by stem: a term stands for every form of its words that the English
// Snowball stemmer (Porter2) reduces to the same stem. The forms are made when the topics
// are loaded, so that nothing is stemmed while posts are read, and only by inflection and by
// -ion and -ment: the whole stem would also find "important" for "import" and "internal"
// for "intern".

// endings are taken off a term to find its base.
var endings = []string{"s", "es", "d", "ed", "ing", "ion", "ions", "ment", "ments"}

// mostForms bounds the forms of a phrase: from there on only its last word is inflected.
const mostForms = 64

// forms gives the spellings under which an English term is found, the term itself first.
func forms(term string) []string {
	words := strings.Fields(strings.ReplaceAll(term, "-", " "))
	byWord := make([][]string, len(words))
	number := 1
	for i, w := range words {
		byWord[i] = inflections(w)
		number *= len(byWord[i])
	}
	if number > mostForms {
		for i := range len(words) - 1 {
			byWord[i] = byWord[i][:1]
		}
	}
	all := []string{""}
	for _, list := range byWord {
		var longer []string
		for _, start := range all {
			for _, w := range list {
				longer = append(longer, strings.TrimPrefix(start+" "+w, " "))
			}
		}
		all = longer
	}
	if all[0] != term {
		all = slices.Insert(all, 0, term) // a term with a hyphen
	}
	return all
}

// inflections gives the forms of one word, the word itself first.
func inflections(word string) []string {
	all := []string{word}
	if len(word) < 3 || !plain(word) || slices.Contains(functionWords, word) {
		return all
	}
	stem := english.Stem(word, true)
	bases := []string{word}
	for _, ending := range endings {
		base, ok := strings.CutSuffix(word, ending)
		if !ok || len(base) < 3 {
			continue
		}
		if english.Stem(base, true) != stem {
			base += "e"
		}
		bases = append(bases, base)
	}
	for _, base := range bases {
		for _, form := range append([]string{base}, inflected(base)...) {
			if !slices.Contains(all, form) && english.Stem(form, true) == stem {
				all = append(all, form)
			}
		}
	}
	return all
}

// inflected gives the forms that a regular noun or verb has. What is no word does no harm:
// nobody writes it.
func inflected(base string) []string {
	with := func(start string, suffixes ...string) []string {
		forms := make([]string, len(suffixes))
		for i, s := range suffixes {
			forms[i] = start + s
		}
		return forms
	}
	last, before := base[len(base)-1], base[len(base)-2]
	short := base[:len(base)-1]
	switch {
	case last == 'e':
		return append(with(base, "s", "d", "ment"), with(short, "ing", "ings", "ion", "ions")...)
	case last == 'y' && !vowel(before):
		return append(with(short, "ies", "ied"), with(base, "ing")...)
	case last == 's' || last == 'x' || last == 'z' || last == 'h' && (before == 'c' || before == 's'):
		return with(base, "es", "ed", "ing", "ings", "ion", "ions", "ment")
	case len(base) <= 5 && vowel(before) && !vowel(base[len(base)-3]) && strings.IndexByte("bdgmnprt", last) >= 0:
		return append(with(base+string(last), "ed", "ing", "ings"), with(base, "s", "ed", "ing")...)
	}
	return with(base, "s", "ed", "ing", "ings", "ion", "ions", "ment", "ments")
}

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

func plain(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}

// functionWords have no forms worth finding within a phrase.
var functionWords = []string{
	"the", "and", "for", "from", "with", "without", "under", "over", "into", "out", "off", "not", "per", "our", "their", "her", "his", "its",
	"went", "came", "goes", "this", "that", "who", "how", "why", "where", "when", "all", "any", "are", "was", "were", "has", "have", "had",
}
