package clickhouse

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"samleng"
)

func TestOverview(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	var rows []samleng.Row
	n := 0
	add := func(count int, change func(i int, r *samleng.Row)) {
		for i := range count {
			n++
			rows = append(rows, post(n, func(r *samleng.Row) { change(i, r) }))
		}
	}
	topic := func(r *samleng.Row, ids ...string) {
		r.Analysis.Topics = nil
		for _, id := range ids {
			r.Analysis.Topics = append(r.Analysis.Topics, samleng.Topic{ID: id, Score: 1})
		}
	}
	// Two hours before noon, ten news posts, one every ten minutes; and three in the period before.
	add(10, func(i int, r *samleng.Row) {
		r.Post.Published = noon.Add(-2 * time.Hour).Add(time.Duration(i) * 10 * time.Minute)
		topic(r, "land", "health")
	})
	add(3, func(_ int, r *samleng.Row) { r.Post.Published = noon.Add(-3 * time.Hour); topic(r, "land") })
	// Private people: four posts about jobs are too few, six from two sources are from too few
	// sources, six about health from three are enough.
	social := func(r *samleng.Row, source int) {
		r.Post.Kind, r.Post.Source = samleng.KindSocial, fmt.Sprint("person-", source)
		r.Post.Published, r.Analysis.Language = noon.Add(-time.Hour), "en"
		r.Analysis.Sentiment.Label = samleng.Positive
	}
	add(4, func(i int, r *samleng.Row) { social(r, i); topic(r, "jobs-labour") })
	add(6, func(i int, r *samleng.Row) { social(r, i%2); topic(r, "migration", "land") })
	add(6, func(i int, r *samleng.Row) { social(r, i%3); topic(r, "education") })
	add(1, func(_ int, r *samleng.Row) { r.Post.Kind, r.Post.Source = samleng.KindGovernment, "ministry"; topic(r) })
	insert(t, s, "a", rows...)

	f := samleng.Filter{From: noon.Add(-2 * time.Hour), To: noon}
	minimum := samleng.MinimumGroup{Posts: 5, Sources: 3}
	o, err := s.Overview(t.Context(), f, minimum)
	if err != nil {
		t.Fatal(err)
	}
	if want := (samleng.Tally{Posts: 27, Stories: 27, Positive: 16, Negative: 11}); o.Total != want {
		t.Errorf("total is %+v, want %+v", o.Total, want)
	}
	if want := (samleng.Tally{Posts: 3, Stories: 3, Negative: 3}); o.Before != want {
		t.Errorf("before is %+v, want %+v", o.Before, want)
	}
	if o.Step != samleng.Bucket || len(o.Volume) != 24 || !o.Volume[0].Start.Equal(f.From) {
		t.Errorf("%d points of %v from %v", len(o.Volume), o.Step, o.Volume[0].Start)
	}
	sum := samleng.Tally{}
	for _, p := range o.Volume {
		stories := sum.Stories + p.Stories // no story is told twice here
		sum = plus(sum, p.Tally)
		sum.Stories = stories
	}
	if sum != o.Total {
		t.Errorf("volume sums to %+v", sum)
	}
	news := samleng.Tally{Posts: 10, Stories: 10, Negative: 10}
	want := []samleng.TopicTrend{
		{Topic: "land", Now: news, Before: samleng.Tally{Posts: 3, Stories: 3, Negative: 3}, Sources: 1}, // six posts from two sources left out
		{Topic: "health", Now: news, Sources: 1},
		{Topic: "education", Now: samleng.Tally{Posts: 6, Stories: 6, Positive: 6}, Sources: 3},
		{Topic: "jobs-labour", Hidden: true},
		{Topic: "migration", Hidden: true},
	}
	slices.SortFunc(o.Topics[:2], func(a, _ samleng.TopicTrend) int { return map[bool]int{true: -1, false: 1}[a.Topic == "land"] })
	if !slices.Equal(o.Topics, want) {
		t.Errorf("topics are %+v\nwant %+v", o.Topics, want)
	}
	if len(o.Languages) != 2 || o.Languages[0].Value != "en" || o.Languages[0].Posts != 16 {
		t.Errorf("languages are %+v", o.Languages)
	}
	if len(o.Sources) != 3 || o.Sources[0].Value != "social" || o.Sources[2].Value != "government" {
		t.Errorf("kinds are %+v", o.Sources)
	}

	for _, c := range []struct {
		name   string
		filter samleng.Filter
		posts  int
	}{
		{"topic of publishers, too few private people", samleng.Filter{Topic: "land"}, 10},
		{"topic of enough private people", samleng.Filter{Topic: "education"}, 6},
		{"hidden topic", samleng.Filter{Topic: "migration"}, 0},
		{"without a topic", samleng.Filter{Topic: "none"}, 1},
		{"language", samleng.Filter{Language: "en"}, 16},
		{"kind", samleng.Filter{Kind: samleng.KindNews}, 10},
		{"kind and topic", samleng.Filter{Kind: samleng.KindSocial, Topic: "education"}, 6},
		{"nothing", samleng.Filter{Topic: "nosuch", Language: "' OR 1 --"}, 0},
	} {
		c.filter.From, c.filter.To = f.From, f.To
		o, err := s.Overview(t.Context(), c.filter, minimum)
		if err != nil || o.Total.Posts != c.posts || len(o.Volume) != 24 {
			t.Errorf("%s: %d posts, %d points, %v; want %d", c.name, o.Total.Posts, len(o.Volume), err, c.posts)
		}
	}
	all, err := s.Overview(t.Context(), samleng.Filter{}, samleng.MinimumGroup{})
	if err != nil || all.Total.Posts != 30 || all.Before.Posts != 0 || all.Topics[0].Topic != "land" || all.Topics[0].Now.Posts != 19 {
		t.Errorf("without a period: %+v, %v", all, err)
	}
}

