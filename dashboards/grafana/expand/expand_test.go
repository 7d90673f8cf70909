package expand_test

import (
	"strings"
	"testing"
	"time"

	"samleng/dashboards/grafana/expand"
)

func options() expand.Options {
	from := time.Date(2026, 3, 1, 17, 0, 0, 500_000_000, time.UTC)
	return expand.Options{
		From: from, To: from.Add(time.Hour), Interval: 5 * time.Minute,
		Variables: map[string]expand.Variable{
			"topic":    {Values: []string{"it's"}},
			"language": {Values: []string{"km", "en"}, Multi: true},
			"kind":     {Values: []string{"news", "social"}, All: true, Multi: true},
			"empty":    {},
		},
	}
}

func TestSQL(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, query, want string }{
		{"plain", "SELECT 1", "SELECT 1"},
		{"time filter", "$__timeFilter(bucket)", "bucket >= toDateTime(1772384400) AND bucket <= toDateTime(1772388000)"},
		{"milliseconds", "$__timeFilter_ms(f(at))", "f(at) >= fromUnixTimestamp64Milli(1772384400500) AND f(at) <= fromUnixTimestamp64Milli(1772388000500)"},
		{"date filter", "$__dateFilter(d)", "d >= toDate('2026-03-01') AND d <= toDate('2026-03-01')"},
		{"date and time", "$__dt(d, t)", "(d >= toDate('2026-03-01') AND d <= toDate('2026-03-01')) AND (t >= toDateTime(1772384400) AND t <= toDateTime(1772388000))"},
		{"ends", "($__fromTime) ($__toTime) $__fromTime_ms() f($__toTime_ms)", "(toDateTime(1772384400)) (toDateTime(1772388000)) fromUnixTimestamp64Milli(1772384400500) f(fromUnixTimestamp64Milli(1772388000500))"},
		{"interval", "$__timeInterval(t + h(7)) - h(7)", "toStartOfInterval(toDateTime(t + h(7)), INTERVAL 300 second) - h(7)"},
		{"interval in milliseconds", "$__timeInterval_ms(t)", "toStartOfInterval(toDateTime64(t, 3), INTERVAL 300000 millisecond)"},
		{"interval in seconds", "f($__interval_s)", "f(300)"},
		{"Grafana's own", "$__from ${__to} $__interval $__interval_ms $__range_s", "1772384400500 1772388000500 5m 300000 3600"},
		{"quotes", "${topic:singlequote} ${topic:sqlstring} $topic", `'it\'s' 'it''s' it's`},
		{"list", "${language:singlequote} $language ${language:csv} ${language:pipe}", "'km','en' 'km','en' km,en km|en"},
		{"condition kept", "$__conditionalAll(language IN (${language:singlequote}), $language)", "language IN ('km','en')"},
		{"condition of all", "$__conditionalAll(kind IN (${kind:singlequote}), ${kind}) AND x", "1=1 AND x"},
		{"condition of nothing", "$__conditionalAll(e = '$empty', $empty)", "1=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := expand.SQL(tt.query, options())
			if err != nil || got != tt.want {
				t.Errorf("SQL(%q) = %q, %v, want %q", tt.query, got, err, tt.want)
			}
		})
	}
}

func TestSQLRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, query, want string }{
		{"unknown macro", "$__timeGroup(t, '5m')", "no macro of the plugin"},
		{"misspelt macro", "$__timefilter(t)", "no macro of the plugin"},
		{"unknown variable", "${place:singlequote}", "no such variable"},
		{"unknown plain variable", "x = $place", "no such variable"},
		{"unknown format", "${topic:regex}", "not supported"},
		{"old form", "[[topic]]", "not supported"},
		{"field", "${topic.text}", "not supported"},
		{"too few arguments", "$__dt(a)", "1 arguments, wants 2"},
		{"too many arguments", "$__timeFilter(a, b)", "2 arguments, wants 1"},
		{"no arguments", "$__timeFilter", "no arguments"},
		{"arguments apart", "$__timeFilter (a)", "no arguments"},
		{"open bracket", "$__timeFilter(f(a)", "closing bracket is missing"},
		{"comma in an argument", "$__timeFilter(f(a, b))", "a comma inside"},
		{"macro in an argument", "$__timeInterval($__fromTime)", "a macro inside"},
		{"text after a macro without arguments", "x > $__fromTime AND y IN (1)", "closing bracket"},
		{"condition without a variable", "$__conditionalAll(a = 1)", "wants a condition and a variable"},
		{"condition with a format", "$__conditionalAll(a = 1, ${topic:raw})", "not the plain name"},
		{"condition on nothing known", "$__conditionalAll(a = 1, $place)", "no variable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := expand.SQL(tt.query, options())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("SQL(%q) = %q, %v, want an error with %q", tt.query, got, err, tt.want)
			}
		})
	}
}

func FuzzSQL(f *testing.F) {
	for _, s := range []string{"$__timeFilter(a)", "$__conditionalAll(a IN (${kind:csv}), $kind)", "f($__interval_s)", "${topic:singlequote}", "$__conditionalAll((", "$__dt(,)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		got, err := expand.SQL(query, options())
		if err == nil && !strings.Contains(query, "$") && !strings.Contains(query, "[[") && got != query {
			t.Errorf("SQL(%q) = %q: there was nothing to expand", query, got)
		}
	})
}
