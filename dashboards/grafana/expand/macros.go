package expand

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// macro is one of the plugin's macros that its backend expands.
type macro struct {
	arguments int
	expand    func(o Options, args []string) string
}

// known are the plugin's macros, apart from the statement macros that only its newest
// versions have and the ones for other databases that its library brings along.
func known(name string) (macro, bool) {
	switch name {
	case "fromTime":
		return macro{0, func(o Options, _ []string) string { return seconds(o.From) }}, true
	case "toTime":
		return macro{0, func(o Options, _ []string) string { return seconds(o.To) }}, true
	case "fromTime_ms":
		return macro{0, func(o Options, _ []string) string { return milliseconds(o.From) }}, true
	case "toTime_ms":
		return macro{0, func(o Options, _ []string) string { return milliseconds(o.To) }}, true
	case "interval_s":
		return macro{0, func(o Options, _ []string) string { return fmt.Sprint(atLeastOne(o.Interval, time.Second)) }}, true
	case "timeFilter":
		return macro{1, func(o Options, args []string) string { return between(o, args[0], seconds) }}, true
	case "timeFilter_ms":
		return macro{1, func(o Options, args []string) string { return between(o, args[0], milliseconds) }}, true
	case "dateFilter":
		return macro{1, func(o Options, args []string) string { return between(o, args[0], date) }}, true
	case "dateTimeFilter", "dt":
		return macro{2, func(o Options, args []string) string {
			return "(" + between(o, args[0], date) + ") AND (" + between(o, args[1], seconds) + ")"
		}}, true
	case "timeInterval":
		return macro{1, func(o Options, args []string) string {
			return fmt.Sprintf("toStartOfInterval(toDateTime(%s), INTERVAL %d second)", args[0], atLeastOne(o.Interval, time.Second))
		}}, true
	case "timeInterval_ms":
		return macro{1, func(o Options, args []string) string {
			return fmt.Sprintf("toStartOfInterval(toDateTime64(%s, 3), INTERVAL %d millisecond)", args[0], atLeastOne(o.Interval, time.Millisecond))
		}}, true
	}
	return macro{}, false
}

func seconds(t time.Time) string { return fmt.Sprintf("toDateTime(%d)", t.Unix()) }

func milliseconds(t time.Time) string {
	return fmt.Sprintf("fromUnixTimestamp64Milli(%d)", t.UnixMilli())
}

func date(t time.Time) string { return "toDate('" + t.UTC().Format(time.DateOnly) + "')" }

// between is inclusive at both ends.
func between(o Options, column string, render func(time.Time) string) string {
	return column + " >= " + render(o.From) + " AND " + column + " <= " + render(o.To)
}

func atLeastOne(d, unit time.Duration) int64 { return max(int64(d/unit), 1) }

var macroName = regexp.MustCompile(`\$__\w+`)

// macros expands what the plugin's backend expands.
func (o Options) macros(query string) (string, error) {
	var out strings.Builder
	for {
		at := macroName.FindStringIndex(query)
		if at == nil {
			out.WriteString(query)
			return out.String(), nil
		}
		name, rest := query[at[0]:at[1]], query[at[1]:]
		m, ok := known(strings.TrimPrefix(name, "$__"))
		if !ok {
			return "", fmt.Errorf("%s is no macro of the plugin", name)
		}
		args, length, err := m.read(rest)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		out.WriteString(query[:at[0]])
		out.WriteString(m.expand(o, args))
		query = rest[length:]
	}
}

// read gives the macro's arguments, which stand at the beginning of rest.
func (m macro) read(rest string) (args []string, length int, err error) {
	if m.arguments == 0 {
		// Plugins of 2022 and 2023 take the next bracket for the macro's own, however far away,
		// unless one closes before.
		if !strings.HasPrefix(rest, ")") && !strings.HasPrefix(rest, "()") {
			return nil, 0, errors.New("a macro without arguments must be followed by a closing bracket: some versions of the plugin cut the query otherwise")
		}
		if strings.HasPrefix(rest, "()") {
			return nil, 2, nil
		}
		return nil, 0, nil
	}
	if args, length, err = arguments(rest); err != nil {
		return nil, 0, err
	}
	if len(args) != m.arguments {
		return nil, 0, fmt.Errorf("%d arguments, wants %d", len(args), m.arguments)
	}
	for _, a := range args {
		if strings.Contains(a, "$__") {
			return nil, 0, fmt.Errorf("a macro inside the argument %q: 4.19.0 of the plugin leaves it as it is", a)
		}
		// The older parser splits at every comma.
		if strings.Contains(a, ",") {
			return nil, 0, fmt.Errorf("a comma inside the argument %q: older versions of the plugin split there", a)
		}
	}
	return args, length, nil
}

// arguments reads the bracketed list at the beginning of s, split at the commas that are in
// no inner brackets. Quotes mean nothing to the plugin here.
func arguments(s string) (args []string, length int, err error) {
	if !strings.HasPrefix(s, "(") {
		return nil, 0, errors.New("no arguments")
	}
	depth, start := 0, 1
	for i, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ',' && depth == 1:
			args = append(args, strings.TrimSpace(s[start:i]))
			start = i + 1
		case r == ')':
			if depth--; depth == 0 {
				return append(args, strings.TrimSpace(s[start:i])), i + 1, nil
			}
		}
	}
	return nil, 0, errors.New("the closing bracket is missing")
}
