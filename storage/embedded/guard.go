package embedded

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// guard refuses statements that reach out of the store. Whoever can talk to the port is not
// asked for a password, so the port must not be a way to the user's files, to the network or
// to programs.
//
// It works on the statement's words, with the engine's own lists of table functions and
// engines minus those known to stay inside: a function that a later engine adds is refused
// until it is looked at.
type guard struct {
	functions  map[string]bool // refused when called, lower case
	engines    map[string]bool
	forwarders map[string]bool
}

// inside are the table functions that read nothing but the store or their arguments.
func inside() map[string]bool {
	return words(`SQLStandardValues dictionary format fuzzJSON fuzzQuery generateRandom generateSeries
	generate_series input loop merge mergeTreeAnalyzeIndexes mergeTreeAnalyzeIndexesUUID mergeTreeIndex
	mergeTreeProjection mergeTreeTextIndex null numbers numbers_mt primes timeSeriesData timeSeriesMetrics
	timeSeriesSamples timeSeriesSelector timeSeriesTags values view viewExplain viewIfPermitted zeros zeros_mt
	prometheusQuery prometheusQueryRange cluster clusterAllReplicas`)
}

// engines are the table, view and database engines that keep their data in the store.
func engines() map[string]bool {
	return words(`Alias Atomic Buffer Dictionary Distributed GenerateRandom Join Log Loop Memory Merge Null
	Set StripeLog TimeSeries TinyLog View MaterializedView WindowView`)
}

// outside are scalar functions and clauses, called like one, that reach out of the store.
func outside() map[string]bool {
	return words(`aiClassify aiEmbed aiExtract aiGenerate aiTranslate catboostEvaluate disk executable file source`)
}

// forwarders are functions and engines that take the name of a database as an argument.
func forwarders() map[string]bool {
	return words(`Alias Buffer Distributed Merge loop cluster clusterAllReplicas mergeTreeAnalyzeIndexes
	mergeTreeIndex mergeTreeProjection mergeTreeTextIndex dictionary`)
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[strings.ToLower(w)] = true
	}
	return m
}

// newGuard takes the engine's table functions.
func newGuard(tableFunctions []string) *guard {
	g := &guard{functions: map[string]bool{}, engines: engines(), forwarders: forwarders()}
	staying := inside()
	for name := range outside() {
		g.functions[name] = true
	}
	for _, name := range tableFunctions {
		if l := strings.ToLower(name); !staying[l] {
			g.functions[l] = true
		}
	}
	return g
}

// check gives the reason why the statement is refused, or nil. Besides the statement it looks
// at the parameters, which can hold the names of tables.
func (g *guard) check(s statement, values map[string]string) error {
	refuse := func(what string) error {
		return fmt.Errorf("Code: 497. DB::Exception: %s is not available: the embedded engine stays inside its own store. (ACCESS_DENIED)", what) //nolint:staticcheck // ClickHouse's wording
	}
	switch k := s.keyword(0); k {
	case "BACKUP", "RESTORE", "ATTACH":
		return refuse(k)
	case "SYSTEM":
		switch s.keyword(1) {
		case "SHUTDOWN", "KILL", "SUSPEND":
			return refuse("SYSTEM " + s.keyword(1))
		}
	}
	if what := unclear(s, values); what != "" {
		return refuse(what)
	}
	if g.reachesFiles(s, values) {
		return refuse("the database \"" + filesDatabase + "\"")
	}
	for i, t := range s.tokens {
		following := token{}
		if i+1 < len(s.tokens) {
			following = s.tokens[i+1]
		}
		switch {
		case t.kind == sign, t.kind == str:
		case readsFiles(t.text):
			return refuse("the setting " + t.text)
		case fileFormat(t.text) && i > 0 && s.tokens[i-1].is("FORMAT"):
			return refuse("FORMAT " + t.text)
		case following.text == "(" && t.is("format") && i+2 < len(s.tokens) && strings.EqualFold(strings.Trim(s.tokens[i+2].text, "'"), "values"):
			return refuse("format(Values)") // its data can hold expressions
		case following.text == "(" && g.forwarders[strings.ToLower(t.text)] && !plainArguments(s.tokens[i+2:]):
			return refuse("an expression as an argument of " + t.text + "()")
		case following.text == "(" && following.kind == sign && g.functions[strings.ToLower(t.text)]:
			return refuse(t.text + "()")
		case t.is("ENGINE"):
			if following.text == "=" && i+2 < len(s.tokens) {
				following = s.tokens[i+2]
			}
			name := strings.ToLower(following.text)
			if following.kind == word && followsName(s.tokens, i) || g.engines[name] || strings.HasSuffix(name, "mergetree") {
				continue
			}
			if following.kind == quoted || following.kind == word && following.depth == t.depth && isEngineClause(s) {
				return refuse("ENGINE " + following.text)
			}
		case (t.is("OUTFILE") || t.is("INFILE")) && i > 0 && (s.tokens[i-1].is("INTO") || s.tokens[i-1].is("FROM")):
			return refuse(strings.ToUpper(t.text))
		case (t.is("FROM") || t.is("JOIN") || t.is("INTO") || t.is("TABLE")) && following.kind == str && strings.HasPrefix(following.text, "'"):
			return refuse("a file as a table")
		}
	}
	return nil
}