// TestOverviewOfFewPrivatePeople holds the rule about small groups where no topic is chosen.
func TestOverviewOfFewPrivatePeople(t *testing.T) {
	t.Parallel()
	minimum := samleng.MinimumGroup{Posts: 5, Sources: 3}
	person := func(n, source int, language string, at time.Time) samleng.Row {
		return post(n, func(r *samleng.Row) {
			r.Post.Kind, r.Post.Source, r.Post.Published = samleng.KindSocial, fmt.Sprint("person-", source), at
			r.Analysis.Language = language
		})
	}
	now, then := noon.Add(-time.Hour), noon.Add(-3*time.Hour)
	people := func(count, sources int, language string, at time.Time, first int) []samleng.Row {
		var rows []samleng.Row
		for i := range count {
			rows = append(rows, person(first+i, i%sources, language, at))
		}
		return rows
	}
	for _, c := range []struct {
		name      string
		rows      []samleng.Row
		f         samleng.Filter
		now, then int
		languages int // the sum over them
		few       bool
	}{
		{"one", people(1, 1, "km", now, 0), samleng.Filter{}, 0, 0, 0, true},
		{"one by kind", people(1, 1, "km", now, 0), samleng.Filter{Kind: samleng.KindSocial}, 0, 0, 0, true},
		{"one by language", people(1, 1, "km", now, 0), samleng.Filter{Language: "km"}, 0, 0, 0, true},
		{"one beside news", append(people(1, 1, "km", now, 0), post(50, nil)), samleng.Filter{}, 1, 0, 1, true},
		{"four of three", people(4, 3, "km", now, 0), samleng.Filter{}, 0, 0, 0, true},
		{"six of two", people(6, 2, "km", now, 0), samleng.Filter{Kind: samleng.KindSocial}, 0, 0, 0, true},
		{"five of three", people(5, 3, "km", now, 0), samleng.Filter{Kind: samleng.KindSocial}, 5, 0, 5, false},
		{"a language of one source", append(people(5, 3, "km", now, 0), people(5, 1, "en", now, 20)...), samleng.Filter{Language: "en"}, 0, 0, 0, true},
		{"a row of that language", append(people(5, 3, "km", now, 0), people(5, 1, "en", now, 20)...), samleng.Filter{}, 10, 0, 5, false},
		{"one before", append(people(5, 3, "km", now, 0), people(1, 1, "km", then, 20)...), samleng.Filter{}, 5, 0, 5, false},
		{"enough before", append(people(1, 1, "km", now, 0), people(5, 3, "km", then, 20)...), samleng.Filter{}, 0, 5, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := migrated(t)
			insert(t, s, "a", c.rows...)
			c.f.From, c.f.To = noon.Add(-2*time.Hour), noon
			o, err := s.Overview(t.Context(), c.f, minimum)
			if err != nil {
				t.Fatal(err)
			}
			volume, languages, kinds := 0, 0, 0
			for _, p := range o.Volume {
				volume += p.Posts
			}
			for _, l := range o.Languages {
				languages += l.Posts
			}
			few := false
			for _, k := range o.Sources {
				kinds += k.Posts
				few = few || k.Value == "social" && k.Posts == 0
			}
			if o.Total.Posts != c.now || volume != c.now || kinds != c.now || o.Before.Posts != c.then || languages != c.languages || few != c.few {
				t.Errorf("total %d, volume %d, kinds %d, before %d, languages %d, few %v; want %+v", o.Total.Posts, volume, kinds, o.Before.Posts, languages, few, c.now)
			}
		})
	}
}

