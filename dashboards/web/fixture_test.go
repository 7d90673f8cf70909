package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
)

// fiveOfThree is the minimum group of every test.
var fiveOfThree = samleng.MinimumGroup{Posts: 5, Sources: 3}

func testTopics() []TopicName {
	return []TopicName{
		{"public-order", "សន្តិសុខ និងសណ្ដាប់ធ្នាប់", "Public order"},
		{"land", "ដីធ្លី", "Land"},
		{"roads-traffic", "ផ្លូវ និងចរាចរណ៍", "Roads and traffic"},
		{"water-electricity", "ទឹក និងអគ្គិសនី", "Water and electricity"},
		{"prices-markets", "តម្លៃទំនិញ និងទីផ្សារ", "Prices and markets"},
		{"jobs-labour", "ការងារ", "Jobs and labour"},
		{"public-services", "សេវាសាធារណៈ និងឯកសារ", "Public services and documents"},
		{"health", "សុខភាព", "Health"},
		{"education", "ការអប់រំ", "Education"},
		{"social-protection", "គាំពារសង្គម", "Social protection"},
		{"economy-business", "សេដ្ឋកិច្ច និងធុរកិច្ច", "Economy and business"},
		{"agriculture", "កសិកម្ម", "Agriculture"},
		{"environment", "បរិស្ថាន", "Environment"},
		{"disasters", "គ្រោះមហន្តរាយ", "Disasters"},
		{"governance-corruption", "អភិបាលកិច្ច និងអំពើពុករលួយ", "Governance and corruption"},
		{"elections-parties", "ការបោះឆ្នោត និងគណបក្ស", "Elections and parties"},
		{"border-diplomacy", "ព្រំដែន និងការទូត", "Border and diplomacy"},
		{"technology-digital", "បច្ចេកវិទ្យា និងឌីជីថល", "Technology and digital"},
		{"culture-sport", "វប្បធម៌ និងកីឡា", "Culture and sport"},
		{"migration", "ចំណាកស្រុក", "Migration"},
	}
}

// template is a text to make posts of. Words between * are evidence of its topic, between
// + of positive and between ~ of negative sentiment.
type template struct {
	topic, language string
	label           samleng.Label
	title, text     string
}

