package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"samleng"
)

const (
	defaultLimit = 20
	maxLimit     = 100
	maxShown     = 12_000 // bytes of a text that are sent; the rest is at the source
	maxRounds    = 5      // questions to the store for one answer, where posts are withheld
)

// postsJSON is the answer of /api/v1/posts, newest first: of the posts chosen that tell one
// story the newest, the others being among its carriers. The next answer may hold older
// posts of a story that was in this one.
type postsJSON struct {
	AsOf  time.Time  `json:"as_of"`
	Posts []postJSON `json:"posts"`
	Next  string     `json:"next"` // the cursor of what follows; empty at the end
	// Withheld says that posts by private people were left out, because they are too small
	// a group.
	Withheld bool      `json:"withheld"`
	Minimum  groupJSON `json:"minimum"`
}

// postJSON is a post as it is shown. Evidence that does not lie in Title or in the part
// of Text that is sent has left and right out.
type postJSON struct {
	ID         samleng.PostID     `json:"id"`
	Source     string             `json:"source"`
	SourceName string             `json:"source_name"`
	Kind       samleng.Kind       `json:"kind"`
	URL        string             `json:"url"` // empty unless http or https
	Title      string             `json:"title"`
	Text       string             `json:"text"`
	Cut        bool               `json:"cut"` // Text is only the beginning
	Published  time.Time          `json:"published"`
	SeenAt     time.Time          `json:"seen_at"`
	Flags      []samleng.Flag     `json:"flags"`
	Sample     bool               `json:"sample"`
	Language   string             `json:"language"`
	Languages  map[string]float64 `json:"languages"`
	Scripts    map[string]float64 `json:"scripts"` // share of the letters by script, as ISO 15924 codes; empty where it is not on record
	Spans      []spanJSON         `json:"spans"`   // of a post in several languages, in order; else empty
	Topics     []postTopicJSON    `json:"topics"`
	Sentiment  sentimentJSON      `json:"sentiment"`
	Places     []postPlaceJSON    `json:"places"`
	Model      string             `json:"model"`
	Said       []saidJSON         `json:"said,omitempty"` // what readers say of these labels
	StoryID    samleng.PostID     `json:"story_id"`
	Carriers   []carrierJSON      `json:"carriers"` // of the story, the first to publish first; this post's source is among them
}

type postTopicJSON struct {
	ID        string         `json:"id"`
	Score     float64        `json:"score"`
	Evidence  []evidenceJSON `json:"evidence"`
	Sentiment samleng.Tone   `json:"sentiment,omitzero"` // of the sentences that speak of it
}

type postPlaceJSON struct {
	Code     string         `json:"code"`
	Khmer    string         `json:"km"`
	English  string         `json:"en"`
	Score    float64        `json:"score"`
	Evidence []evidenceJSON `json:"evidence"`
}

type sentimentJSON struct {
	Label      samleng.Label  `json:"label"`
	Score      float64        `json:"score"`
	Confidence float64        `json:"confidence"`
	Evidence   []evidenceJSON `json:"evidence"`
}

// evidenceJSON is a samleng.Evidence whose place is in UTF-16 code units, the unit of a
// browser's strings.
type evidenceJSON struct {
	Text   string  `json:"text"`
	Field  string  `json:"field"`
	Left   *int    `json:"left,omitempty"`
	Right  *int    `json:"right,omitempty"`
	Weight float64 `json:"weight"`
	Reason string  `json:"reason"`
}

// spanJSON is a stretch of a post that is in one language; its place is in UTF-16 code units.
type spanJSON struct {
	Field    string `json:"field"`
	Left     int    `json:"left"`
	Right    int    `json:"right"`
	Language string `json:"language"`
}

// cursor is where an answer ended.
type cursor struct {
	at time.Time
	id samleng.PostID
}

func (c cursor) String() string {
	if c.at.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d-%s", c.at.UnixMilli(), c.id)
}

func parseCursor(s string) (cursor, error) {
	if s == "" {
		return cursor{}, nil
	}
	milli, id, ok := strings.Cut(s, "-")
	ms, err := strconv.ParseInt(milli, 10, 64)
	parsed, idErr := samleng.ParsePostID(id)
	if !ok || err != nil || idErr != nil || ms <= 0 || ms > 1<<43 {
		return cursor{}, paramErrorf("cursor", "%q is not the next of an answer before", s)
	}
	return cursor{time.UnixMilli(ms).UTC(), parsed}, nil
}

func (p *Page) posts(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s, err := p.parseSelection(q, p.now(), "limit", "cursor")
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	limit := defaultLimit
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			p.refuse(w, r, paramErrorf("limit", "%q is not a number from 1 to %d", text, maxLimit))
			return
		}
	}
	from, err := parseCursor(q.Get("cursor"))
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	out, err := p.list(r.Context(), s, limit, from)
	if err == nil {
		err = p.addSaid(r.Context(), out.Posts)
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	writeJSON(w, r, http.StatusOK, out)
}

