package language

import (
	"unicode"
	"unicode/utf8"

	"samleng"
)

// script is a writing system, as far as it helps to find the language.
type script uint8

const (
	noScript script = iota
	latinScript
	khmerScript
	thaiScript
	laoScript
	myanmarScript
	hanScript
	kanaScript
	hangulScript
	cyrillicScript
	arabicScript
	devanagariScript
	bengaliScript
	greekScript
	hebrewScript
	tamilScript
	teluguScript
	kannadaScript
	malayalamScript
	gujaratiScript
	gurmukhiScript
	sinhalaScript
	georgianScript
	armenianScript
	otherScript
	scripts // their number
)

// scriptCodes are the ISO 15924 codes of the scripts. Hiragana and Katakana are one (Hrkt), and
// Zzzz is every script that has no line of its own here.
var scriptCodes = [scripts]string{
	latinScript: "Latn", khmerScript: "Khmr", thaiScript: "Thai", laoScript: "Laoo", myanmarScript: "Mymr", hanScript: "Hani",
	kanaScript: "Hrkt", hangulScript: "Hang", cyrillicScript: "Cyrl", arabicScript: "Arab", devanagariScript: "Deva",
	bengaliScript: "Beng", greekScript: "Grek", hebrewScript: "Hebr", tamilScript: "Taml", teluguScript: "Telu",
	kannadaScript: "Knda", malayalamScript: "Mlym", gujaratiScript: "Gujr", gurmukhiScript: "Guru", sinhalaScript: "Sinh",
	georgianScript: "Geor", armenianScript: "Armn", otherScript: "Zzzz",
}

// counts is how many letters of each script a text has, and what else decides.
type counts struct {
	letters    [scripts]int
	total      int
	words      int // Latin words of two letters or more
	plainWords int // those without a capital letter
	shan       int // Myanmar letters that only Shan and its neighbours use
	foreign    int // Arabic or Cyrillic letters that the main language of the script has not
}

// countLetters counts the letters of text by script. In Khmer, vowels count as letters and
// the signs do not, and a Han character or Hangul syllable counts as two letters, so that
// the letters of all scripts weigh about the same.
func countLetters(text string) counts {
	var c counts
	length, capitals := 0, 0 // of the Latin word that is being read
	endWord := func() {
		if length >= 2 {
			c.words++
			if capitals == 0 {
				c.plainWords++
			}
		}
		length, capitals = 0, 0
	}
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			i++
			switch {
			case b >= 'a' && b <= 'z':
				c.letters[latinScript]++
				length++
			case b >= 'A' && b <= 'Z':
				c.letters[latinScript]++
				length++
				capitals++
			case b != '\'':
				endWord()
			}
			continue
		}
		if end := c.khmer(text, i); end > i {
			endWord()
			i = end
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		s := c.scriptOf(r)
		if s == latinScript {
			length++
			if unicode.IsUpper(r) {
				capitals++
			}
		} else if r != 0x2019 {
			endWord()
		}
		c.letters[s]++
		if s == hanScript || s == hangulScript {
			c.letters[s]++ // a character or syllable says as much as two letters or more
		}
	}
	endWord()
	c.letters[noScript] = 0
	for _, n := range c.letters {
		c.total += n
	}
	return c
}

// khmer counts the letters of the Khmer block from byte i on, the bytes E1 9E xx and E1 9F xx, and
// gives the end of it, i for none.
func (c *counts) khmer(text string, i int) int {
	letters := 0
	for i+2 < len(text) && text[i] == 0xE1 && text[i+1]|1 == 0x9F && text[i+2]&0xC0 == 0x80 {
		place := uint32(text[i+1]&1)<<6 | uint32(text[i+2]&0x3F)
		letters += int((place - (lastKhmerLetter + 1)) >> 31) // without a branch, which could not be guessed
		i += 3
	}
	c.letters[khmerScript] += letters
	return i
}

// lastKhmerLetter is U+17C5, the last vowel, in the Khmer block.
const lastKhmerLetter = 0x45