func templates() []template {
	return []template{
		{"disasters", "km", samleng.Negative, "*ទឹកជំនន់* ~បំផ្លាញ~ ស្រូវជាង ២០០ ហិកតា", "អាជ្ញាធរមូលដ្ឋានបានឱ្យដឹងថា *ទឹកជំនន់* ដែលកើតឡើងក្នុងរយៈពេលបីថ្ងៃចុងក្រោយនេះ បាន ~បំផ្លាញ~ ស្រូវរបស់ប្រជាកសិករជាង ២០០ ហិកតា និងធ្វើឱ្យផ្លូវលំមួយចំនួន ~ខូចខាត~ ។\nគ្រួសារជាច្រើនបានជម្លៀសទៅទីទួល ខណៈស្ថាប័នពាក់ព័ន្ធកំពុង +ជួយសង្គ្រោះ+ ស្បៀង និងទឹកស្អាត។ ការព្យាករណ៍អាកាសធាតុបង្ហាញថា ភ្លៀងនឹងបន្តធ្លាក់ដល់ចុងសប្ដាហ៍នេះ។"},
		{"prices-markets", "km", samleng.Negative, "*តម្លៃ* បន្លែ ~ឡើងថ្លៃ~ មុនពិធីបុណ្យ", "អ្នកទិញនៅតាម *ទីផ្សារ* ក្នុងក្រុងបាន ~ត្អូញត្អែរ~ ថា *តម្លៃ* បន្លែ និងត្រីបាន ~ឡើងថ្លៃ~ ជិត ២០ ភាគរយក្នុងរយៈពេលមួយសប្ដាហ៍។"},
		{"prices-markets", "en", samleng.Neutral, "*Market* *prices* hold before the festival", "Traders at two wholesale *markets* said *prices* of rice and pork were unchanged on the week, while vegetables rose a little. Fuel stays at the ceiling set at the start of the month."},
		{"roads-traffic", "km", samleng.Negative, "*គ្រោះថ្នាក់ចរាចរណ៍* ចំនួន ៣ លើក ក្នុងមួយថ្ងៃ", "របាយការណ៍ប្រចាំថ្ងៃបង្ហាញថា *គ្រោះថ្នាក់ចរាចរណ៍* ៣ លើក បណ្ដាលឱ្យមនុស្ស ~រងរបួស~ ៥ នាក់។ មូលហេតុចម្បង គឺល្បឿនលើសកំណត់ និងមិនគោរពសិទ្ធិ។"},
		{"roads-traffic", "en", samleng.Positive, "New *road* +opens+ between two districts", "A 14-kilometre *road* was +opened+ on Friday. Farmers along it said the drive to market had become +faster+ and +safer+, with lamps at every crossing."},
		{"education", "km", samleng.Positive, "*សិស្ស* +ជាប់+ ប្រឡងមានចំនួន +កើនឡើង+", "ក្រសួងពាក់ព័ន្ធបានប្រកាសថា *សិស្ស* ដែល +ជាប់+ ប្រឡងនៅឆ្នាំនេះមានចំនួន +កើនឡើង+ បើធៀបនឹងឆ្នាំមុន។ *សាលារៀន* នៅតំបន់ដាច់ស្រយាលក៏ទទួលបានសៀវភៅបន្ថែមផងដែរ។"},
		{"education", "en", samleng.Neutral, "*Schools* reopen after the holiday", "*Schools* across the country reopen on Monday. *Teachers* are asked to check the lists of new *students* by Wednesday."},
		{"health", "km", samleng.Neutral, "ការចាក់ *វ៉ាក់សាំង* នៅតាម *មណ្ឌលសុខភាព*", "*មណ្ឌលសុខភាព* នឹងចាប់ផ្ដើមចាក់ *វ៉ាក់សាំង* ដល់កុមារអាយុក្រោម ៥ ឆ្នាំ ចាប់ពីសប្ដាហ៍ក្រោយ។ មាតាបិតាត្រូវយកប័ណ្ណចាក់វ៉ាក់សាំងមកជាមួយ។"},
		{"health", "en", samleng.Negative, "*Clinics* ~short~ of *medicine* in three districts", "Staff at three *clinics* say *medicine* for common fevers has been ~short~ for two weeks and that patients ~wait~ for hours."},
		{"economy-business", "en", samleng.Positive, "*Exports* +grew+ in the third quarter", "*Exports* of garments and bicycles +grew+ 9 per cent in the third quarter, figures show. *Investment* in small firms also +improved+."},
		{"economy-business", "km", samleng.Positive, "ការ *នាំចេញ* +កើនឡើង+ ក្នុងត្រីមាសទី៣", "តួលេខផ្លូវការបង្ហាញថា ការ *នាំចេញ* សម្លៀកបំពាក់ និងកង់ +កើនឡើង+ ៩ ភាគរយ។ *ធុរកិច្ច* ខ្នាតតូចក៏មានសញ្ញា +ល្អ+ ផងដែរ។"},
		{"water-electricity", "mixed", samleng.Negative, "*ដាច់ភ្លើង* ទៀតហើយ 😤 no *electricity* since morning", "ម្សិលមិញ *ដាច់ភ្លើង* ២ ម៉ោង ថ្ងៃនេះ *ដាច់ភ្លើង* ទៀត ~ធុញណាស់~ The *electricity* company says maintenance but nobody told us 😡"},
		{"jobs-labour", "km", samleng.Neutral, "*ប្រាក់ឈ្នួលអប្បបរមា* សម្រាប់ឆ្នាំក្រោយ", "កិច្ចប្រជុំស្ដីពី *ប្រាក់ឈ្នួលអប្បបរមា* សម្រាប់ *កម្មករ* វិស័យកាត់ដេរ នឹងបន្តនៅថ្ងៃពុធ។"},
		{"land", "km", samleng.Negative, "~ជម្លោះ~ *ដីធ្លី* មិនទាន់មានដំណោះស្រាយ", "គ្រួសារចំនួន ៤០ នៅតែរង់ចាំដំណោះស្រាយលើ ~ជម្លោះ~ *ដីធ្លី* ដែលអូសបន្លាយជាងប្រាំឆ្នាំ។"},
		{"culture-sport", "en", samleng.Positive, "National side +wins+ the *football* final", "The national side +won+ the *football* final 2-1 before a full stadium, its first title in the *tournament*."},
		{"culture-sport", "km", samleng.Positive, "*ពិធីបុណ្យអុំទូក* ប្រព្រឹត្តទៅដោយ +រីករាយ+", "*ពិធីបុណ្យអុំទូក* ឆ្នាំនេះមានទូកចូលរួមជាង ៣០០ ហើយប្រព្រឹត្តទៅដោយ +រីករាយ+ ។"},
		{"agriculture", "km", samleng.Positive, "*កសិករ* ប្រមូលផល *ស្រូវ* បាន +ល្អ+", "*កសិករ* និយាយថា ទិន្នផល *ស្រូវ* រដូវនេះ +ល្អ+ ជាងឆ្នាំមុន។"},
		{"environment", "en", samleng.Negative, "*Plastic* ~chokes~ a canal again", "Neighbours ~complain~ of the smell where *plastic* ~blocks~ the canal; a clean-up is planned on Sunday."},
		{"border-diplomacy", "en", samleng.Neutral, "*Border* crossing to keep longer hours", "The *border* crossing will stay open until 22:00 from next month, both sides said after talks between their *ministries*."},
		{"technology-digital", "en", samleng.Unscored, "Nouvelle *application* pour les services publics", "L'*application* permet de demander un document en ligne."},
		{"", "none", samleng.Unscored, "", "🙏🙏🙏 2026"},
		{"migration", "km", samleng.Negative, "*ពលករ* ត្រឡប់មកវិញ ~គ្មានការងារ~", "*ពលករ* មួយចំនួនត្រឡប់មកស្រុកវិញ ហើយនៅ ~គ្មានការងារ~ ធ្វើ។"},
	}
}

