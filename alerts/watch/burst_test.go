package watch

import (
	"testing"

	"samleng"
)

func TestBurstsOfCopies(t *testing.T) {
	t.Parallel()
	volume := func(observed, expected float64) samleng.Change {
		return samleng.Change{Signal: samleng.SignalVolume, Observed: observed, Expected: expected}
	}
	negative := func(count int, share, expected float64) samleng.Change {
		return samleng.Change{Signal: samleng.SignalNegative, Observed: share, Expected: expected, Count: count}
	}
	posts := func(n, negative int) samleng.Tally {
		return samleng.Tally{Posts: n, Neutral: n - negative, Negative: negative}
	}
	for name, c := range map[string]struct {
		changes []samleng.Change
		stories int
		largest []samleng.Tally
		of      samleng.Series
		want    bool
	}{
		"two stories":                        {[]samleng.Change{volume(30, 0)}, 2, []samleng.Tally{posts(15, 0), posts(15, 0)}, samleng.Series{}, true},
		"one story beside the usual ones":    {[]samleng.Change{volume(43, 3)}, 4, []samleng.Tally{posts(40, 0), posts(1, 0)}, samleng.Series{}, true},
		"two stories beside the usual ones":  {[]samleng.Change{volume(80, 20)}, 22, []samleng.Tally{posts(40, 0), posts(20, 0)}, samleng.Series{}, true},
		"many stories, each carried by some": {[]samleng.Change{volume(60, 20)}, 25, []samleng.Tally{posts(6, 0), posts(5, 0)}, samleng.Series{}, false},
		"no copies":                          {[]samleng.Change{volume(12, 3)}, 12, []samleng.Tally{posts(1, 0), posts(1, 0)}, samleng.Series{}, false},
		"the tone of one story":              {[]samleng.Change{negative(40, .75, .25)}, 12, []samleng.Tally{posts(27, 27), posts(2, 0)}, samleng.Series{}, true},
		"the tone of many":                   {[]samleng.Change{negative(40, .75, .25)}, 30, []samleng.Tally{posts(6, 6), posts(2, 0)}, samleng.Series{}, false},
		"volume copied, tone not":            {[]samleng.Change{volume(60, 20), negative(50, .8, .2)}, 22, []samleng.Tally{posts(30, 4), posts(10, 10)}, samleng.Series{}, false},
		"stories are counted":                {[]samleng.Change{volume(12, 3)}, 12, []samleng.Tally{posts(40, 0), posts(9, 0)}, samleng.Series{Stories: true}, false},
	} {
		a := samleng.Alert{Changes: c.changes, Series: c.of}
		if got := copied(&a, &samleng.Scene{Stories: c.stories, Largest: c.largest}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if lower(samleng.LevelNotice) != samleng.LevelNotice || lower(samleng.LevelUrgent) != samleng.LevelWarning {
		t.Error("one level lower is something else")
	}
}