func TestOverviewOfAnEmptyStore(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	for _, f := range []samleng.Filter{{}, {From: noon, To: noon.Add(time.Hour)}, {From: noon}, {To: noon}} {
		o, err := s.Overview(t.Context(), f, samleng.MinimumGroup{Posts: 5, Sources: 3})
		if err != nil || o.Total.Posts != 0 || o.Volume == nil || o.Topics == nil {
			t.Errorf("%+v: %+v, %v", f, o, err)
		}
	}
}

func TestStepsOfAPeriod(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ period, step time.Duration }{
		{time.Hour, 5 * time.Minute},
		{24 * time.Hour, 5 * time.Minute},
		{7 * 24 * time.Hour, time.Hour},
		{14 * 24 * time.Hour, 2 * time.Hour},
		{365 * 24 * time.Hour, 7 * 24 * time.Hour},
		{32 * 365 * 24 * time.Hour, 364 * 24 * time.Hour},
	} {
		from := noon.Add(-c.period)
		step := stepFor(from, noon)
		points := 0
		for start := align(from, step); start.Before(noon); start = start.Add(step) {
			points++
		}
		if points > maxPoints {
			t.Errorf("%v: %d points", c.period, points)
		}
		if step != c.step {
			t.Errorf("%v: step %v, want %v", c.period, step, c.step)
		}
	}
	midnight := time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC)
	if got := align(noon, 24*time.Hour); !got.Equal(midnight) {
		t.Errorf("the day of %v begins at %v", noon, got)
	}
}

func TestPostsPageByPage(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	var rows []samleng.Row
	for i := range 60 {
		rows = append(rows, post(i, func(r *samleng.Row) {
			// Three at the same moment, and gaps of days now and then.
			r.Post.Published = noon.Add(-time.Duration(i/3) * time.Minute).Add(-time.Duration(i/20) * 72 * time.Hour)
			if i%2 == 0 {
				r.Analysis.Topics = nil
			}
		}))
	}
	insert(t, s, "a", rows...)
	for _, c := range []struct {
		name string
		f    samleng.Filter
		want int
	}{
		{"all", samleng.Filter{}, 60},
		{"topic", samleng.Filter{Topic: "health"}, 30},
		{"no topic", samleng.Filter{Topic: "none"}, 30},
		{"period", samleng.Filter{From: noon.Add(-4 * time.Minute), To: noon.Add(-time.Minute)}, 9},
		{"other kind", samleng.Filter{Kind: samleng.KindSocial}, 0},
	} {
		for _, limit := range []int{1, 7, 100} {
			seen := map[samleng.PostID]bool{}
			var cursor Cursor
			for last := noon.Add(time.Hour); ; {
				got, err := s.Posts(t.Context(), c.f, limit, cursor)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range got {
					if seen[p.Post.ID] || p.Post.Published.After(last) {
						t.Errorf("%s by %d: a post comes twice or out of order", c.name, limit)
					}
					seen[p.Post.ID], last = true, p.Post.Published
				}
				if len(got) < limit {
					break
				}
				last := got[len(got)-1].Post
				cursor = Cursor{Published: last.Published, ID: last.ID}
			}
			if len(seen) != c.want {
				t.Errorf("%s by %d: %d posts, want %d", c.name, limit, len(seen), c.want)
			}
		}
	}
}

