package feed

import (
	"context"
	"time"

	"samleng"
)

// reserve is the end of a poll's time in which no more pages are read, so that what was read
// can still be handed over.
const reserve = 20 * time.Second

// articleReader puts full texts into posts during one poll.
type articleReader struct {
	extractor Extractor
	source    samleng.Source
	faults    int  // pages in a row that failed
	stopped   bool // no more pages in this poll
}

// complete replaces the text of p by that of its page, if the source asks for it, and notes
// in m what became of it. A page that cannot be read leaves the summary, flagged; only the
// end of ctx is an error. It reports whether the text is the page's.
//
// A page gets maxTries polls. One that is refused (robots.txt, 403), gone or no article gets
// no second. After a request to slow down, after maxFaults failures in a row and near the end of
// the poll's time, no more pages are read: the posts go out as summaries and the next poll
// completes them.
func (r *articleReader) complete(ctx context.Context, p *samleng.Post, m *mark) (bool, error) {
	if !r.source.FullText {
		return false, nil
	}
	if r.extractor == nil || p.URL == "" {
		m.Tries = maxTries
		p.Flags = append(p.Flags, samleng.FlagSummary)
		return false, nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < reserve {
		r.stopped = true
	}
	if r.stopped {
		m.Tries = max(m.Tries, 1)
		p.Flags = append(p.Flags, samleng.FlagSummary)
		return false, nil
	}
	text, err := r.extractor.ArticleText(ctx, p.URL)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err == nil {
		m.Tries = 0
		r.faults = 0
		if len(text) > len(p.Text) {
			p.Text = text
		}
		return true, nil
	}
	p.Flags = append(p.Flags, samleng.FlagSummary)
	switch samleng.ClassOf(err) {
	case samleng.RateLimited:
		m.Tries++
		r.stopped = true
	case samleng.RetryAfter:
		m.Tries++
		r.faults++
		r.stopped = r.faults >= maxFaults
	default:
		m.Tries = maxTries
	}
	return false, nil
}