// strip takes the signs out of a template's text and gives what they marked.
func strip(text, field string) (plain string, topic, tone []samleng.Evidence) {
	var b strings.Builder
	open := map[rune]int{}
	for _, r := range text {
		if r != '*' && r != '+' && r != '~' {
			b.WriteRune(r)
			continue
		}
		start, ok := open[r]
		if !ok {
			open[r] = b.Len()
			continue
		}
		delete(open, r)
		e := samleng.Evidence{Text: b.String()[start:], Field: field, Start: start, End: b.Len()}
		switch r {
		case '*':
			topic = append(topic, e)
		case '+':
			e.Weight = 0.6
			tone = append(tone, e)
		case '~':
			e.Weight, e.Reason = -0.7, "intensified"
			tone = append(tone, e)
		}
	}
	return b.String(), topic, tone
}

func testSources(now time.Time) []samleng.SourceState {
	type row struct {
		id, name string
		kind     samleng.Kind
	}
	rows := []row{
		{"daily-river", "Daily River", samleng.KindNews},
		{"phnom-news", "ព័ត៌មានភ្នំ", samleng.KindNews},
		{"lotus-post", "Lotus Post", samleng.KindNews},
		{"angkor-wire", "Angkor Wire", samleng.KindNews},
		{"village-voice", "សំឡេងភូមិ", samleng.KindNews},
		{"business-weekly", "Business Weekly", samleng.KindNews},
		{"sport-khmer", "កីឡាខ្មែរ", samleng.KindNews},
		{"ministry-health", "ក្រសួងសុខភាព (គំរូ)", samleng.KindGovernment},
		{"province-office", "Provincial Administration", samleng.KindGovernment},
		{"city-talk", "City Talk", samleng.KindSocial},
		{"market-group", "ក្រុមអ្នកផ្សារ", samleng.KindSocial},
		{"road-watch", "Road Watch", samleng.KindSocial},
		{"quarterly-survey", "Quarterly Survey", samleng.KindSurvey},
		{"old-paper", "Old Paper", samleng.KindNews},
		{"new-site", "New Site", samleng.KindNews},
	}
	var out []samleng.SourceState
	for i, r := range rows {
		s := samleng.SourceState{
			ID: r.id, Name: r.name, Kind: r.kind, URL: "https://" + r.id + ".example/feed",
			LastPoll: now.Add(-time.Duration(i+1) * time.Minute), LastSuccess: now.Add(-time.Duration(i+1) * time.Minute),
		}
		switch r.id {
		case "angkor-wire":
			s.Error, s.Class, s.LastSuccess = "read feed angkor-wire: GET https://angkor-wire.example/feed: 429 Too Many Requests", samleng.RateLimited, now.Add(-5*time.Hour)
		case "sport-khmer":
			s.Error, s.Class, s.LastSuccess = "read feed sport-khmer: not a feed: the page begins with <!doctype html>", samleng.BadInput, time.Time{}
		case "road-watch":
			s.Error, s.Class = "read feed road-watch: dial tcp: lookup road-watch.example: no such host", samleng.RetryAfter
		case "quarterly-survey":
			s.LastPoll, s.LastSuccess = time.Time{}, time.Time{}
		case "new-site":
			s.LastPoll, s.LastSuccess = time.Time{}, time.Time{}
		}
		out = append(out, s)
	}
	return out
}