// filesDatabase is the one that the library makes by itself: in it, the name of any file is the
// name of a table. Requests that ask for it by HTTP's "database" get the store's own instead.
const filesDatabase = "default"

// reachesFiles reports whether the statement names filesDatabase.
func (g *guard) reachesFiles(s statement, values map[string]string) bool {
	forwards, names := false, false
	for i, t := range s.tokens {
		switch {
		case t.kind == word && t.text == "Identifier":
			for _, v := range values {
				if strings.Contains(v, filesDatabase) {
					return true
				}
			}
		case t.kind == word || t.kind == quoted:
			forwards = forwards || g.forwarders[strings.ToLower(t.text)]
			if t.text != filesDatabase {
				continue
			}
			names = true
			if i+1 < len(s.tokens) && s.tokens[i+1].text == "." {
				return true
			}
			if i > 0 && (s.tokens[i-1].is("USE") || s.tokens[i-1].is("DATABASE")) {
				return true
			}
		case t.kind == str && t.text == "'"+filesDatabase+"'":
			names = true
		}
	}
	return forwards && names
}

// followsName reports whether the word at i is the column "engine" of a query rather than the
// clause: after a dot or a comma, or at the head of an expression.
func followsName(all []token, i int) bool {
	if i == 0 {
		return true
	}
	p := all[i-1]
	return p.text == "." || p.text == "," || p.is("SELECT") || p.is("WHERE") || p.is("AND") || p.is("OR") || p.is("BY")
}

// isEngineClause reports whether the statement can have an ENGINE clause at all.
func isEngineClause(s statement) bool {
	switch s.keyword(0) {
	case "CREATE", "REPLACE", "ALTER", "EXPLAIN":
		return true
	}
	return false
}

// unclear names what the engine's lexer could read in another way than this one, and is empty
// for a statement without it. The engine takes curly quotes for quotes, more characters for
// space, and $ for a part of a name or of a here-document.
func unclear(s statement, values map[string]string) string {
	for _, t := range s.tokens {
		raw := s.text[min(t.start, len(s.text)):min(t.end, len(s.text))]
		switch {
		case t.kind == str && strings.HasPrefix(raw, "$"), t.kind == sign && raw == "$":
			return "$ outside of quotes"
		case t.kind == quoted && strings.Contains(raw, "\\"):
			return "a backslash in a quoted name"
		case t.kind == sign && raw != "" && (raw[0] >= utf8.RuneSelf || raw[0] < ' '):
			return fmt.Sprintf("the character %+q outside of quotes", raw)
		case t.kind == word && t.text == "Identifier":
			for _, v := range values {
				if strings.ContainsFunc(v, func(r rune) bool { return r == '\\' || r == '$' || r >= '\u2000' && r <= '\u206f' }) {
					return "a parameter with escapes or curly quotes beside an Identifier"
				}
			}
		}
	}
	return ""
}

// plainArguments reports whether the arguments up to the closing bracket are names and
// literals, so that none can put the name of a database together.
func plainArguments(all []token) bool {
	for i, t := range all {
		switch {
		case t.closes():
			return true
		case t.kind == str:
			if strings.Contains(t.text, "\\") {
				return false
			}
		case t.kind == word && i+2 < len(all) && t.is("currentDatabase") && all[i+1].text == "(" && all[i+2].text == ")":
			return plainArguments(all[i+3:])
		case t.kind == sign && t.text != "," && t.text != ".":
			return false
		}
	}
	return true
}

// readsFiles reports whether name is that of a setting through which a statement could read or
// write files, reach the network, run text that the guard has not seen, or be read by another parser.
func readsFiles(name string) bool {
	name = strings.ToLower(name)
	for _, prefix := range []string{"format_schema", "format_template_", "output_format_schema", "format_avro_schema_registry"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "additional_result_filter", "additional_table_filters", "dialect", "implicit_table_at_top_level",
		"input_format_values_interpret_expressions", "input_format_values_deduce_templates_of_expressions":
		return true
	}
	return false
}

// fileFormat reports whether a format takes its layout from a file.
func fileFormat(name string) bool {
	switch strings.ToLower(name) {
	case "template", "templateignorespaces":
		return true
	}
	return false
}
