package card

// view is what the files in layout are given. Every text in it is escaped already.
type view struct {
	Language, Title string
	Sections        []sectionView
	Head            string
	Examples        []exampleView
	Links           []linkView
	More            string
	Chart           bool
	Alt             string
}

type sectionView struct {
	Language, Title string
	Lines           []string
}

type exampleView struct {
	Language, Title, Excerpt, Facts, URL string
}

type linkView struct{ Text, URL string }

// view is the content after some steps of shortening, escaped for a layout.
func (r *Renderer) view(c *content, l *layout, step int) *view {
	v := &view{Language: c.sections[0].language, Title: l.escape(r.clip(c.title(), maxTitle)), Head: l.escape(c.head), Chart: c.alt != "", Alt: l.escape(c.alt)}
	left := false
	for i := range c.sections {
		s := &c.sections[i]
		if i > 0 && step >= lastStep {
			break
		}
		out := sectionView{Language: s.language, Title: l.escape(s.title)}
		for _, line := range s.lines {
			drop := line.drop
			if i > 0 && drop != never {
				drop = min(drop, stepSecond)
			}
			switch {
			case step >= drop:
				left = true
			case line.short != "" && step >= line.fewer:
				left = true
				out.Lines = append(out.Lines, l.escape(line.short))
			default:
				out.Lines = append(out.Lines, l.escape(line.text))
			}
		}
		v.Sections = append(v.Sections, out)
	}
	examples := c.examples[:min(len(c.examples), examplesAt(step))]
	left = left || len(examples) < len(c.examples)
	for i := range examples {
		e := &examples[i]
		out := exampleView{Language: e.language, Title: l.escape(e.title), Facts: l.escape(e.facts)}
		if step < stepExcerpts {
			out.Excerpt = l.escape(e.excerpt)
		} else {
			left = left || e.excerpt != ""
		}
		if e.address != "" {
			out.URL = l.address(e.address)
		}
		v.Examples = append(v.Examples, out)
	}
	if c.page.address != "" {
		v.Links = append(v.Links, linkView{l.escape(c.page.text), l.address(c.page.address)})
	}
	if step < stepActions {
		for _, a := range c.actions {
			v.Links = append(v.Links, linkView{l.escape(a.text), l.address(a.address)})
		}
	}
	if left {
		v.More = l.escape(ellipsis)
		if c.page.address != "" {
			v.More = l.escape(c.more[v.Language])
		}
	}
	return v
}

func examplesAt(step int) int {
	switch {
	case step >= stepNoExamples:
		return 0
	case step >= stepOneExample:
		return 1
	case step >= stepTwoExamples:
		return 2
	case step >= stepThreeExamples:
		return 3
	}
	return maxExamples
}
