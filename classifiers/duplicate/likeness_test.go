package duplicate

// similarity estimates the share of shingles that two texts have in common, from 0 to 1
// (their Jaccard index), with a standard error of at most 0.052. With a text too short for
// that it is 1 when the texts are the same and 0 otherwise, and 0 when one has no story.
func similarity(a, b Print) float64 {
	switch {
	case a.Alone() || b.Alone():
		return 0
	case a.Exact == b.Exact:
		return 1
	case !a.Near() || !b.Near():
		return 0
	}
	const chance = 1.0 / 256 // of two bytes that are equal for no reason
	share := float64(matches(&a.Sketch, &b.Sketch)) / bins
	return max(0, (share-chance)/(1-chance))
}
