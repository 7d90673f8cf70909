package embedded

import "strings"

// statement is what routing a statement needs to know about it.
type statement struct {
	text   string  // what the engine gets; for an insert with data, without FORMAT and data
	tokens []token // of text

	format string // named by a FORMAT clause of a query, or of the insert's data
	data   bool   // an INSERT whose rows follow the statement
	offset int    // where they start in what was parsed
}

// parse looks at the beginning of a request: all of it, or enough to hold the statement
// before an insert's data.
func parse(s string) statement {
	first, ok := next(s, 0)
	if ok && first.is("INSERT") {
		if in, ok := parseInsert(s, first); ok {
			return in
		}
	}
	st := statement{text: s, tokens: tokens(s)}
	for i, t := range st.tokens {
		if t.is("FORMAT") && t.depth == 0 && i+1 < len(st.tokens) && st.tokens[i+1].kind == word {
			st.format = st.tokens[i+1].text
		}
	}
	return st
}

// parseInsert finds where an INSERT's rows begin. It gives ok=false for INSERT ... SELECT
// and anything it does not understand: those run as a whole.
func parseInsert(s string, t token) (statement, bool) {
	var seen []token
	depth := 0
	for ok := true; ok; t, ok = next(s, t.end) {
		if t.closes() {
			depth--
		}
		t.depth = depth
		if t.opens() {
			depth++
		}
		if depth == 0 && len(seen) > 1 && t.kind == word {
			previous := seen[len(seen)-1]
			name := previous.is("INTO") || previous.is("TABLE") || previous.text == "."
			switch {
			case name: // a table may be called like a keyword
			case t.is("SELECT"), t.is("WITH"), t.is("FROM"), t.is("EXPLAIN"), t.is("WATCH"):
				return statement{}, false
			case t.is("VALUES"):
				return statement{text: s[:t.start], tokens: seen, format: "Values", data: true, offset: t.end}, true
			case t.is("FORMAT"):
				f, ok := next(s, t.end)
				if !ok || f.kind != word {
					return statement{}, false
				}
				return statement{text: s[:t.start], tokens: seen, format: f.text, data: true, offset: dataStart(s, f.end)}, true
			}
		}
		if depth == 1 && t.kind == word && (t.is("SELECT") || t.is("WITH")) && len(seen) > 0 && seen[len(seen)-1].text == "(" {
			return statement{}, false
		}
		seen = append(seen, t)
	}
	return statement{}, false
}

// dataStart passes the blanks and the one line end between the name of a format and the
// data, as ClickHouse does.
func dataStart(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\f') {
		i++
	}
	if i < len(s) && s[i] == '\r' {
		i++
	}
	if i < len(s) && s[i] == '\n' {
		i++
	}
	return i
}

// keyword gives the i-th token in upper case, when it is a word.
func (s statement) keyword(i int) string {
	if i < len(s.tokens) && s.tokens[i].kind == word {
		return strings.ToUpper(s.tokens[i].text)
	}
	return ""
}

// session reports whether the statement changes the connection itself, so that the
// connection cannot serve another request afterwards.
func (s statement) session() bool {
	switch s.keyword(0) {
	case "SET", "USE":
		return true
	case "CREATE", "REPLACE":
		for i := range 4 {
			if k := s.keyword(i); k == "TEMPORARY" || k == "TEMP" {
				return true
			}
		}
	}
	return false
}
