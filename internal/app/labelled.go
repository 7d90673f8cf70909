package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/topic"
)

// labelledText is one row of a file to train on or to test with.
type labelledText struct {
	file  string
	line  int
	label string
	title string   // normalised; of posts
	form  string   // of posts whose sentiment is given: km, en, mixed or km-Latn; empty where it is not said
	text  string   // normalised
	words []string // of a row of tokens: the words that the text was put together from
	// corrected says that a reader of the page gave the label.
	corrected bool
}

// fault is an error about the row.
func (t *labelledText) fault(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", t.file, t.line, fmt.Errorf(format, args...))
}

// titled gives title and text together.
func (t *labelledText) titled() string { return strings.TrimPrefix(t.title+"\n"+t.text, "\n") }

// readPosts reads a file of labelled posts: see ReadTopicPosts.
func readPosts(file string) ([]labelledText, error) {
	posts, err := labelledPosts(nil, []string{file}, false)
	rows := make([]labelledText, len(posts))
	for i, p := range posts {
		label := strings.Join(p.Topics, ",")
		if label == "" {
			label = topic.None
		}
		rows[i] = labelledText{file: file, line: i + 1, label: label, title: p.Title, text: p.Text}
	}
	return rows, err
}

// readTones reads a file of posts whose sentiment is labelled: a line of JSON each, with "text",
// "sentiment", and perhaps "title" and "form", the language. Empty lines are left out.
func readTones(file string) ([]labelledText, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read labelled posts: %w", err)
	}
	var rows []labelledText
	for i, line := range bytes.Split(bytes.TrimPrefix(body, []byte("\uFEFF")), []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		row := labelledText{file: file, line: i + 1}
		var post struct{ Title, Text, Sentiment, Form string }
		if err := json.Unmarshal(line, &post); err != nil {
			return nil, row.fault("is not a JSON object with a text and its sentiment: %w", err)
		}
		row.label, row.form, row.title, row.text = post.Sentiment, post.Form, khmer.Normalise(post.Title), khmer.Normalise(post.Text)
		if strings.TrimSpace(row.text) == "" {
			return nil, row.fault("the text is empty")
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: there is no post", file)
	}
	return rows, nil
}

// maxFaults is how many rows are complained about before giving up on a file.
const maxFaults = 10