func TestSourceStates(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	polls := []samleng.Coverage{
		{Source: "rfi-km", At: noon.Add(-time.Hour), Duration: time.Second, Posts: 3, Lag: time.Minute},
		{Source: "rfi-km", At: noon, Class: samleng.RetryAfter, Error: "the server is away"},
		{Source: "silent", At: noon, Class: samleng.Permanent, Error: "gone", Partial: true},
	}
	for range 2 {
		if err := s.RecordCoverage(t.Context(), polls); err != nil {
			t.Fatal(err)
		}
	}
	insert(t, s, "a", post(1, nil), post(2, func(r *samleng.Row) { r.Post.Source = "imported" }), post(3, func(r *samleng.Row) { r.Post.Published = noon.Add(-30 * time.Hour) }))
	got, err := s.SourceStates(t.Context(), noon.Add(-24*time.Hour), noon)
	if err != nil || len(got) != 3 {
		t.Fatalf("got %+v, %v", got, err)
	}
	want := samleng.SourceState{
		ID: "rfi-km", Kind: samleng.KindNews, LastPoll: noon, LastSuccess: noon.Add(-time.Hour), LastPost: noon.Add(-time.Hour),
		Posts: 1, Error: "the server is away", Class: samleng.RetryAfter,
	}
	if got["rfi-km"] != want {
		t.Errorf("got %+v\nwant %+v", got["rfi-km"], want)
	}
	if st := got["silent"]; !st.LastSuccess.IsZero() || st.Class != samleng.Permanent {
		t.Errorf("got %+v", st)
	}
	if st := got["imported"]; !st.LastPoll.IsZero() || st.Posts != 1 {
		t.Errorf("got %+v", st)
	}
	var n uint64
	if err := s.conn.QueryRow(t.Context(), "SELECT count() FROM coverage FINAL").Scan(&n); err != nil || n != 3 {
		t.Errorf("%d polls are kept, %v", n, err)
	}
}

func TestTextExpires(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	if days, err := s.textExpiry(t.Context()); err != nil || days != 90 {
		t.Errorf("text expires after %d days, %v", days, err)
	}
	insert(t, s, "a", post(1, func(r *samleng.Row) {
		r.Post.SeenAt = time.Now().Add(-100 * time.Hour)
		r.Post.Published = r.Post.SeenAt
	}))
	before, err := s.Posts(t.Context(), samleng.Filter{}, 1, Cursor{})
	if err != nil || len(before) != 1 || before[0].Post.Text == "" {
		t.Fatalf("%+v, %v", before, err)
	}
	for _, days := range []int{0, 3, 3} {
		if err := s.SetTextExpiry(t.Context(), days); err != nil {
			t.Fatal(err)
		}
		if got, err := s.textExpiry(t.Context()); err != nil || got != days {
			t.Errorf("text expires after %d days, %v; want %d", got, err, days)
		}
	}
	if err := s.exec(t.Context(), "OPTIMIZE TABLE posts FINAL"); err != nil { //nolint:misspell // SQL
		t.Fatal(err)
	}
	after, err := s.Posts(t.Context(), samleng.Filter{Topic: "land"}, 1, Cursor{})
	if err != nil || len(after) != 1 {
		t.Fatalf("%+v, %v", after, err)
	}
	if p := after[0].Post; p.Text != "" || p.Title != "" || p.URL != "" || after[0].Analysis.Sentiment.Evidence != nil {
		t.Errorf("what is left is %+v", after[0])
	}
	sound(t, s)
	if err := s.SetTextExpiry(t.Context(), -1); err == nil {
		t.Error("a negative expiry is accepted")
	}
}

// A language whose private people are too few to be counted says so, or its share would be
// taken for all of it.
func TestPartialLanguage(t *testing.T) {
	s := migrated(t)
	from := noon.Add(-2 * time.Hour)
	said := func(n int, kind samleng.Kind, source int, language string) samleng.Row {
		return post(n, func(r *samleng.Row) {
			r.Post.Kind, r.Post.Source, r.Analysis.Language = kind, fmt.Sprint(kind, source), language
		})
	}
	var rows []samleng.Row
	for n := range 6 {
		rows = append(rows, said(n, samleng.KindNews, 1, "en"), said(10+n, samleng.KindSocial, n, "km"), said(20+n, samleng.KindSocial, 1, "en"))
	}
	insert(t, s, "a", rows...)
	o, err := s.Overview(t.Context(), samleng.Filter{From: from, To: noon}, samleng.MinimumGroup{Posts: 5, Sources: 3})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]samleng.ShareOf{}
	for _, l := range o.Languages {
		got[l.Value] = l
	}
	if en := got["en"]; en.Posts != 6 || !en.Partial {
		t.Errorf("English is %+v, want the news alone and marked so", en)
	}
	if km := got["km"]; km.Posts != 6 || km.Partial {
		t.Errorf("Khmer is %+v, want all of it", km)
	}
}
