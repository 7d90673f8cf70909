package grafana_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"samleng/dashboards/grafana"
)

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type dashboard struct {
	UID           string `json:"uid"`
	Title         string `json:"title"`
	Description   string `json:"description"`
	SchemaVersion int    `json:"schemaVersion"`
	Timezone      string `json:"timezone"`
	Editable      bool   `json:"editable"`
	Templating    struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type variable struct {
	Name       string     `json:"name"`
	Type       string     `json:"type"`
	Label      string     `json:"label"`
	Query      string     `json:"query"`
	Datasource datasource `json:"datasource"`
}

type panel struct {
	ID          int        `json:"id"`
	Type        string     `json:"type"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Datasource  datasource `json:"datasource"`
	GridPos     grid       `json:"gridPos"`
	Interval    string     `json:"interval"`
	Targets     []target   `json:"targets"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
}

type grid struct {
	X, Y, W, H int
}

type target struct {
	RefID      string     `json:"refId"`
	Datasource datasource `json:"datasource"`
	EditorType string     `json:"editorType"`
	QueryType  string     `json:"queryType"`
	Format     int        `json:"format"`
	RawSQL     string     `json:"rawSql"`
}

// every decodes all dashboards, by file name.
func every(t *testing.T) map[string]dashboard {
	t.Helper()
	names, err := fs.Glob(grafana.Files(), "dashboards/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	all := map[string]dashboard{}
	for _, name := range names {
		text, err := fs.ReadFile(grafana.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = d
	}
	return all
}

var ours = datasource{Type: "grafana-clickhouse-datasource", UID: grafana.DatasourceUID}

func TestDashboards(t *testing.T) {
	t.Parallel()
	uids := map[string]string{}
	for name, d := range every(t) {
		if d.UID == "" || d.Title == "" || d.Description == "" || uids[d.UID] != "" {
			t.Errorf("%s: uid %q (also of %q), title %q or description %q is missing or taken", name, d.UID, uids[d.UID], d.Title, d.Description)
		}
		uids[d.UID] = name
		if d.SchemaVersion < 42 || d.Timezone != "Asia/Phnom_Penh" || d.Editable {
			t.Errorf("%s: schema %d, time zone %q, editable %v", name, d.SchemaVersion, d.Timezone, d.Editable)
		}
		var variables []string
		for _, v := range d.Templating.List {
			variables = append(variables, v.Name)
			if v.Type == "query" && (v.Datasource != ours || v.Query == "" || v.Label == "") {
				t.Errorf("%s: variable %s has the data source %v, the label %q or no query", name, v.Name, v.Datasource, v.Label)
			}
		}
		if !slices.Equal(variables, []string{"topic", "language", "kind"}) {
			t.Errorf("%s: variables %v", name, variables)
		}
	}
}

func TestPanels(t *testing.T) {
	t.Parallel()
	for name, d := range every(t) {
		ids, titles := map[int]bool{}, map[string]bool{}
		for i, p := range d.Panels {
			at := fmt.Sprintf("%s: panel %d %q", name, p.ID, p.Title)
			if p.ID == 0 || ids[p.ID] || p.Title == "" || titles[p.Title] {
				t.Errorf("%s: the id or the title is missing or taken", at)
			}
			ids[p.ID], titles[p.Title] = true, true
			if len(p.Description) < 40 || !strings.HasSuffix(p.Description, ".") {
				t.Errorf("%s: the description does not say what is counted: %q", at, p.Description)
			}
			if p.Datasource != ours {
				t.Errorf("%s: data source %v", at, p.Datasource)
			}
			if p.Type != "table" && p.FieldConfig.Defaults.Unit == "" {
				t.Errorf("%s: no unit", at)
			}
			for _, other := range d.Panels[:i] {
				if overlap(p.GridPos, other.GridPos) {
					t.Errorf("%s lies over %q", at, other.Title)
				}
			}
			if g := p.GridPos; g.W <= 0 || g.H <= 0 || g.X < 0 || g.Y < 0 || g.X+g.W > 24 {
				t.Errorf("%s: it does not fit the 24 columns: %+v", at, g)
			}
			if len(p.Targets) == 0 {
				t.Errorf("%s: no query", at)
			}
			for _, q := range p.Targets {
				checkTarget(t, at, p, q)
			}
		}
	}
}

func overlap(a, b grid) bool {
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

// checkTarget looks at how Grafana and the plugin will read the answer.
func checkTarget(t *testing.T, at string, p panel, q target) {
	t.Helper()
	if q.Datasource != ours || q.RefID == "" || q.EditorType != "sql" || q.RawSQL == "" {
		t.Errorf("%s: query %+v", at, q)
	}
	formats := map[string]int{"timeseries": 0, "table": 1}
	if want, ok := formats[q.QueryType]; !ok || q.Format != want {
		t.Errorf("%s: query type %q with format %d", at, q.QueryType, q.Format)
	}
	if (p.Type == "timeseries") != (q.QueryType == "timeseries") {
		t.Errorf("%s: a %s panel with a query of type %s", at, p.Type, q.QueryType)
	}
	// A rollup covers five minutes: finer points would be a comb.
	if q.QueryType == "timeseries" && p.Interval == "" {
		t.Errorf("%s: no shortest interval", at)
	}
}

var (
	rollups = regexp.MustCompile(`\bFROM\s+(current_)?rollups\b`)
	rule    = "HAVING NOT personal OR (n >= 5 AND length(names) >= 3)"
	// person matches what would be about who wrote a post.
	person = regexp.MustCompile(`(?i)\b(author|user|handle|account|voice)s?\b`)
	// write matches what changes a store.
	write = regexp.MustCompile(`(?i)\b(insert|alter|drop|create|truncate|delete|update|optimi[sz]e|system|settings)\b`)
)

func TestQueries(t *testing.T) {
	t.Parallel()
	all, err := grafana.Queries()
	if err != nil {
		t.Fatal(err)
	}
	panels := 0
	for _, q := range all {
		at := q.Dashboard + ": " + q.Panel
		if !q.Variable {
			panels++
		}
		if !q.Variable && rollups.MatchString(q.SQL) {
			if strings.Count(q.SQL, rule) != len(rollups.FindAllString(q.SQL, -1)) {
				t.Errorf("%s: rollups without the rule on small groups", at)
			}
			if strings.Count(q.SQL, "current_rollups") != len(rollups.FindAllString(q.SQL, -1)) {
				t.Errorf("%s: rollups without FINAL", at)
			}
		}
		if found := person.FindString(q.SQL); found != "" {
			t.Errorf("%s asks for %q: nothing is about a person", at, found)
		}
		if found := write.FindString(q.SQL); found != "" {
			t.Errorf("%s: %q", at, found)
		}
		if strings.Contains(q.SQL, "--") || strings.Contains(q.SQL, ";") {
			t.Errorf("%s: comments and semicolons are read differently by versions of the plugin", at)
		}
	}
	if panels == 0 {
		t.Error("no panel has a query")
	}
}

// TestProvisioning compares the provisioning files with what they point at. Grafana reads
// them with a YAML library; the lines looked for here are the ones that others depend on.
func TestProvisioning(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file  string
		lines []string
	}{
		{"provisioning/datasources/clickhouse.yaml", []string{
			"apiVersion: 1", "uid: " + ours.UID, "type: " + ours.Type, "host: ${SAMLENG_CLICKHOUSE_HOST}", "port: ${SAMLENG_CLICKHOUSE_PORT}",
			"username: ${SAMLENG_CLICKHOUSE_USER}", "password: ${SAMLENG_CLICKHOUSE_PASSWORD}", "protocol: http", "defaultDatabase: samleng",
			"- setting: readonly", `value: "1"`,
		}},
		{"provisioning/dashboards/samleng.yaml", []string{"apiVersion: 1", "type: file", "path: /var/lib/samleng/dashboards"}},
	}
	for _, tt := range tests {
		text, err := fs.ReadFile(grafana.Files(), tt.file)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			lines = append(lines, strings.TrimSpace(line))
		}
		for _, want := range tt.lines {
			if !slices.Contains(lines, want) {
				t.Errorf("%s: no line %q", tt.file, want)
			}
		}
	}
}
