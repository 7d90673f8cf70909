package spike

import "math"

// share is the channel of the negative (or positive) part of the labelled posts. All fields are
// plain numbers. The counts of labelled posts are in the ring that both shares have in common.
type share struct {
	A, B     float64          // fading sums of posts with the label and without
	Labelled float64          // learned
	Sum      uint32           // posts with the label in all final buckets, modulo 2^32
	K        [ring]uint32     // Sum before each of the last final buckets
	Num      [windows]float64 // for the correlation
	Den      [windows]float64
	Rarity   [windows]rarity
}

// labelled is the ring of labelled posts.
type labelled struct {
	Sum     uint32       // as share.Sum
	N       [ring]uint32 // as share.K
	Head    int32        // where the next bucket goes
	Filled  int32
	Buckets float64 // learned
}

const (
	sharePrior      = .25 // of negative posts, for a series without a parent
	priorPosts      = 40
	minimumLabelled = 10
	minimumOfLabel  = 5
	minimumRise     = .10
	warmLabelled    = 30
)

// pair is the labelled posts of a bucket and those of the label among them.
type pair struct{ n, k float64 }

// base is the share expected, given that of the series' parent.
func (s *share) base(parent float64) float64 {
	return (s.A + priorPosts*parent) / (s.A + s.B + priorPosts)
}

// correlation is that of the labels within a window.
func (s *share) correlation(w int) float64 {
	return min(.3, max(.002, (s.Num[w]+.006)/(s.Den[w]+.2)))
}

// sums adds up the windows that end with the last of pending. Differences of running sums give
// the final buckets, exactly: whole numbers modulo 2^32.
func (s *share) sums(t *tuning, l *labelled, pending []pair) (n, k [windows]float64) {
	var sn, sk float64
	w, most := 0, len(pending)
	for i := 1; i <= most && w < windows; i++ {
		sn += pending[most-i].n
		sk += pending[most-i].k
		for w < windows && t.share[w] == i {
			n[w], k[w] = sn, sk
			w++
		}
	}
	for ; w < windows; w++ {
		n[w], k[w] = sn, sk
		if back := min(t.share[w]-most, int(l.Filled)); back > 0 {
			at := (int(l.Head) - back + ring) % ring
			n[w] += float64(l.Sum - l.N[at])
			k[w] += float64(s.Sum - s.K[at])
		}
	}
	return n, k
}

// score gives the terms of the window that scores highest, the zero Terms when none is above
// the gates, and which windows exceed their quantile. lead is as in the volume's score.
func (s *share) score(t *tuning, l *labelled, pending []pair, parent float64, lead *[windows]float64) (best Terms, above mask) {
	if l.Buckets*t.hours < 24 {
		return Terms{}, 0
	}
	p := s.base(parent)
	warm := l.Buckets*t.hours >= t.warm && s.Labelled >= warmLabelled
	ns, ks := s.sums(t, l, pending)
	for w := range windows {
		n, k := ns[w], ks[w]
		q := s.Rarity[w].quantile(&surprise, lead[w])
		rho := s.correlation(w)
		r := s.surpriseOf(n, k, p, rho)
		if r <= q {
			continue
		}
		above |= 1 << w
		if !warm || r < minimumLogP || k < minimumOfLabel || k/n < p+minimumRise {
			continue
		}
		if score := s.Rarity[w].score(&surprise, r, q); score > best.Score {
			best = Terms{Score: score, Window: t.shareLength[w], Observed: k / n, Expected: p, Count: n, Of: k, Dispersion: rho, LogP: r, Excess: r, Quantile: q}
			best.Lambda, best.Beta, best.K = s.Rarity[w].terms(&surprise)
		}
	}
	return best, above
}

// learn takes a final bucket; the ring of labelled posts is moved on by the caller afterwards.
func (s *share) learn(t *tuning, l *labelled, n, k, parent float64) {
	p := s.base(parent)
	rho := s.correlation(0)
	s.learnWindows(t, l, n, k, p)
	s.K[l.Head] = s.Sum
	s.Sum += uint32(k)
	s.A *= t.fade4d
	s.B *= t.fade4d
	s.add(n, k, p, rho)
	s.Labelled += n
}

// add puts posts into the baseline, those of the label capped at what is plausible.
func (s *share) add(n, k, p, rho float64) {
	capped := min(k, n*p+3*math.Sqrt(n*p*(1-p)*(1+max(0, n-1)*rho)))
	s.A += capped
	s.B += n - capped
}

// learnWindows updates correlation and rarity by the windows that end with this bucket.
func (s *share) learnWindows(t *tuning, l *labelled, n, k, p float64) {
	gain := 1 - t.fade10d
	ns, ks := s.sums(t, l, []pair{{n, k}})
	for w := range windows {
		n, k := ns[w], ks[w]
		rho := s.correlation(w)
		v := n * p * (1 - p)
		if n >= 5 {
			weight := 1 / (1 + (n-1)*rho)
			e := k - n*p
			ee := min(e*e, 12*v*(1+(n-1)*rho))
			s.Num[w] += gain * (weight*(ee/v-1) - s.Num[w])
			s.Den[w] += gain * (weight*(n-1) - s.Den[w])
		}
		if l.Buckets*t.hours >= 24 {
			s.Rarity[w].learn(&surprise, s.surpriseOf(n, k, p, rho), t.hours, t.fade8w)
		}
	}
}

// surpriseOf is -log10 of the probability of k or more among n. Close to the mean and below it
// that stays under the floor of every quantile, and is given as 0 to save the sum; so do windows
// with too few posts to alert.
func (s *share) surpriseOf(n, k, p, rho float64) float64 {
	if n < minimumLabelled {
		return 0
	}
	near := .2 // squared deviations
	if p > .05 && p < .6 && rho < .1 {
		near = 1.44 // still more likely than one in ten
	}
	e := k - n*p
	if e <= 0 || e*e < near*n*p*(1-p)*(1+(n-1)*rho) {
		return 0
	}
	return -logTailBetaBinomial(k, n, p, rho)
}
