package rule

import (
	"math"

	"samleng"
)

// Series lists what the rule watches, given the ids of all topics and the codes of all
// provinces.
func (r *Rule) Series(topics, provinces []string) []samleng.Series {
	subjects := make([]samleng.Series, 0, len(topics))
	switch {
	case len(r.Keywords) > 0:
		for _, keyword := range r.Keywords {
			subjects = append(subjects, samleng.Series{Keyword: keyword})
		}
	case len(r.Topics) > 0:
		topics = r.Topics
		fallthrough
	default:
		for _, topic := range topics {
			subjects = append(subjects, samleng.Series{Topic: topic})
		}
	}
	places := r.Places
	if len(places) == 1 && places[0] == Each {
		places = provinces
	}
	if len(places) == 0 {
		places = []string{""}
	}
	kinds := r.Kinds
	if len(kinds) == 0 {
		kinds = []samleng.Kind{""}
	}
	all := make([]samleng.Series, 0, len(subjects)*len(places)*len(kinds))
	for _, s := range subjects {
		for _, s.Place = range places {
			for _, s.Kind = range kinds {
				s.Language, s.Stories = r.Language, r.CountBy == CountStories
				all = append(all, s)
			}
		}
	}
	return all
}

// Threshold is the score from which one of series series may alert so that, over all of them,
// no more than Budget alerts a week are expected from chance: an alert at score s is expected
// 10^(2-s) times a week in one series, so that the sum needs no independence. It is never
// below least, the detector's own threshold.
func (r *Rule) Threshold(series int, least float64) float64 {
	return max(least, 2+math.Log10(float64(max(1, series))/r.Budget()))
}