// list gives a page of posts, one of each story, without those of a group that is too small.
func (p *Page) list(ctx context.Context, s selection, limit int, from cursor) (postsJSON, error) {
	out := postsJSON{AsOf: p.now().UTC(), Posts: []postJSON{}, Minimum: group(p.opts.Minimum)}
	states, _, err := p.sourceStates(ctx, s.From, s.To)
	if err != nil {
		return out, err
	}
	names := make(map[string]string, len(states))
	for _, state := range states {
		names[state.ID] = state.Name
	}
	withheld, err := p.withheld(ctx, s)
	if err != nil {
		return out, err
	}
	told := make(map[samleng.PostID]bool, limit)
	for round := range maxRounds {
		// One more tells whether there is a next; where stories have many carriers or posts are
		// withheld, more of them are asked for each time.
		want := (limit-len(out.Posts))<<round + 1
		found, err := p.opts.Store.Posts(ctx, s.Filter, want, from.at, from.id)
		if err != nil {
			return out, &storeError{fmt.Errorf("read posts: %w", err)}
		}
		for i, f := range found {
			if len(out.Posts) == limit {
				break
			}
			from = cursor{f.Post.Published, f.Post.ID}
			switch {
			case withheld[f.Post.Kind]:
				out.Withheld = true
			case !told[story(f)]:
				told[story(f)] = true
				one := show(f, names[f.Post.Source])
				one.StoryID, one.Carriers = story(f), p.carriers(f, names)
				out.Posts = append(out.Posts, one)
			}
			if i == len(found)-1 && len(found) < want {
				return out, nil
			}
		}
		if len(found) == 0 {
			return out, nil
		}
		if len(out.Posts) == limit {
			break
		}
	}
	out.Next = from.String()
	return out, nil
}

// withheld names the kinds whose posts must not be shown in this selection, because they
// are by private people and too few or from too few sources.
func (p *Page) withheld(ctx context.Context, s selection) (map[samleng.Kind]bool, error) {
	o, _, err := p.ask(ctx, s.Filter)
	if err != nil {
		return nil, err
	}
	out := make(map[samleng.Kind]bool)
	for _, k := range samleng.Kinds() {
		out[k] = k.Personal()
	}
	if hidden(o, o, s.Topic) {
		return out, nil
	}
	// A kind that the store counted in spite of the rule about small groups may be shown; one
	// that it left out may not.
	for _, share := range o.Sources {
		if share.Posts > 0 {
			out[samleng.Kind(share.Value)] = false
		}
	}
	return out, nil
}

// show turns a stored post into what the page needs.
func show(s samleng.StoredPost, name string) postJSON {
	if name == "" {
		name = s.Post.Source
	}
	text, cut := shorten(s.Post.Text, maxShown)
	fields := map[string]string{"title": s.Post.Title, "text": text}
	out := postJSON{
		ID: s.Post.ID, Source: s.Post.Source, SourceName: name, Kind: s.Post.Kind,
		URL: safeURL(s.Post.URL), Title: s.Post.Title, Text: text, Cut: cut,
		Published: s.Post.Published.UTC(), SeenAt: s.Post.SeenAt.UTC(),
		Flags: s.Post.Flags, Sample: s.Post.Sample,
		Language: s.Analysis.Language, Languages: s.Analysis.Languages, Scripts: s.Analysis.Scripts, Spans: spans(s.Analysis.Spans, fields),
		Topics: make([]postTopicJSON, 0, len(s.Analysis.Topics)),
		Sentiment: sentimentJSON{
			Label: s.Analysis.Sentiment.Label, Score: s.Analysis.Sentiment.Score,
			Confidence: s.Analysis.Sentiment.Confidence,
			Evidence:   evidence(s.Analysis.Sentiment.Evidence, fields),
		},
		Places: make([]postPlaceJSON, 0, len(s.Analysis.Places)), Model: s.Analysis.Model,
	}
	for _, t := range s.Analysis.Topics {
		out.Topics = append(out.Topics, postTopicJSON{t.ID, t.Score, evidence(t.Evidence, fields), t.Sentiment})
	}
	for _, place := range s.Analysis.Places {
		out.Places = append(out.Places, postPlaceJSON{place.Code, place.Khmer, place.English, place.Score, evidence(place.Evidence, fields)})
	}
	if out.Flags == nil {
		out.Flags = []samleng.Flag{}
	}
	if out.Languages == nil {
		out.Languages = map[string]float64{}
	}
	if out.Scripts == nil {
		out.Scripts = map[string]float64{}
	}
	return out
}

// shorten cuts s at a character within n bytes. Invalid UTF-8 is left for JSON to replace,
// so that places in the text stay right.
func shorten(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], true
}

// evidence gives each piece its place in UTF-16 code units, where the field holds exactly
// that piece at that place.
func evidence(list []samleng.Evidence, fields map[string]string) []evidenceJSON {
	out := make([]evidenceJSON, 0, len(list))
	for _, e := range list {
		one := evidenceJSON{Text: e.Text, Field: e.Field, Weight: e.Weight, Reason: e.Reason}
		field := fields[e.Field]
		if 0 <= e.Start && e.Start < e.End && e.End <= len(field) && field[e.Start:e.End] == e.Text {
			left := utf16Len(field[:e.Start])
			right := left + utf16Len(e.Text)
			one.Left, one.Right = &left, &right
		}
		out = append(out, one)
	}
	return out
}

// spans gives the stretches that lie in what is sent of each field, the one that is cut up to there.
func spans(list []samleng.LanguageSpan, fields map[string]string) []spanJSON {
	out := make([]spanJSON, 0, len(list))
	for _, l := range list {
		field := fields[l.Field]
		start, end := l.Start, min(l.End, len(field))
		if start < 0 || start >= end || !utf8.RuneStart(field[start]) || end < len(field) && !utf8.RuneStart(field[end]) {
			continue
		}
		left := utf16Len(field[:start])
		out = append(out, spanJSON{l.Field, left, left + utf16Len(field[start:end]), l.Language})
	}
	return out
}

// utf16Len counts the UTF-16 code units of s, of which a character outside of the basic
// plane, such as an emoji, has two.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// safeURL gives s where a browser can follow it without running anything, and nothing
// where it cannot.
func safeURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return s
}
