package importer

import (
	"slices"
	"strings"
)

// column is what a named value of a row means.
type column int

const (
	unknown column = iota
	columnID
	columnURL
	columnTitle
	columnText
	columnPublished
	columnLanguage
	columnSource
	columnKind
	columnVersion // of a post that samleng itself wrote
	columnAuthor  // names or reaches a person: dropped
)

// aliases are the names under which a column is known, best first, in the form that fold
// gives them.
func aliases(c column) []string {
	switch c {
	case columnID:
		return []string{"id", "postid", "guid", "articleid", "messageid", "tweetid", "uuid"}
	case columnURL:
		return []string{"url", "link", "permalink", "canonicalurl", "href", "posturl", "articleurl", "sourceurl", "តំណ"}
	case columnTitle:
		return []string{"title", "headline", "subject", "posttitle", "articletitle", "ចំណងជើង"}
	case columnText:
		return []string{
			"text", "fulltext", "body", "content", "articlebody", "article", "contenttext", "message", "post", "tweet", "comment", "answer", "response",
			"story", "caption", "description", "summary", "អត្ថបទ", "ខ្លឹមសារ", "មាតិកា", "មតិ", "ចម្លើយ",
		}
	case columnPublished:
		return []string{
			"published", "publishedat", "publisheddate", "datepublished", "publishdate", "publicationdate", "pubdate", "date", "datetime", "createdat",
			"created", "postedat", "time", "timestamp", "កាលបរិច្ឆេទ", "ថ្ងៃខែ",
		}
	case columnLanguage:
		return []string{"language", "lang", "ភាសា"}
	case columnSource:
		return []string{"source", "outlet", "site", "ប្រភព"}
	case columnKind:
		return []string{"kind", "sourcekind", "sourcetype"}
	case columnVersion:
		return []string{"v"}
	}
	return nil
}

// known lists the columns that have aliases.
func known() []column {
	return []column{columnID, columnURL, columnTitle, columnText, columnPublished, columnLanguage, columnSource, columnKind, columnVersion}
}

// meaning gives what a column of this name holds, and how good the name is (0 is best).
func meaning(name string) (column, int) {
	name = fold(name)
	for _, c := range known() {
		if rank := slices.Index(aliases(c), name); rank >= 0 {
			return c, rank
		}
	}
	if namesPeople(name) {
		return columnAuthor, 0
	}
	return unknown, 0
}

// namesPeople reports whether a column holds who wrote a post or how to reach them.
func namesPeople(folded string) bool {
	switch folded {
	case "uid", "by", "from", "who", "name", "tel", "mail", "fax", "ip", "ipaddress", "nid", "dob", "age", "birthday", "birthdate", "address", "homeaddress",
		"sender", "owner", "person", "people", "member", "fan", "poster", "speaker", "writer", "reporter", "journalist", "editor", "nickname",
		"gps", "latlong", "facebook", "telegram", "whatsapp", "line", "instagram", "twitter", "tiktok", "bio", "passport", "idcard", "nationalid",
		"ឈ្មោះ", "អ្នកនិពន្ធ", "ទូរស័ព្ទ", "លេខទូរស័ព្ទ", "អ៊ីមែល", "អាសយដ្ឋាន", "អាយុ":
		return true
	}
	for _, part := range []string{
		"author", "user", "handle", "screenname", "firstname", "lastname", "fullname", "surname", "phone", "mobile", "email", "avatar", "profile",
		"account", "creator", "respondent", "contact", "byline", "contributor", "commenter", "interviewee", "displayname",
	} {
		if strings.Contains(folded, part) {
			return true
		}
	}
	return false
}

// fold makes spellings of a column's name equal: "Published At", "published_at" and
// "publishedAt" are one.
func fold(name string) string {
	name = strings.ToLower(strings.Trim(name, " \t\r\n\"'\ufeff\u200b"))
	return strings.NewReplacer(" ", "", "_", "", "-", "", ".", "", ":", "", "\u200b", "").Replace(name)
}

// note remembers the names of columns that were not used, each once.
func (s *Summary) note(name string, c column) {
	list := &s.Ignored
	if c == columnAuthor {
		list = &s.Dropped
	}
	name = strings.TrimSpace(name)
	if r := []rune(name); len(r) > 60 {
		name = string(r[:60])
	}
	if name != "" && len(*list) < maxNames && !slices.Contains(*list, name) {
		*list = append(*list, name)
	}
}