// readLabelled reads the rows of one task of a TSV file: a header with the columns "label" (for
// languages also "lang") and "text" or "tokens", in any order among others, then one text a line. Where there is a column
// "task", rows of other tasks are passed over. There are no quotes: a tab ends a column.
// Of topics and sentiment, a file whose name ends in .jsonl holds posts. Escapes as in JSON (\u2019) and HTML entities (&amp;) are read as what they stand for. The
// error names the lines at fault.
func readLabelled(task, file string) ([]labelledText, error) {
	if strings.HasSuffix(file, ".jsonl") {
		switch task {
		case "topic":
			return readPosts(file)
		case "sentiment":
			return readTones(file)
		}
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read labelled texts: %w", err)
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	lines := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
	header := strings.Split(strings.TrimSuffix(lines[0], "\r"), "\t")
	label, text, tokens := slices.Index(header, "label"), slices.Index(header, "text"), slices.Index(header, "tokens")
	if label < 0 && task == "language" {
		label = slices.Index(header, "lang")
	}
	tasks := slices.Index(header, "task")
	if label < 0 || text < 0 && tokens < 0 {
		return nil, fmt.Errorf(`%s:1: the header is %q: want the columns "label" and "text" (or "tokens"), separated by tabs`, file, header)
	}
	var rows []labelledText
	var faults []error
	for i, line := range lines[1:] {
		row := labelledText{file: file, line: i + 2}
		columns := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		switch {
		case len(columns) != len(header):
			err = row.fault("%d columns, the header has %d", len(columns), len(header))
		case !utf8.ValidString(line):
			err = row.fault("is not UTF-8")
		case tasks >= 0 && columns[tasks] != task:
			if err = checkTask(columns[tasks]); err == nil {
				continue
			}
			err = row.fault("%w", err)
		default:
			err = row.fill(columns, label, text, tokens)
		}
		if err == nil {
			rows = append(rows, row)
			continue
		}
		if faults = append(faults, err); len(faults) == maxFaults {
			break
		}
	}
	if len(faults) == 0 && len(rows) == 0 {
		if tasks >= 0 {
			return nil, fmt.Errorf("%s: there is no row of the task %s", file, task)
		}
		return nil, fmt.Errorf("%s: there is no row below the header", file)
	}
	return rows, errors.Join(faults...)
}

func (t *labelledText) fill(columns []string, label, text, tokens int) error {
	t.label = columns[label]
	if text >= 0 {
		t.text = khmer.Normalise(unescape(columns[text]))
	} else {
		t.words = strings.Fields(unescape(columns[tokens]))
		t.text = khmer.Normalise(join(t.words))
	}
	switch {
	case strings.TrimSpace(t.label) == "":
		return t.fault("the label is empty")
	case strings.TrimSpace(t.text) == "":
		return t.fault("the text is empty")
	}
	return nil
}

var escape = regexp.MustCompile(`\\u[0-9a-fA-F]{4}`)

func unescape(text string) string {
	if strings.Contains(text, `\u`) {
		text = escape.ReplaceAllStringFunc(text, func(e string) string {
			n, err := strconv.ParseUint(e[2:], 16, 16)
			if err != nil || n < ' ' || !utf8.ValidRune(rune(n)) {
				return e
			}
			return string(rune(n))
		})
	}
	return html.UnescapeString(text)
}

// inLatin are the rows that a model of language can learn from: the languages of other scripts,
// and texts in two, are told by their letters without one.
func inLatin(rows []labelledText) []labelledText {
	var kept []labelledText
	for i := range rows {
		latin, others := 0, 0
		for _, r := range rows[i].text {
			switch {
			case unicode.Is(unicode.Latin, r):
				latin++
			case unicode.IsLetter(r):
				others++
			}
		}
		if byScript := []string{samleng.Khmer, samleng.Mixed, samleng.NoLanguage}; latin > others && !slices.Contains(byScript, languageCode(rows[i].label)) {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// join puts words together as they are written: Khmer without spaces.
func join(words []string) string {
	var text strings.Builder
	afterKhmer := true
	for _, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		if !afterKhmer || !khmer.IsKhmer(first) {
			text.WriteByte(' ')
		}
		text.WriteString(w)
		last, _ := utf8.DecodeLastRuneInString(w)
		afterKhmer = khmer.IsKhmer(last)
	}
	return strings.TrimSpace(text.String())
}

// languageCode gives the code that the detector uses for a language that a public set names
// by its ISO 639-3 code and script, as khm_Khmr; any other label is left as it is.
func languageCode(label string) string {
	code, script, found := strings.Cut(label, "_")
	if !found {
		return label
	}
	if code == "khm" && script == "Latn" {
		return samleng.RomanisedKhmer
	}
	for pair := range strings.FieldsSeq(twoLetterCodes) {
		if long, short, _ := strings.Cut(pair, "="); long == code {
			return short
		}
	}
	return code
}

// twoLetterCodes are the ISO 639-1 codes of the languages of the region and its neighbours. The
// detector learns Javanese, Sundanese and Cebuano as samleng.Other, and takes Cantonese for
// Chinese.
const twoLetterCodes = "arb=ar ben=bn bul=bg deu=de eng=en fra=fr hin=hi ind=id ita=it jav=other ceb=other yue=zh jpn=ja khm=km kor=ko lao=lo " +
	"msa=ms mya=my nld=nl por=pt rus=ru spa=es sun=other tam=ta tgl=tl tha=th tur=tr urd=ur vie=vi zho=zh zsm=ms pes=fa npi=ne"
