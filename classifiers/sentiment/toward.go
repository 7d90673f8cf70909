package sentiment

import (
	"math/bits"

	"samleng"
	"samleng/classifiers/phrase"
)

// A topic of a post is judged by the sentences that its evidence is in, the title being one.
// A sentence without a topic speaks of the one before it where it begins with a word that
// refers back (them, វា, but, ប៉ុន្តែ) or is no more than an exclamation.
const (
	exclaims   = 12            // length of an exclamation: twelve clusters, or four words
	mostTopics = bits.UintSize // that are told apart; the rest have the finding on the post
)

// backward are the words that refer to what was said before, by language.
var backward = [...]string{
	"វា", "គេ", "ពួកគេ", "ពួកគាត់", "គាត់", "នាង", "យើង", "ទាំងនេះ", "ទាំងនោះ", "នេះ", "នោះ", "បែបនេះ", "អ៊ីចឹង", "អញ្ចឹង", "ចឹង",
	"ហើយ", "ហើយក៏", "តែ", "ប៉ុន្តែ", "ក៏ប៉ុន្តែ", "ព្រោះ", "ពីព្រោះ", "ដោយសារ", "ដូច្នេះ", "ដូចនេះ", "ដូច្នេះហើយ", "ហេតុនេះ", "ហេតុដូច្នេះ",
	"ទោះ", "ទោះបី", "ទោះជា", "ទោះយ៉ាងណា", "យ៉ាងណា", "យ៉ាងណាក៏ដោយ", "លើសពីនេះ", "លើសពីនេះទៀត", "បន្ថែមពីនេះ", "ក្រៅពីនេះ", "ជាពិសេស",
	"ថែមទាំង", "រួច", "បន្ទាប់មក", "ផ្ទុយទៅវិញ", "នៅតែ", "មិន", "អត់",
	"it", "its", "it's", "they", "them", "their", "they're", "he", "she", "his", "her", "we", "this", "that", "that's", "these", "those", "such", "here",
	"and", "but", "yet", "so", "because", "since", "therefore", "thus", "hence", "however", "still", "also", "moreover", "furthermore",
	"besides", "then", "otherwise", "instead", "although", "though", "nevertheless", "no", "not", "why", "what", "how",
	"vea", "ke", "puok ke", "koat", "nis", "nih", "noh", "haey", "tae", "te", "ban", "pruos", "douchneh", "anhchoeng", "ot", "min", "pontae",
}

// newBackward makes the set of those words.
func newBackward(v *phrase.Vocabulary) (*phrase.Set, error) {
	s := v.NewSet()
	for _, word := range backward {
		if _, _, err := s.Add(word); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// eachTopic gives each topic the finding on the sentences that speak of it; whole is that on the
// post.
func (r *reading) eachTopic(c *Classifier, whole verdict, topics []samleng.Topic) {
	if len(topics) == 0 {
		return
	}
	if len(r.statements) > 1 {
		r.assign(c, topics)
	}
	for t := range topics {
		v := whole
		if len(r.statements) > 1 && t < mostTopics {
			if r.pick(t); len(r.picked) > 0 && len(r.picked) < len(r.statements) {
				v = r.find(r.picked, false)
			}
		}
		topics[t].Sentiment = samleng.Tone{Label: v.label, Score: v.score, Confidence: v.confidence}
	}
}

// assign says of each statement which topics it speaks of.
func (r *reading) assign(c *Classifier, topics []samleng.Topic) {
	for i := range r.statements {
		r.statements[i].topics = 0
	}
	for t := range topics[:min(len(topics), mostTopics)] {
		for i := range topics[t].Evidence {
			e := &topics[t].Evidence[i]
			number := text
			if e.Field == fieldNames[title] {
				number = title
			}
			if at := r.at(number, e.Start); at >= 0 {
				r.statements[at].topics |= 1 << t
			}
		}
	}
	for i := 1; i < len(r.statements); i++ {
		before, s := &r.statements[i-1], &r.statements[i]
		if s.topics == 0 && before.topics != 0 && s.field == before.field && (s.length <= exclaims || r.refers(c, s)) {
			s.topics = before.topics
		}
	}
}

// refers reports whether a statement begins with a word that refers back.
func (r *reading) refers(c *Classifier, s *statement) bool {
	f := &r.fields[s.field]
	var found [1]phrase.Match
	matches := c.backward.Find(found[:0], f.tokens[s.from:min(s.to, s.from+longestBackward)], func(m phrase.Match) bool {
		m.First, m.Last = m.First+s.from, m.Last+s.from
		return f.reading.Whole(m)
	})
	return len(matches) > 0 && matches[0].First == 0
}

// longestBackward is more than any of those words has tokens.
const longestBackward = 12

// pick picks the statements that speak of a topic.
func (r *reading) pick(topic int) {
	r.picked = r.picked[:0]
	for i := range r.statements {
		if r.statements[i].topics&(1<<topic) != 0 {
			r.picked = append(r.picked, i)
		}
	}
}
