// Command train writes the list of frequent words from written posts:
//
//	go run ./classifiers/internal/frequent/train --out words.txt posts.jsonl...
//
// The same posts give the same bytes.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"samleng/classifiers/internal/frequent"
)

func main() {
	out := flag.String("out", "words.txt", "write the words to `FILE`")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(out string, files []string) error {
	count := map[string]int{}
	for _, name := range files {
		if err := add(count, name); err != nil {
			return fmt.Errorf("read posts: %w", err)
		}
	}
	words := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	if err := os.WriteFile(out, []byte(strings.Join(words, "\n")+"\n"), 0o644); err != nil { //nolint:gosec // a file for all to read
		return fmt.Errorf("write words: %w", err)
	}
	return nil
}

// word is one that a reader of letters ends where this ends it.
var word = regexp.MustCompile(`[\pL\pM\pN]+(?:'[\pL\pM\pN]+)*`)

// add counts the words of the posts of one file.
func add(count map[string]int, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var p struct{ Title, Text string }
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, w := range word.FindAllString(strings.ReplaceAll(strings.ToLower(p.Title+"\n"+p.Text), "’", "'"), -1) {
			if frequent.Plain(w) {
				count[w]++
			}
		}
	}
	return lines.Err()
}
