package spike

import "math"

// rarity remembers how often and how far one measure of one series exceeds its usual range,
// and from that says how rare an excess is in this series: the cluster tail of extreme-value
// practice (peaks over a threshold, generalised Pareto with a gamma prior on the scale).
// All fields are plain numbers.
type rarity struct {
	Q       float64 // running 98 % quantile of the measure
	C       float64 // clusters above Q, fading with a half-life of 8 weeks
	Sum     float64 // of the largest excess of each of them, fading likewise
	Weeks   float64 // seen, fading likewise
	Excess  float64 // largest of the cluster that is open
	Quiet   float64 // hours since the open cluster last exceeded Q
	Cluster bool    // whether one is open
}

// tailKind holds what differs between the measures of the channels.
type tailKind struct {
	start, floor float64 // of Q
	scale        float64 // expected excess before any was seen
	speed        float64 // by which Q moves per hour once it has settled
	settled      float64 // weeks until then; before that it moves faster, the younger the more
}

// excessOf is the measure of the volume channel, ln((X+2)/(M+2)); surprise that of a share,
// -log10 of the tail's probability.
var (
	excessOf = tailKind{start: .8, floor: .3, scale: .4, speed: .01, settled: 1}
	surprise = tailKind{start: 1.5, floor: 1, scale: .5, speed: .03}
)

// fastest is by how much more than in the end Q moves at most.
const fastest = 10

// clusterRest is how many hours below Q close a cluster.
const clusterRest = 3

// terms gives what the score of u is made of: clusters expected a week, their mean excess and
// the shape.
func (r *rarity) terms(kind *tailKind) (lambda, beta, k float64) {
	k = r.C + 6
	return (r.C + 3.5) / (r.Weeks + .5), (r.Sum + 6*kind.scale) / k, k
}

// quantile is Q moved on by what buckets that are not final yet will do to it; lead is the sum of
// their moves.
func (r *rarity) quantile(kind *tailKind, lead float64) float64 {
	if r.Q == 0 {
		return kind.start
	}
	return max(kind.floor, r.Q+lead*r.pace(kind))
}

// pace is by how much more than in the end Q moves now. Steps that shorten with age are how a
// stochastic approximation comes to rest: a young series finds its range in days, and an old one
// does not lose it over one long spike.
func (r *rarity) pace(kind *tailKind) float64 {
	if r.Weeks >= kind.settled {
		return 1
	}
	return min(fastest, kind.settled/r.Weeks)
}

// move is what one bucket does to Q once it has settled: a step of stochastic gradient descent on
// its quantile.
func (kind *tailKind) move(above bool, hours float64) float64 {
	if above {
		return kind.speed * hours * .98
	}
	return -kind.speed * hours * .02
}

// score is 2 - log10(clusters a week that reach u) above the quantile q, 0 when u is not
// above it.
func (r *rarity) score(kind *tailKind, u, q float64) float64 {
	if u <= q {
		return 0
	}
	lambda, beta, k := r.terms(kind)
	return max(0, 2-math.Log10(lambda)+k*math.Log10(1+(u-q)/(beta*k)))
}

// learn takes the measure of a final bucket of the given hours.
func (r *rarity) learn(kind *tailKind, u, hours, fade float64) {
	if r.Q == 0 {
		r.Q = kind.start
	}
	r.C *= fade
	r.Sum *= fade
	r.Weeks = r.Weeks*fade + hours/(7*24)
	above := u > r.Q
	switch {
	case above:
		if !r.Cluster {
			r.Cluster, r.Excess = true, 0
		}
		r.Excess, r.Quiet = max(r.Excess, u-r.Q), 0
	case r.Cluster:
		r.Quiet += hours
		if r.Quiet >= clusterRest {
			r.close(kind)
		}
	}
	r.Q = max(kind.floor, r.Q+kind.move(above, hours)*r.pace(kind))
}

// close counts the open cluster. Its excess counts up to what would have scored 3: without
// that cap a series with a true spike each week grows deaf.
func (r *rarity) close(kind *tailKind) {
	lambda, beta, k := r.terms(kind)
	most := beta * k * (math.Pow(10, (1+math.Log10(lambda))/k) - 1)
	r.C++
	r.Sum += min(r.Excess, max(.2, most))
	r.Cluster, r.Excess, r.Quiet = false, 0, 0
}
