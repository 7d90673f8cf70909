package watch

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"samleng"
)

// mostExamples is how many posts an alert shows.
const mostExamples = 5

// longestExample is how much of a post's text an alert carries, in bytes.
const longestExample = 2000

// examples chooses posts that tell most: with the label that the alert is about, of the stories
// that most posts carry, surely labelled, each story once and, where it can be, each source once.
func examples(posts []samleng.ScenePost, want samleng.Label) []samleng.Example {
	ranked := slices.Clone(posts)
	rank := func(p *samleng.ScenePost) float64 {
		score := math.Log1p(float64(p.Carriers))
		if want != "" && p.Label == want {
			score += 2 + p.Confidence
		}
		if p.URL != "" {
			score += .5
		}
		return score
	}
	slices.SortStableFunc(ranked, func(a, b samleng.ScenePost) int {
		return cmp.Or(cmp.Compare(rank(&b), rank(&a)), b.Published.Compare(a.Published), slices.Compare(a.ID[:], b.ID[:]))
	})
	var chosen []samleng.Example
	stories, sources := map[samleng.PostID]bool{}, map[string]bool{}
	for _, again := range []bool{false, true} { // sources that were chosen already come second
		for i := range ranked {
			p := &ranked[i]
			if len(chosen) == mostExamples || stories[p.Story] || (sources[p.Source] && !again) || (p.Title == "" && p.Text == "") {
				continue
			}
			stories[p.Story], sources[p.Source] = true, true
			chosen = append(chosen, samleng.Example{
				ID: p.ID, Source: p.Source, URL: p.URL, Title: p.Title, Text: shorten(p.Text, longestExample), Published: p.Published, Label: p.Label, Confidence: p.Confidence,
			})
		}
	}
	return chosen
}

// shorten cuts a text at the last space within a number of bytes, or between letters without one;
// whoever shows it cuts where a reader would.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := most
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	if space := strings.LastIndexFunc(text[:cut], unicode.IsSpace); space > most/2 {
		cut = space
	}
	return text[:cut]
}

// The limits of new terms.
const (
	mostTerms    = 8
	leastStories = 3   // that hold the word
	leastSources = 2   // that have it
	leastZ       = 2.5 // standard deviations of the log-odds
	priorWords   = 200 // weight of the prior, in words
)

// newTerms gives the words that are over-represented in the window against the days before it,
// most unusual first: by the log-odds with a Dirichlet prior, in standard deviations (Monroe,
// Colaresi and Quinn, "Fightin' Words", 2008). A word counts once a story, so that copies do not
// make it unusual, and once a text before. The posts of private people that hold a word are a
// group of their own for each kind: where one is smaller than the minimum, the word is judged as
// if the posts were not there.
func newTerms(posts []samleng.ScenePost, before []string, words func(string) []string, minimum samleng.MinimumGroup) []string {
	type use struct {
		holders map[samleng.Kind][]*samleng.ScenePost // each post once
		stories map[samleng.PostID]bool
		sources map[string]bool
		before  int
	}
	uses := map[string]*use{}
	of := func(word string) *use {
		if uses[word] == nil {
			uses[word] = &use{holders: map[samleng.Kind][]*samleng.ScenePost{}, stories: map[samleng.PostID]bool{}, sources: map[string]bool{}}
		}
		return uses[word]
	}
	for i := range posts {
		p := &posts[i]
		for _, w := range words(p.Title + "\n" + p.Text) {
			if w = term(w); w == "" {
				continue
			}
			u := of(w)
			if held := u.holders[p.Kind]; len(held) == 0 || held[len(held)-1] != p {
				u.holders[p.Kind] = append(held, p)
			}
		}
	}
	for _, u := range uses {
		for kind, held := range u.holders {
			if small(kind, held, minimum) {
				continue
			}
			for _, p := range held {
				u.stories[p.Story], u.sources[p.Source] = true, true
			}
		}
	}
	for _, text := range before {
		seen := map[string]bool{}
		for _, w := range words(text) {
			if w = term(w); w != "" && !seen[w] {
				seen[w] = true
				of(w).before++
			}
		}
	}
	now, then := 0.0, 0.0
	for _, u := range uses {
		now += float64(len(u.stories))
		then += float64(u.before)
	}
	type scored struct {
		word string
		z    float64
	}
	var found []scored
	for w, u := range uses {
		if len(u.stories) < leastStories || len(u.sources) < leastSources {
			continue
		}
		x, y := float64(len(u.stories)), float64(u.before)
		prior := priorWords * (x + y) / (now + then)
		odds := func(n, all float64) float64 { return math.Log((n + prior) / (all + priorWords - n - prior)) }
		z := (odds(x, now) - odds(y, then)) / math.Sqrt(1/(x+prior)+1/(y+prior))
		if z >= leastZ {
			found = append(found, scored{w, z})
		}
	}
	slices.SortFunc(found, func(a, b scored) int { return cmp.Or(cmp.Compare(b.z, a.z), cmp.Compare(a.word, b.word)) })
	found = found[:min(len(found), mostTerms)]
	terms := make([]string, 0, len(found))
	for _, f := range found {
		terms = append(terms, f.word)
	}
	return terms
}

// small reports whether posts of one kind are too few of private people to be told of.
func small(kind samleng.Kind, posts []*samleng.ScenePost, minimum samleng.MinimumGroup) bool {
	if !kind.Personal() {
		return false
	}
	sources := map[string]bool{}
	for _, p := range posts {
		sources[p.Source] = true
	}
	return len(posts) < minimum.Posts || len(sources) < minimum.Sources
}

// term is a word as it is compared, empty for what says nothing: digits, signs, single letters.
func term(word string) string {
	word = strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }))
	letters := 0
	for _, r := range word {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	latin := word != "" && word[0] < utf8.RuneSelf
	if letters < 2 || (latin && letters < 3) {
		return ""
	}
	return word
}
