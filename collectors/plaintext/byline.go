package plaintext

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// edgeLines is how many lines at either end of a text can be a byline.
const edgeLines = 3

// maxByline is the longest line, in runes, that is taken for a byline by its form alone.
const maxByline = 60

// introduces matches the words before a name. The Khmer word for "by" also means
// "because", so it needs the colon that a byline has.
var introduces = regexp.MustCompile(`^(?i:by|written by|story by|text by|words by|reported by|reporting by|photos? by|posted by|published by|author|reporter|writer)(?:\s*[:：៖]\s*|\s+)|` +
	`^(?:ដោយ|អត្ថបទដោយ|សរសេរដោយ|រាយការណ៍ដោយ|អត្ថបទ និងរូបថត|រូបថតដោយ|អ្នកនិពន្ធ|អ្នកសរសេរ|អ្នកយកព័ត៌មាន)\s*[:：៖]\s*`)

// nameOnly is one to six words that each begin with a capital letter, joined by what
// joins names in a byline.
var nameOnly = regexp.MustCompile(`^\p{Lu}[\p{L}\p{M}.'’-]*(?:(?:,|\s+and|\s+&|\s*/|\s+with)?\s+\p{Lu}[\p{L}\p{M}.'’-]*){0,6}[,.]?$`)

// khmer finds a Khmer letter.
var khmer = regexp.MustCompile(`\p{Khmer}`)

// Names is a set of people's names, in any case and spacing. It is for finding bylines and
// must not outlive the document that it came from.
type Names map[string]bool

// NewNames makes a set of names.
func NewNames(names []string) Names {
	set := make(Names, len(names))
	for _, name := range names {
		if key := nameKey(name); key != "" {
			set[key] = true
		}
	}
	return set
}

// DropBylines removes lines that only say who wrote the text, from the first and the last
// three lines: those that hold nothing but one of names (with or without "by"), and those
// that are a byline by their form ("By Firstname Lastname", "ដោយ៖ ..."). A sentence that
// mentions a person stays.
func DropBylines(text string, names Names) string {
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	kept := make([]string, 0, len(lines))
	for i, line := range lines {
		edge := i < edgeLines || i >= len(lines)-edgeLines
		if edge && isByline(line, names) {
			continue
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n")
}

func isByline(line string, known Names) bool {
	line = strings.TrimSpace(line)
	if line == "" || utf8.RuneCountInString(line) > 2*maxByline {
		return false
	}
	name := line
	lead := introduces.FindString(line)
	if lead != "" {
		name = line[len(lead):]
	}
	if known[nameKey(name)] {
		return true
	}
	if lead == "" || utf8.RuneCountInString(line) > maxByline {
		return false
	}
	if khmer.MatchString(name) {
		return !strings.ContainsRune(name, '។')
	}
	return nameOnly.MatchString(name)
}

// nameKey makes spellings of one name equal.
func nameKey(name string) string {
	return strings.ToLower(strings.Trim(strings.Join(strings.Fields(name), " "), " .,:;-–—|()[]"))
}
