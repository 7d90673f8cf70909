package embedded

import (
	"fmt"
	"strings"
)

// guard refuses statements that reach out of the store. Whoever can talk to the port is not
// asked for a password, so the port must not be a way to the user's files, to the network or
// to programs.
//
// It works on the statement's words, with the engine's own lists of table functions and
// engines minus those known to stay inside: a function that a later engine adds is refused
// until it is looked at.
type guard struct {
	functions map[string]bool // refused when called, lower case
}

// inside are the table functions that read nothing but the store or their arguments.
var inside = words(`SQLStandardValues dictionary format fuzzJSON fuzzQuery generateRandom generateSeries
	generate_series input loop merge mergeTreeAnalyzeIndexes mergeTreeAnalyzeIndexesUUID mergeTreeIndex
	mergeTreeProjection mergeTreeTextIndex null numbers numbers_mt primes timeSeriesData timeSeriesMetrics
	timeSeriesSamples timeSeriesSelector timeSeriesTags values view viewExplain viewIfPermitted zeros zeros_mt
	prometheusQuery prometheusQueryRange cluster clusterAllReplicas`)

// engines are the table, view and database engines that keep their data in the store.
var engines = words(`Alias Atomic Buffer Dictionary Distributed GenerateRandom Join Log Loop Memory Merge Null
	Set StripeLog TimeSeries TinyLog View MaterializedView WindowView`)

// outside are scalar functions and clauses, called like one, that reach out of the store.
var outside = words(`aiClassify aiEmbed aiExtract aiGenerate aiTranslate catboostEvaluate disk executable file source`)

// forwarders are functions and engines that take the name of a database as an argument.
var forwarders = words(`Alias Buffer Distributed Merge loop cluster clusterAllReplicas mergeTreeAnalyzeIndexes
	mergeTreeIndex mergeTreeProjection mergeTreeTextIndex dictionary`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[strings.ToLower(w)] = true
	}
	return m
}

// newGuard takes the engine's table functions.
func newGuard(tableFunctions []string) *guard {
	g := &guard{functions: map[string]bool{}}
	for name := range outside {
		g.functions[name] = true
	}
	for _, name := range tableFunctions {
		if l := strings.ToLower(name); !inside[l] {
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
	if reachesFiles(s, values) {
		return refuse("the database \"" + filesDatabase + "\"")
	}
	for i, t := range s.tokens {
		following := token{}
		if i+1 < len(s.tokens) {
			following = s.tokens[i+1]
		}
		switch {
		case t.kind == sign, t.kind == str:
		case following.text == "(" && following.kind == sign && g.functions[strings.ToLower(t.text)]:
			return refuse(t.text + "()")
		case t.is("ENGINE"):
			if following.text == "=" && i+2 < len(s.tokens) {
				following = s.tokens[i+2]
			}
			name := strings.ToLower(following.text)
			if following.kind == word && followsName(s.tokens, i) || engines[name] || strings.HasSuffix(name, "mergetree") {
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
func reachesFiles(s statement, values map[string]string) bool {
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
			forwards = forwards || forwarders[strings.ToLower(t.text)]
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
