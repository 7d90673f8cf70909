// Package all owns the one list of collectors. Adding a collector is a folder beneath
// collectors and a line here.
//
// It knows nothing of how a collector works or of how it is scheduled.
package all

import (
	"samleng"
	"samleng/collectors"
	"samleng/collectors/feed"
	"samleng/collectors/site"
)

// Kinds gives how to make each kind of collector, by the name that samleng.Source.Collector
// uses for it.
func Kinds() map[string]collectors.New {
	return map[string]collectors.New{
		"feed": feed.New(article),
	}
}

// article makes the reader of full texts for feeds that hold only summaries.
func article(source samleng.Source, deps collectors.Deps) (feed.Extractor, error) {
	return site.NewFetcher(source, deps), nil
}