// testPosts makes posts of the 31 days before now, more of them by day than by night.
func testPosts(now time.Time, n int) []samleng.StoredPost {
	rnd := rand.New(rand.NewPCG(7, 11))
	all, sources := templates(), testSources(now)
	var out []samleng.StoredPost
	for i := 0; len(out) < n; i++ {
		age := time.Duration(rnd.Float64() * rnd.Float64() * 31 * 24 * float64(time.Hour))
		at := now.Add(-age - time.Second)
		if hour := at.In(phnomPenh).Hour(); hour < 6 && rnd.IntN(4) > 0 {
			continue
		}
		pick := all[min(len(all)-1, int(rnd.ExpFloat64()*5))]
		if pick.topic == "migration" && i%7 > 0 {
			pick = all[0]
		}
		source := sources[rnd.IntN(len(sources)-2)]
		if source.ID == "sport-khmer" || source.ID == "quarterly-survey" {
			source = sources[0]
		}
		out = append(out, makePost(pick, source, at, i))
	}
	return out
}

// tell makes posts tell one story, which is named by the first of them.
func tell(posts []samleng.StoredPost) []samleng.StoredPost {
	var carriers []samleng.Carrier
	for _, p := range posts {
		at := slices.IndexFunc(carriers, func(c samleng.Carrier) bool { return c.Source == p.Post.Source })
		if at < 0 {
			carriers = append(carriers, p.Carriers...)
		} else {
			carriers[at].Posts++
		}
	}
	for i := range posts {
		posts[i].StoryID, posts[i].Carriers = posts[0].Post.ID, carriers
	}
	return posts
}

