package model

// A word of Khmer in Latin letters is spelt as its writer pleases: phlov, plov and pleuv are one
// word. Its sounds are what most spellings share. They are made in three steps: letters that
// write one consonant are made one, as are those of one kind of vowel; then a sound is written
// once however often it follows itself; then a final h, r or s, which many leave out, is dropped.
// The bare sounds are the consonants alone.

// Kinds of vowels, as sounds.
const (
	soundA = 'a'
	soundI = 'i' // e, i, y first
	soundO = 'o' // o, u first
)

// merged gives the consonant that stands for a letter.
var merged = [26]byte{
	'b' - 'a': 'p', 'c' - 'a': 'c', 'd' - 'a': 't', 'f' - 'a': 'p', 'g' - 'a': 'k', 'h' - 'a': 'h', 'j' - 'a': 'c', 'k' - 'a': 'k', 'l' - 'a': 'l', 'm' - 'a': 'm',
	'n' - 'a': 'n', 'p' - 'a': 'p', 'q' - 'a': 'k', 'r' - 'a': 'r', 's' - 'a': 's', 't' - 'a': 't', 'v' - 'a': 'w', 'w' - 'a': 'w', 'x' - 'a': 's', 'z' - 'a': 's',
}

// sounds gives a hash of the sounds of a word in lower-case letters, and one of its bare sounds,
// and whether it has any; other letters than a to z are passed over. A word without consonants has
// its sounds in both.
func sounds(letters []rune) (full, bare uint64, ok bool) {
	var room [64]byte
	all, last, vowel := room[:0], byte(0), false
	for i := 0; i < len(letters) && len(all) < len(room); i++ {
		c := letters[i]
		if c < 'a' || c > 'z' {
			continue
		}
		next := rune(0)
		if i+1 < len(letters) {
			next = letters[i+1]
		}
		s := merged[c-'a']
		switch {
		case s == 0:
			if vowel {
				continue
			}
			s = soundA
			switch c {
			case 'e', 'i', 'y':
				s = soundI
			case 'o', 'u':
				s = soundO
			}
			vowel, last = true, s
			all = append(all, s)
			continue
		case next == 'h' && (c == 'c' || c == 'k' || c == 'p' || c == 't' || c == 'n' || c == 's'), c == 'n' && next == 'g', c == 'g' && next == 'n':
			i++
			if c == 'c' && i+1 < len(letters) && letters[i+1] == 'h' {
				i++ // chh
			}
			if c == 'g' {
				s = 'n'
			}
		}
		vowel = false
		if s != last {
			all, last = append(all, s), s
		}
	}
	if len(all) > 1 && (last == 'h' || last == 'r' || last == 's') {
		all = all[:len(all)-1]
	}
	full, bare = seedSounds, seedBare
	consonants := 0
	for _, s := range all {
		full = mix(full, uint64(s))
		if s != soundA && s != soundI && s != soundO {
			bare = mix(bare, uint64(s))
			consonants++
		}
	}
	if consonants == 0 {
		bare = full
	}
	return full, bare, len(all) > 0
}

// addSounds adds the n-grams of sounds that end with the word of these letters.
func (r *Reader) addSounds(letters []rune, start, end int) {
	full, bare, ok := sounds(letters)
	if !ok {
		return
	}
	r.sounds = append(r.sounds, sounded{full, bare, int32(start)})
	last := len(r.sounds) - 1
	full, bare = seedSounds, seedBare
	for n := 0; n < r.grams.Sounds && n <= last; n++ {
		s := &r.sounds[last-n]
		full, bare = mix(full, s.full), mix(bare, s.bare)
		r.total += 2
		if !r.touches(s.start, int32(end)) {
			r.found = append(r.found, gram{full + uint64(n), s.start, int32(end)}, gram{bare + uint64(n), s.start, int32(end)})
		}
	}
}

// sounded is a word by its sounds.
type sounded struct {
	full, bare uint64
	start      int32
}
