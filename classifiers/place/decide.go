package place

// priors is the score of a name without any cue, by class.
var priors = [...]float64{ordinary: 0, weak: 0.3, likely: 0.55, certain: 0.75}

// What the cues add. All were set by hand and checked on testdata/development.jsonl.
const (
	unitWeight    = 0.6
	nearWeight    = 0.2
	headingWeight = 0.25
	listWeight    = 0.3
	ordinaryList  = 0.5 // a list says more of an ordinary word, which has no other chance
	besideWeight  = 0.5
	contextWeight = 0.15
	blockWeight   = -0.6
	personWeight  = -0.4
	smallWeight   = -0.1
	partWeight    = -0.5
	highest       = 0.99
)

// decide gives every candidate its unit and its score. First each is judged by itself; then
// those that are accepted are the context of the others.
func (c *Classifier) decide(s *search, fields [2]string) {
	for i := range s.found {
		k := &s.found[i]
		k.unit = c.resolve(k, 0)
		c.weigh(k)
	}
	known := c.provinces(s.found)
	for i := range s.found {
		k := &s.found[i]
		if k.unit < 0 || c.shared(k.form) {
			if k.unit = c.resolve(k, known); k.unit >= 0 {
				c.weigh(k)
			}
		}
		c.neighbours(s.found, i, known)
	}
	for i := range s.found {
		k := &s.found[i]
		if c.doubtful(k) && !s.whole(c.seg, fields[k.field], k) {
			k.cue |= cuePart
			k.score += partWeight
		}
		k.score = min(max(k.score, 0), highest)
	}
}

// resolve gives the unit that the candidate means, or -1. known has the bit of each province
// that the post is known to speak of.
func (c *Classifier) resolve(k *candidate, known uint64) int {
	best, ties := -1, 0
	for _, u := range k.form.units {
		if k.level != noLevel && k.level != lower {
			if c.rank(u, k.level) == 0 {
				continue
			}
		}
		switch {
		case best < 0 || c.preferred(u, best, k.level, known):
			best, ties = u, 1
		case !c.preferred(best, u, k.level, known):
			ties++
		}
	}
	if best < 0 && len(k.form.units) > 0 {
		// A unit word of another level: ខេត្តតាខ្មៅ is still Ta Khmau.
		k.level = noLevel
		return c.resolve(k, known)
	}
	if ties > 1 {
		return -1
	}
	return best
}

// rank says how well a unit of the gazetteer goes with a unit word: 0 not at all, from
// rightRank on without a doubt.
func (c *Classifier) rank(u int, l level) int {
	have := c.units[u].level
	switch {
	case l == have, l == anyDistrict && have == district:
		return 4
	case l == anyDistrict && have != province:
		return rightRank
	case l == district && have == province: // one's home: ស្រុកព្រៃវែង
		return 2
	case l == municipality && have == province: // ក្រុងភ្នំពេញ
		return 1
	case have == province || l == province || l == anyDistrict:
		return 0
	}
	return 1
}

const rightRank = 3

// preferred reports whether unit a is a better reading than b.
func (c *Classifier) preferred(a, b int, l level, known uint64) bool {
	if ka, kb := known&c.bit(a) != 0, known&c.bit(b) != 0; ka != kb {
		return ka
	}
	if l != noLevel && l != lower {
		return c.rank(a, l) > c.rank(b, l)
	}
	return c.units[a].level == province && c.units[b].level != province
}

// bit stands for the province of unit u. There are 25.
func (c *Classifier) bit(u int) uint64 {
	p := 0
	for _, d := range c.units[c.units[u].province].code {
		p = 10*p + int(d-'0')
	}
	return 1 << (p & 63)
}

// classOf gives the class of the candidate as it is written.
func (k *candidate) classOf() class {
	switch k.form.class {
	case capital:
		if k.cue&cueSmall != 0 {
			return ordinary
		}
		return likely
	case initials:
		return weak
	}
	return k.form.class
}

// weigh scores a candidate by its own cues.
func (c *Classifier) weigh(k *candidate) {
	if k.unit < 0 {
		k.score = 0
		return
	}
	cl := k.classOf()
	score := priors[cl]
	u := &c.units[k.unit]
	switch {
	case k.level == lower:
		if u.namesake && u.outside == 0 && cl != ordinary {
			k.cue &^= cueLower
		} else {
			score += blockWeight
		}
	case k.level != noLevel:
		if r := c.rank(k.unit, k.level); r >= rightRank || r > 0 && cl != ordinary {
			k.cue |= cueUnit
			score += unitWeight
		}
	}
	switch {
	case k.cue&cueUnit != 0:
		k.cue &^= cueBlock | cueFeature | cuePerson | cueRepeated
	case cl == certain:
		k.cue &^= cueFeature | cuePerson | cueSmall
	}
	if k.cue&(cueBlock|cueFeature|cueRepeated) != 0 {
		score += blockWeight
	}
	if k.cue&cuePerson != 0 {
		score += personWeight
	}
	if k.cue&(cueSmall|cueNear) == cueSmall && cl != ordinary {
		score += smallWeight
	}
	if cl != ordinary {
		if k.cue&cueNear != 0 {
			score += nearWeight
		}
		if k.cue&cueHeading != 0 {
			score += headingWeight
		}
	}
	k.score = score
}