func makePost(from template, source samleng.SourceState, at time.Time, i int) samleng.StoredPost {
	title, topicT, toneT := strip(from.title, "title")
	text, topicX, toneX := strip(from.text, "text")
	p := samleng.Post{
		Schema: samleng.PostSchema, ID: samleng.NewPostID("test", fmt.Sprint(i)), Source: source.ID, Kind: source.Kind,
		URL: fmt.Sprintf("https://%s.example/%d", source.ID, i), Title: title, Text: text,
	}
	p.SetPublished(at, at.Add(time.Minute))
	if i%17 == 3 {
		p.Flags = append(p.Flags, samleng.FlagSummary)
	}
	a := samleng.Analysis{Language: from.language, Languages: map[string]float64{from.language: 1}, Model: "test"}
	if from.language == samleng.Mixed {
		a.Languages, a.Scripts = map[string]float64{"km": 0.58, "en": 0.42}, map[string]float64{"Khmr": 0.58, "Latn": 0.42}
		if cut := strings.Index(title, "no "); cut > 0 {
			a.Spans = []samleng.LanguageSpan{{Field: "title", Start: 0, End: cut - 1, Language: "km"}, {Field: "title", Start: cut, End: len(title), Language: "en"}}
		}
	}
	if from.topic != "" {
		a.Topics = []samleng.Topic{{ID: from.topic, Score: 0.82, Evidence: append(topicT, topicX...)}}
	}
	a.Sentiment = samleng.Sentiment{Label: from.label, Confidence: 0.74, Evidence: append(toneT, toneX...)}
	switch from.label {
	case samleng.Positive:
		a.Sentiment.Score = 0.61
	case samleng.Negative:
		a.Sentiment.Score = -0.58
	}
	if i%5 == 0 {
		a.Places = []samleng.Place{{Code: "12", Khmer: "រាជធានីភ្នំពេញ", English: "Phnom Penh", Score: 0.9}}
	}
	return samleng.StoredPost{
		Post: p, Analysis: a, StoryID: p.ID,
		Carriers: []samleng.Carrier{{Source: p.Source, Kind: p.Kind, Posts: 1, URL: p.URL, Published: p.Published}},
	}
}

// memory is a Store over posts in memory, which answers as the contract says.
type memory struct {
	mu      sync.Mutex
	all     []samleng.StoredPost
	states  []samleng.SourceState
	away    error
	asked   int
	limits  []int
	filters []samleng.Filter

	corrections []samleng.Correction
}

func newMemory(posts []samleng.StoredPost, states []samleng.SourceState) *memory {
	m := &memory{states: states}
	m.add(posts...)
	return m
}

func (m *memory) add(posts ...samleng.StoredPost) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, posts...)
	slices.SortFunc(m.all, func(a, b samleng.StoredPost) int {
		return cmp.Or(b.Post.Published.Compare(a.Post.Published), strings.Compare(b.Post.ID.String(), a.Post.ID.String()))
	})
}

func (m *memory) set(posts []samleng.StoredPost, states []samleng.SourceState, away error) {
	m.mu.Lock()
	m.all, m.states, m.away, m.corrections = nil, states, away, nil
	m.mu.Unlock()
	m.add(posts...)
}

func (m *memory) questions() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

func matches(p samleng.StoredPost, f samleng.Filter) bool {
	switch {
	case !f.From.IsZero() && p.Post.Published.Before(f.From), !f.To.IsZero() && !p.Post.Published.Before(f.To):
		return false
	case f.Language != "" && p.Analysis.Language != f.Language, f.Kind != "" && p.Post.Kind != f.Kind:
		return false
	}
	return f.Topic == "" || slices.ContainsFunc(p.Analysis.Topics, func(t samleng.Topic) bool { return t.ID == f.Topic })
}

func count(t *samleng.Tally, label samleng.Label) {
	t.Posts++
	switch label {
	case samleng.Positive:
		t.Positive++
	case samleng.Neutral:
		t.Neutral++
	case samleng.Negative:
		t.Negative++
	}
}

