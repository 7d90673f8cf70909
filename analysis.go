package samleng

// Label is a sentiment.
type Label string

// The sentiments. Unscored says that the text is in a language whose sentiment the
// program does not know; it is not neutral.
const (
	Positive Label = "positive"
	Neutral  Label = "neutral"
	Negative Label = "negative"
	Unscored Label = "unscored"
)

// Language values beside ISO 639-1 codes.
const (
	Khmer          = "km"
	English        = "en"
	RomanisedKhmer = "km-Latn" // Khmer in Latin letters, as in chats
	Mixed          = "mixed"   // Khmer and another language, neither of them dominant
	Other          = "other"   // a language that is not recognised
	NoLanguage     = "none"    // digits, signs, emoji or nothing
)

// Evidence is a piece of the post that a label rests on.
type Evidence struct {
	Text   string  `json:"text"`             // as it stands in the post
	Field  string  `json:"field"`            // "title" or "text"
	Start  int     `json:"start"`            // byte offset in that field of the post
	End    int     `json:"end"`              // byte offset just past it
	Weight float64 `json:"weight,omitempty"` // contribution to the score, with its sign
	Reason string  `json:"reason,omitempty"` // "negated", "intensified", the matched term, ...
}

// Topic is one topic that a post is about.
type Topic struct {
	ID       string     `json:"id"`    // as in configs/topics.yaml
	Score    float64    `json:"score"` // 0..1
	Evidence []Evidence `json:"evidence"`
	// Sentiment is that of the sentences which speak of the topic; the zero Tone if it was
	// not asked for.
	Sentiment Tone `json:"sentiment,omitzero"`
}

// Tone is the sentiment of a part of a post.
type Tone struct {
	Label      Label   `json:"label"`
	Score      float64 `json:"score"`      // -1..1
	Confidence float64 `json:"confidence"` // 0..1
}

// Sentiment is the tone of the whole post.
type Sentiment struct {
	Label      Label      `json:"label"`
	Score      float64    `json:"score"`      // -1..1
	Confidence float64    `json:"confidence"` // 0..1
	Evidence   []Evidence `json:"evidence"`
}

// Place is a province or district that a post speaks of.
type Place struct {
	Code    string  `json:"code"` // official code of the National Committee for Sub-National Democratic Development
	Khmer   string  `json:"km"`
	English string  `json:"en"`
	Score   float64 `json:"score"` // 0..1
	// Evidence is the names that the place was found by, those of its districts among them:
	// the first of many. Weight is the score of each, Reason what beside it spoke for the place.
	Evidence []Evidence `json:"evidence"`
}

// LanguageSpan is a stretch of a post in several languages that is in one of them.
type LanguageSpan struct {
	Field    string `json:"field"` // "title" or "text"
	Start    int    `json:"start"` // byte offset in that field of the post
	End      int    `json:"end"`   // byte offset just past it
	Language string `json:"language"`
}

// Analysis is what the classifiers found in one post. Model names the versions that found
// it, so that a later re-scoring can tell old findings from new.
type Analysis struct {
	Language  string             `json:"language"`
	Languages map[string]float64 `json:"languages"` // share of the letters by language, sums to 1; empty for NoLanguage
	Scripts   map[string]float64 `json:"scripts"`   // share of the letters by script, as ISO 15924 codes ("Khmr", "Latn"), sums to 1; not to be changed
	Spans     []LanguageSpan     `json:"spans"`     // of a post that is Mixed, in order; else empty
	Topics    []Topic            `json:"topics"`    // highest score first
	Sentiment Sentiment          `json:"sentiment"`
	Places    []Place            `json:"places"`
	Model     string             `json:"model,omitempty"`
}

// Row is a post with its analysis and the place in Kafka it was read from: what storage
// keeps.
type Row struct {
	Post      Post
	Analysis  Analysis
	Print     []byte // of the text, see Fingerprint; empty where it is too short to belong to a story
	Partition int32
	Offset    int64
}