// scriptOf gives the script of a rune past ASCII; noScript for what is not a letter.
func (c *counts) scriptOf(r rune) script {
	switch {
	case r >= 0x1780 && r <= 0x17C5:
		return khmerScript
	case r < 0xC0 || r >= 0x17C6 && r <= 0x19FF || r >= 0x2000 && r <= 0x2E7F || r >= 0xFE00 && r <= 0xFE0F || r >= 0x1F000 && r <= 0x1FAFF:
		return noScript
	case r <= 0x24F && r != 0xD7 && r != 0xF7 || r >= 0x1E00 && r <= 0x1EFF:
		return latinScript
	case r >= 0x400 && r <= 0x52F:
		if r < 0x410 && r != 0x401 || r > 0x44F && r != 0x451 {
			c.foreign++
		}
		return cyrillicScript
	case r >= 0x600 && r <= 0x6FF:
		if !unicode.IsLetter(r) {
			return noScript
		}
		if r > 0x64A {
			c.foreign++
		}
		return arabicScript
	case r >= 0x900 && r <= 0x963:
		return devanagariScript
	case r >= 0x980 && r <= 0x9E3:
		return bengaliScript
	case r >= 0xE01 && r <= 0xE4E && r != 0xE3F:
		return thaiScript
	case r >= 0xE81 && r <= 0xECD || r == 0xEDC || r == 0xEDD:
		return laoScript
	case r >= 0x1000 && r <= 0x103F || r >= 0x1050 && r <= 0x108F || r >= 0xAA60 && r <= 0xAA7F:
		if r >= 0x1075 && r <= 0x108A {
			c.shan++
		}
		return myanmarScript
	case r >= 0x3041 && r <= 0x30FF && r != 0x30FB:
		return kanaScript
	case r == 0x3005 || r >= 0x3400 && r <= 0x4DBF || r >= 0x4E00 && r <= 0x9FFF || r >= 0xF900 && r <= 0xFAFF || r >= 0x20000 && r <= 0x3134F:
		return hanScript
	case r >= 0x1100 && r <= 0x11FF || r >= 0x3131 && r <= 0x318E || r >= 0xAC00 && r <= 0xD7A3:
		return hangulScript
	case r != utf8.RuneError && unicode.IsLetter(r):
		return distantScript(r)
	}
	return noScript
}

// distantScript gives the script of a letter that is seldom met here.
func distantScript(r rune) script {
	switch {
	case r >= 0x370 && r <= 0x3FF, r >= 0x1F00 && r <= 0x1FFF:
		return greekScript
	case r >= 0x531 && r <= 0x556, r >= 0x561 && r <= 0x587:
		return armenianScript
	case r >= 0x5D0 && r <= 0x5F2:
		return hebrewScript
	case r >= 0xA00 && r <= 0xA7F:
		return gurmukhiScript
	case r >= 0xA80 && r <= 0xAFF:
		return gujaratiScript
	case r >= 0xB80 && r <= 0xBFF:
		return tamilScript
	case r >= 0xC00 && r <= 0xC7F:
		return teluguScript
	case r >= 0xC80 && r <= 0xCFF:
		return kannadaScript
	case r >= 0xD00 && r <= 0xD7F:
		return malayalamScript
	case r >= 0xD80 && r <= 0xDFF:
		return sinhalaScript
	case r >= 0x10A0 && r <= 0x10FF:
		return georgianScript
	}
	return otherScript
}

// scriptLanguage gives the language that a script is taken for. Latin is not decided here.
func scriptLanguage(s script, c *counts) string {
	switch s {
	case khmerScript:
		return samleng.Khmer
	case thaiScript:
		return "th"
	case laoScript:
		return "lo"
	case myanmarScript:
		if 20*c.shan > c.letters[myanmarScript] {
			return "shn"
		}
		return "my"
	case kanaScript:
		return "ja"
	case hanScript:
		if 20*c.letters[kanaScript] > c.letters[hanScript] {
			return "ja"
		}
		return "zh"
	case hangulScript:
		return "ko"
	case cyrillicScript:
		if 50*c.foreign > c.letters[cyrillicScript] {
			return samleng.Other
		}
		return "ru"
	case arabicScript:
		if 50*c.foreign > c.letters[arabicScript] {
			return samleng.Other
		}
		return "ar"
	case devanagariScript:
		return "hi"
	case bengaliScript:
		return "bn"
	case greekScript:
		return "el"
	case hebrewScript:
		return "he"
	case tamilScript:
		return "ta"
	case teluguScript:
		return "te"
	case kannadaScript:
		return "kn"
	case malayalamScript:
		return "ml"
	case gujaratiScript:
		return "gu"
	case gurmukhiScript:
		return "pa"
	case sinhalaScript:
		return "si"
	case georgianScript:
		return "ka"
	case armenianScript:
		return "hy"
	}
	return samleng.Other
}