func (m *memory) Overview(_ context.Context, f samleng.Filter) (samleng.Overview, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.away != nil {
		return samleng.Overview{}, m.away
	}
	width := f.To.Sub(f.From)
	o := samleng.Overview{Step: samleng.Bucket}
	for _, step := range []time.Duration{samleng.Bucket, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 24 * time.Hour} {
		if o.Step = step; width/step <= 300 {
			break
		}
	}
	for at := f.From.Truncate(o.Step); at.Before(f.To); at = at.Add(o.Step) {
		o.Volume = append(o.Volume, samleng.VolumePoint{Start: at})
	}
	topics, languages, kinds := map[string]*samleng.TopicTrend{}, map[string]*samleng.Tally{}, map[string]*samleng.Tally{}
	seen, personal := map[string]map[string]bool{}, map[string]int{}
	trend := func(id string) *samleng.TopicTrend {
		if topics[id] == nil {
			topics[id], seen[id] = &samleng.TopicTrend{Topic: id}, map[string]bool{}
		}
		return topics[id]
	}
	add := func(to map[string]*samleng.Tally, value string, label samleng.Label) {
		if to[value] == nil {
			to[value] = &samleng.Tally{}
		}
		count(to[value], label)
	}
	before := f
	before.From, before.To = f.From.Add(-width), f.From
	small, smallBefore := m.small(f), m.small(before)
	for _, p := range m.all {
		label := p.Analysis.Sentiment.Label
		if matches(p, before) {
			if !smallBefore[p.Post.Kind] {
				count(&o.Before, label)
			}
			for _, t := range p.Analysis.Topics {
				count(&trend(t.ID).Before, label)
			}
		}
		if !matches(p, f) {
			continue
		}
		if !small[p.Post.Kind] {
			count(&o.Total, label)
			count(&o.Volume[p.Post.Published.Sub(o.Volume[0].Start)/o.Step].Tally, label)
			add(languages, p.Analysis.Language, label)
			add(kinds, string(p.Post.Kind), label)
		}
		for _, t := range p.Analysis.Topics {
			count(&trend(t.ID).Now, label)
			seen[t.ID][p.Post.Source] = true
			if p.Post.Kind.Personal() {
				personal[t.ID]++
			}
		}
	}
	for id, t := range topics {
		if t.Sources = len(seen[id]); personal[id] > 0 && (t.Now.Posts < fiveOfThree.Posts || t.Sources < fiveOfThree.Sources) {
			*t = samleng.TopicTrend{Topic: id, Hidden: true}
		}
		o.Topics = append(o.Topics, *t)
	}
	slices.SortFunc(o.Topics, func(a, b samleng.TopicTrend) int {
		return cmp.Or(b.Now.Posts-a.Now.Posts, strings.Compare(a.Topic, b.Topic))
	})
	for kind := range small {
		kinds[string(kind)] = &samleng.Tally{}
	}
	o.Total.Stories, o.Before.Stories = m.stories(f, small), m.stories(before, smallBefore)
	for i := range o.Topics {
		of, ofBefore := f, before
		of.Topic, ofBefore.Topic = o.Topics[i].Topic, o.Topics[i].Topic
		if !o.Topics[i].Hidden {
			o.Topics[i].Now.Stories, o.Topics[i].Before.Stories = m.stories(of, nil), m.stories(ofBefore, nil)
		}
	}
	o.Languages, o.Sources = shares(languages), shares(kinds)
	return o, nil
}

// stories counts the stories of a filter, without those of some kinds.
func (m *memory) stories(f samleng.Filter, without map[samleng.Kind]bool) int {
	seen := map[samleng.PostID]bool{}
	for _, p := range m.all {
		if matches(p, f) && !without[p.Post.Kind] {
			seen[p.StoryID] = true
		}
	}
	return len(seen)
}

