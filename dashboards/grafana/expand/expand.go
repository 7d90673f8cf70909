// Package expand does to a query what Grafana and the plugin grafana-clickhouse-datasource do
// to it before it reaches ClickHouse, so that the queries of a dashboard can be run without
// either. It follows the plugin from 4.0 on, and is stricter where its versions differ: what one
// of them would garble is an error here.
//
// It does not own any query, and does not run them.
package expand

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Variable is the state of a dashboard's variable.
type Variable struct {
	Values []string // chosen; for All every option there is
	All    bool     // the option "All" is chosen
	Multi  bool     // several can be chosen
}

// Options is what Grafana knows when it sends a query.
type Options struct {
	From, To  time.Time     // of the time picker
	Interval  time.Duration // width of a point
	Variables map[string]Variable
}

// SQL gives the statement that reaches ClickHouse. An unknown variable, format or macro, a
// wrong number of arguments and what only some versions of the plugin understand are errors.
func SQL(query string, o Options) (string, error) {
	query, err := conditions(query, o)
	if err != nil {
		return "", err
	}
	if query, err = o.interpolate(query); err != nil {
		return "", err
	}
	return o.macros(query)
}

// conditionalAll is expanded in the browser, before variables are.
const conditionalAll = "$__conditionalAll"

// plain is how the second argument of $__conditionalAll names a variable. With a format in
// it the plugin would not notice that all are chosen.
var plain = regexp.MustCompile(`^\$(\w+)$|^\$\{(\w+)\}$`)

// conditions replaces each $__conditionalAll(condition, $variable), the last one first: by
// 1=1 where all or nothing is chosen, else by the condition.
func conditions(query string, o Options) (string, error) {
	for {
		at := strings.LastIndex(query, conditionalAll)
		if at < 0 {
			return query, nil
		}
		args, length, err := arguments(query[at+len(conditionalAll):])
		if err != nil {
			return "", fmt.Errorf("%s: %w", conditionalAll, err)
		}
		if len(args) != 2 {
			return "", fmt.Errorf("%s has %d arguments, wants a condition and a variable", conditionalAll, len(args))
		}
		m := plain.FindStringSubmatch(args[1])
		if m == nil {
			return "", fmt.Errorf("%s: %q is not the plain name of a variable", conditionalAll, args[1])
		}
		v, ok := o.Variables[m[1]+m[2]]
		if !ok {
			return "", fmt.Errorf("%s: the dashboard has no variable %q", conditionalAll, m[1]+m[2])
		}
		phrase := args[0]
		if v.All || strings.Join(v.Values, "") == "" {
			phrase = "1=1"
		}
		query = query[:at] + phrase + query[at+len(conditionalAll)+length:]
	}
}

// reference is how Grafana finds variables.
var reference = regexp.MustCompile(`\$(\w+)|\[\[(\w+)[^\]]*\]\]|\$\{(\w+)(\.[^:}]+)?(?::([^}]+))?\}`)

// interpolate replaces variables, those of the dashboard and those that Grafana makes. What
// begins with two underscores and is none of Grafana's is left to macros.
func (o Options) interpolate(query string) (string, error) {
	var fault error
	out := reference.ReplaceAllStringFunc(query, func(found string) string {
		m := reference.FindStringSubmatch(found)
		name, format := m[1]+m[3], m[5]
		v, known := o.Variables[name]
		switch global, isGlobal := o.global(name); {
		case m[2] != "" || m[4] != "":
			fault = fmt.Errorf("%s: this form of a variable is not supported", found)
		case known:
			text, err := formatted(v, format)
			if err != nil {
				fault = fmt.Errorf("%s: %w", found, err)
			}
			return text
		case isGlobal && format == "":
			return global
		case m[1] != "" && strings.HasPrefix(name, "__"):
		default:
			fault = fmt.Errorf("%s: the dashboard has no such variable, or it has no such format", found)
		}
		return found
	})
	return out, fault
}

// global gives the variables that Grafana itself makes.
func (o Options) global(name string) (string, bool) {
	switch name {
	case "__from":
		return strconv.FormatInt(o.From.UnixMilli(), 10), true
	case "__to":
		return strconv.FormatInt(o.To.UnixMilli(), 10), true
	case "__interval":
		return short(o.Interval), true
	case "__interval_ms":
		return strconv.FormatInt(o.Interval.Milliseconds(), 10), true
	case "__range":
		return short(o.To.Sub(o.From)), true
	case "__range_s":
		return strconv.FormatInt(int64(o.To.Sub(o.From)/time.Second), 10), true
	case "__range_ms":
		return strconv.FormatInt(o.To.Sub(o.From).Milliseconds(), 10), true
	case "__timezone":
		return "Asia/Phnom_Penh", true
	}
	return "", false
}

// short writes a length of time in its largest whole unit, as Grafana does.
func short(d time.Duration) string {
	for _, unit := range []struct {
		name  string
		width time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if d >= unit.width && d%unit.width == 0 {
			return strconv.FormatInt(int64(d/unit.width), 10) + unit.name
		}
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}

// formatted writes the chosen values into SQL. Without a format the plugin quotes lists but
// escapes nothing, and leaves a single value as it is.
func formatted(v Variable, format string) (string, error) {
	var quote func(string) string
	separator := ","
	switch format {
	case "singlequote":
		quote = func(s string) string { return "'" + strings.ReplaceAll(s, "'", `\'`) + "'" }
	case "sqlstring":
		quote = func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	case "doublequote":
		quote = func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }
	case "csv", "raw":
		quote = func(s string) string { return s }
	case "pipe":
		quote, separator = func(s string) string { return s }, "|"
	case "":
		if !v.Multi {
			return strings.Join(v.Values, ""), nil
		}
		quote = func(s string) string { return "'" + s + "'" }
	default:
		return "", fmt.Errorf("the format %q is not supported", format)
	}
	all := make([]string, len(v.Values))
	for i, s := range v.Values {
		all[i] = quote(s)
	}
	return strings.Join(all, separator), nil
}
