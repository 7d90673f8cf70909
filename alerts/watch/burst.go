package watch

import "samleng"

// What makes a burst of copies.
const (
	fewStories  = 3   // fewer distinct ones are a burst, whatever is usual
	leastExcess = .5  // of what is expected, that a volume has to exceed it by without the copies
	leastRise   = .10 // by which a share has to exceed what is expected, likewise
)

// copied reports whether an alert is about few stories in many copies: there are fewer than
// fewStories, or no signal of the alert would be left if the two that were copied most had been
// published once each.
func copied(a *samleng.Alert, scene *samleng.Scene) bool {
	if scene.Stories < fewStories {
		return true
	}
	if a.Series.Stories {
		return false // copies do not count there
	}
	var copies samleng.Tally
	for _, t := range scene.Largest {
		copies.Posts += max(0, t.Posts-1)
		copies.Negative += max(0, t.Negative-1)
		copies.Positive += max(0, t.Positive-1)
		copies.Neutral += max(0, t.Neutral-1)
	}
	for i := range a.Changes {
		c := &a.Changes[i]
		switch c.Signal {
		case samleng.SignalVolume:
			if c.Observed-float64(copies.Posts) >= c.Expected+max(fewStories, leastExcess*c.Expected) {
				return false
			}
		case samleng.SignalNegative, samleng.SignalPositive:
			of := copies.Negative
			if c.Signal == samleng.SignalPositive {
				of = copies.Positive
			}
			labelled := float64(c.Count)
			left, ofLabel := labelled-float64(copies.Positive+copies.Neutral+copies.Negative), c.Observed*labelled-float64(of)
			if left > 0 && ofLabel >= fewStories && ofLabel/left >= c.Expected+leastRise {
				return false
			}
		case samleng.SignalSilence:
		}
	}
	return len(a.Changes) > 0
}

// lower is one level lower.
func lower(l samleng.Level) samleng.Level { return max(samleng.LevelNotice, l-1) }