// small names the kinds of which a filter finds too small a group.
func (m *memory) small(f samleng.Filter) map[samleng.Kind]bool {
	posts, sources := map[samleng.Kind]int{}, map[samleng.Kind]map[string]bool{}
	for _, p := range m.all {
		if k := p.Post.Kind; k.Personal() && matches(p, f) {
			if sources[k] == nil {
				sources[k] = map[string]bool{}
			}
			posts[k]++
			sources[k][p.Post.Source] = true
		}
	}
	out := map[samleng.Kind]bool{}
	for k, n := range posts {
		if n < fiveOfThree.Posts || len(sources[k]) < fiveOfThree.Sources {
			out[k] = true
		}
	}
	return out
}

func shares(from map[string]*samleng.Tally) []samleng.ShareOf {
	var out []samleng.ShareOf
	for value, t := range from {
		out = append(out, samleng.ShareOf{Value: value, Tally: *t})
	}
	slices.SortFunc(out, func(a, b samleng.ShareOf) int {
		return cmp.Or(b.Posts-a.Posts, strings.Compare(a.Value, b.Value))
	})
	return out
}

func (m *memory) Posts(_ context.Context, f samleng.Filter, limit int, before time.Time, beforeID samleng.PostID) ([]samleng.StoredPost, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	m.limits = append(m.limits, limit)
	m.filters = append(m.filters, f)
	if m.away != nil {
		return nil, m.away
	}
	var out []samleng.StoredPost
	for _, p := range m.all {
		after := before.IsZero() || p.Post.Published.Before(before) || p.Post.Published.Equal(before) && p.Post.ID.String() < beforeID.String()
		if after && matches(p, f) && len(out) < limit {
			out = append(out, p)
		}
	}
	return out, nil
}

func (m *memory) Sources(_ context.Context, from, to time.Time) ([]samleng.SourceState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.away != nil {
		return nil, m.away
	}
	out := slices.Clone(m.states)
	for i := range out {
		for _, p := range m.all {
			if p.Post.Source != out[i].ID {
				continue
			}
			if out[i].LastPost.Before(p.Post.Published) {
				out[i].LastPost = p.Post.Published
			}
			if matches(p, samleng.Filter{From: from, To: to}) {
				out[i].Posts++
			}
		}
	}
	return out, nil
}

// Correct implements Corrections.
func (m *memory) Correct(_ context.Context, c samleng.Correction) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return false, m.away
	}
	if !slices.ContainsFunc(m.all, func(p samleng.StoredPost) bool { return p.Post.ID == c.Post }) {
		return false, nil
	}
	m.corrections = append(m.corrections, c)
	return true, nil
}

// Withdraw implements Corrections.
func (m *memory) Withdraw(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.corrections = slices.DeleteFunc(m.corrections, func(c samleng.Correction) bool { return c.ID == id })
	return m.away
}

// SaidOf implements Corrections.
func (m *memory) SaidOf(_ context.Context, posts []samleng.PostID) ([]samleng.Said, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []samleng.Said
	for _, c := range m.corrections {
		s := samleng.Said{Post: c.Post, Task: c.Task, Label: cmp.Or(c.ShouldBe, c.Was), Not: c.ShouldBe == "", Votes: 1, Last: c.Day}
		same := slices.IndexFunc(all, func(x samleng.Said) bool {
			return x.Post == s.Post && x.Task == s.Task && x.Label == s.Label && x.Not == s.Not
		})
		switch {
		case !slices.Contains(posts, c.Post):
		case same >= 0:
			all[same].Votes++
		default:
			all = append(all, s)
		}
	}
	return all, m.away
}

var errAway = errors.New("dial tcp 127.0.0.1:8123: connection refused")

func testPage(t *testing.T, o Options, fast timing) *Page {
	t.Helper()
	if o.Status == nil {
		o.Status = func() Status { return Status{State: Running} }
	}
	if o.Topics == nil {
		o.Topics = testTopics()
	}
	o.Minimum = fiveOfThree
	o.Config.Hosts = append(o.Config.Hosts, "example.com") // of httptest.NewRequest
	p, err := newPage(o, fast)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}
