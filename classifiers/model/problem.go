package model

import (
	"cmp"
	"math"
	"slices"
)

// problem is a set of examples with their features numbered.
type problem struct {
	o       Options
	hashes  []uint64 // by number of the feature
	factor  []float64
	rows    []row
	classes int
}

type row struct {
	index  []int32
	value  []float64
	dense  []float64
	labels []int
	weight float64
}

// newProblem numbers the features of the examples that occur often enough.
func newProblem(examples []Example, o Options) *problem {
	count := map[uint64]int32{}
	var seen []uint64
	for i := range examples {
		seen = seen[:0]
		for _, f := range examples[i].Features {
			seen = append(seen, f.Hash)
		}
		slices.Sort(seen)
		for _, h := range slices.Compact(seen) {
			count[h]++
		}
	}
	p := &problem{o: o, classes: len(o.Classes)}
	for h, n := range count {
		if int(n) >= o.MinCount {
			p.hashes = append(p.hashes, h)
		}
	}
	slices.Sort(p.hashes)
	number := make(map[uint64]int32, len(p.hashes))
	p.factor = make([]float64, len(p.hashes))
	for i, h := range p.hashes {
		number[h] = int32(i)
		p.factor[i] = math.Pow(1+math.Log(float64(len(examples)+1)/float64(count[h]+1)), o.IDF)
	}
	frequency := make([]float64, p.classes)
	total := 0.0
	for i := range examples {
		for _, l := range examples[i].Labels {
			frequency[l] += weightOf(&examples[i])
			total += weightOf(&examples[i])
		}
	}
	for i := range examples {
		p.rows = append(p.rows, p.row(&examples[i], number, frequency, total))
	}
	return p
}

func weightOf(e *Example) float64 {
	if e.Weight == 0 {
		return 1
	}
	return e.Weight
}

func (p *problem) row(e *Example, number map[uint64]int32, frequency []float64, total float64) row {
	r := row{dense: e.Dense, labels: e.Labels, weight: weightOf(e)}
	if !p.o.Multi && p.o.Balance > 0 {
		r.weight *= math.Pow(total/(float64(p.classes)*frequency[e.Labels[0]]), p.o.Balance)
	}
	type cell struct {
		index int32
		value float64
	}
	var cells []cell
	for _, f := range e.Features {
		if n, ok := number[f.Hash]; ok {
			cells = append(cells, cell{n, float64(f.Value) * p.factor[n]})
		}
	}
	slices.SortStableFunc(cells, func(a, b cell) int { return cmp.Compare(a.index, b.index) })
	for _, c := range cells {
		if n := len(r.index); n > 0 && r.index[n-1] == c.index {
			r.value[n-1] += c.value
			continue
		}
		r.index = append(r.index, c.index)
		r.value = append(r.value, c.value)
	}
	return r
}

// naiveBayes writes the weights of multinomial naive Bayes, with one added to every count,
// times the prior; of each class the logarithm of how much likelier the feature is in it
// than elsewhere.
func (p *problem) naiveBayes(dst []float64) {
	n, k := len(p.hashes), p.classes
	in, sums := make([]float64, n*k), make([]float64, k)
	all := make([]float64, n)
	everything := 0.0
	for i := range p.rows {
		r := &p.rows[i]
		for j, f := range r.index {
			v := r.value[j] * r.weight
			all[f] += v
			everything += v
			for _, l := range r.labels {
				in[int(f)*k+l] += v
				sums[l] += v
			}
		}
	}
	smooth := everything / float64(n*k+1) // the mean
	for f := range n {
		for c := range k {
			inside := (in[f*k+c] + smooth) / (sums[c] + smooth*float64(n))
			outside := (all[f] - in[f*k+c] + smooth) / (everything - sums[c] + smooth*float64(n))
			dst[f*k+c] = p.o.Prior * math.Log(inside/outside)
		}
	}
}

// model packs what was learnt. The weights take in the factors of the features.
func (p *problem) model(x []float64) *Model {
	k, n, d := p.classes, len(p.hashes), len(p.o.Dense)
	all := make([]weighed, n)
	for f := range n {
		w := make([]float64, k)
		mean := 0.0
		for c := range w {
			w[c] = x[f*k+c] * p.factor[f]
			mean += w[c] / float64(k)
		}
		if !p.o.Multi { // only differences count, and small numbers are rounded less
			for c := range w {
				w[c] -= mean
			}
		}
		all[f] = weighed{hash: p.hashes[f], weights: w}
	}
	m := &Model{header: header{
		Task: p.o.Task, Classes: p.o.Classes, Multi: p.o.Multi, Grams: p.o.Grams, Dense: p.o.Dense, Decision: p.o.Decision, Temperature: 1,
	}}
	m.table, m.header.Scale = newTable(all, k, p.o.MaxBytes)
	m.header.Groups = int(m.table.groups)
	for c := range k {
		m.header.Bias = append(m.header.Bias, round(x[(n+d)*k+c]))
		m.header.Lines = append(m.header.Lines, [2]float64{1, 0})
		weights := make([]float64, d)
		for j := range d {
			weights[j] = round(x[(n+j)*k+c])
		}
		if d > 0 {
			m.header.Weights = append(m.header.Weights, weights)
		}
	}
	return m
}

// round keeps five digits, which is what the data can tell.
func round(v float64) float64 { return math.Round(v*1e5) / 1e5 }