// shared reports whether the form names districts of several provinces.
func (c *Classifier) shared(f *form) bool {
	return len(f.units) > 1 && c.units[f.units[0]].province != c.units[f.units[len(f.units)-1]].province
}

// provinces gives the provinces of the accepted candidates that mean one only.
func (c *Classifier) provinces(found []candidate) uint64 {
	var known uint64
	for i := range found {
		if k := &found[i]; k.unit >= 0 && k.score >= Threshold && !c.shared(k.form) {
			known |= c.bit(k.unit)
		}
	}
	return known
}

// neighbours adds to the score of candidate i what the other places of the post say.
func (c *Classifier) neighbours(found []candidate, i int, known uint64) {
	k := &found[i]
	if k.level == lower && i+1 < len(found) && found[i+1].link != apart && c.elsewhere(k, &found[i+1]) {
		k.score = 0
		return
	}
	if k.unit < 0 || k.level == lower || k.cue&(cueBlock|cueRepeated) != 0 {
		return
	}
	cl := k.classOf()
	if cl == certain {
		return
	}
	beside, listed := c.joined(found, i, i-1), false
	if next := c.joined(found, i, i+1); next > beside {
		beside = next
	}
	switch {
	case beside == besideOwn:
		k.cue |= cueBeside
		k.score += besideWeight
	case beside == besideCounted, beside == besideSpaced && cl != ordinary, beside == besideSpaced && c.row(found, i) >= 3, c.provincesOnly(found, i):
		listed = true
	}
	if listed {
		k.cue |= cueList
		if cl == ordinary {
			k.score += ordinaryList
		} else {
			k.score += listWeight
		}
	}
	if cl != ordinary && k.cue&cueBeside == 0 && c.units[k.unit].level != province && known&c.bit(k.unit) != 0 && k.score < Threshold {
		k.cue |= cueContext
		k.score += contextWeight
	}
}

// elsewhere reports whether the commune or village k is followed by the district or province
// that it lies in, and that is not the unit of the same name: ឃុំសំពៅពូន ស្រុកកោះធំ.
func (c *Classifier) elsewhere(k, next *candidate) bool {
	if k.unit < 0 || next.unit < 0 || next.level == noLevel || next.level == lower {
		return false
	}
	if c.units[next.unit].level == province {
		return c.units[k.unit].province != next.unit
	}
	return k.unit != next.unit && c.units[k.unit].level != province
}

// What a candidate is to the one beside it.
const (
	besideNone = iota
	besideSpaced
	besideCounted
	besideOwn // the district and its province
)

// joined says how candidate j supports candidate i beside it. A district and its province
// support each other even if neither is accepted by itself.
func (c *Classifier) joined(found []candidate, i, j int) int {
	if j < 0 || j >= len(found) {
		return besideNone
	}
	k, o := &found[i], &found[j]
	l := found[max(i, j)].link
	if l == apart || o.unit < 0 || o.level == lower {
		return besideNone
	}
	a, b := &c.units[k.unit], &c.units[o.unit]
	if a.province == b.province && (a.level == province) != (b.level == province) && o.score >= priors[weak] {
		return besideOwn
	}
	if o.score < Threshold {
		return besideNone
	}
	if (a.level == province) != (b.level == province) ||
		k.classOf() == ordinary && a.level != province && a.province != b.province {
		return besideNone
	}
	if l == counted {
		return besideCounted
	}
	return besideSpaced
}

// row gives the length of the list that candidate i is in.
func (c *Classifier) row(found []candidate, i int) int {
	first, last := i, i
	for first > 0 && found[first].link != apart && i-first < 4 {
		first--
	}
	for last+1 < len(found) && found[last+1].link != apart && last-i < 4 {
		last++
	}
	return last - first + 1
}

// provincesOnly reports whether candidate i is in a list of three provinces or more, each of
// which may be an ordinary word: កណ្តាល ព្រៃវែង និងតាកែវ.
func (c *Classifier) provincesOnly(found []candidate, i int) bool {
	names, list := 1, false
	for _, step := range [...]int{-1, 1} {
		for j := i + step; j >= 0 && j < len(found) && (j-i)*step < 4; j += step {
			k, l := &found[j], found[max(j, j-step)].link
			if l == apart || k.unit < 0 || c.units[k.unit].level != province || k.cue&(cueBlock|cueRepeated) != 0 {
				break
			}
			names++
			list = list || l == counted
		}
	}
	return names >= 3 && list && c.units[found[i].unit].level == province
}

// sure is the number of clusters from which a Khmer name that is likely is not taken for
// part of a word.
const sure = 4

// doubtful reports whether the words around the candidate must be looked at.
func (c *Classifier) doubtful(k *candidate) bool {
	if k.unit < 0 || !k.form.khmer || k.score < Threshold {
		return false
	}
	switch k.form.class {
	case certain:
		return false
	case likely:
		return k.cue&cueUnit == 0 && k.form.clusters < sure
	case ordinary:
		return true
	}
	return k.cue&cueUnit == 0
}
