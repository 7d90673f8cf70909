// Package grafana owns the Grafana dashboards and the files that provision Grafana with them
// and with the ClickHouse data source, embedded so that tests and tools can read them.
//
// It does not run Grafana and does not ask ClickHouse: Grafana does, with the plugin
// grafana-clickhouse-datasource. Package expand does to a query what they do to it first.
package grafana

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"
)

// DatasourceUID is the id of the provisioned data source, which every panel names.
const DatasourceUID = "samleng-clickhouse"

//go:embed dashboards/*.json provisioning
var files embed.FS

// Files holds dashboards/*.json and provisioning/, as they lie in the repository.
func Files() fs.FS { return files }

// Query is one statement of a dashboard, with Grafana's variables and the plugin's macros
// still in it.
type Query struct {
	Dashboard string // file name
	Panel     string // title of the panel, or name of the variable that the query fills
	Variable  bool   // it fills a variable
	Series    bool   // Grafana makes time series of the answer: its first column is the time
	SQL       string
	// MinInterval is the shortest width of a point that the panel asks for; 0 for none.
	MinInterval time.Duration
}

// Queries lists every query of every dashboard, variables first.
func Queries() ([]Query, error) {
	names, err := fs.Glob(files, "dashboards/*.json")
	if err != nil {
		return nil, fmt.Errorf("list dashboards: %w", err)
	}
	var all []Query
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read dashboard: %w", err)
		}
		found, err := queriesOf(name, text)
		if err != nil {
			return nil, fmt.Errorf("read dashboard %s: %w", name, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// dashboard is the part of Grafana's dashboard JSON that queries need.
type dashboard struct {
	Templating struct {
		List []struct {
			Name  string `json:"name"`
			Type  string `json:"type"`
			Query string `json:"query"`
		} `json:"list"`
	} `json:"templating"`
	Panels []struct {
		Title    string `json:"title"`
		Interval string `json:"interval"`
		Targets  []struct {
			RawSQL    string `json:"rawSql"`
			QueryType string `json:"queryType"`
		} `json:"targets"`
	} `json:"panels"`
}

func queriesOf(name string, text []byte) ([]Query, error) {
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	var all []Query
	for _, v := range d.Templating.List {
		if v.Type == "query" {
			all = append(all, Query{Dashboard: name, Panel: v.Name, Variable: true, SQL: v.Query})
		}
	}
	for _, p := range d.Panels {
		var shortest time.Duration
		if p.Interval != "" {
			var err error
			if shortest, err = time.ParseDuration(p.Interval); err != nil {
				return nil, fmt.Errorf("panel %q: %w", p.Title, err)
			}
		}
		for _, t := range p.Targets {
			all = append(all, Query{Dashboard: name, Panel: p.Title, Series: t.QueryType == "timeseries", SQL: t.RawSQL, MinInterval: shortest})
		}
	}
	return all, nil
}
