package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"

	"samleng"
	"samleng/collectors/date"
	"samleng/collectors/fetch"
	"samleng/collectors/mask"
	"samleng/collectors/plaintext"
)

// row is a post as a table or JSON object gives it.
type row struct {
	values [columnAuthor]string // by column
	ranks  [columnAuthor]int    // how good the name was that each value came under, from 1
	names  []string             // of authors, only for finding bylines

	undated bool // post met a date that it could not read
}

// set stores a value unless one under a better name is there.
func (r *row) set(c column, rank int, value string) {
	if strings.TrimSpace(value) == "" {
		return
	}
	if r.ranks[c] == 0 || rank+1 < r.ranks[c] {
		r.values[c], r.ranks[c] = value, rank+1
	}
}

// Longest values of the short columns, in bytes; a longer one is a column that was named
// wrongly.
const (
	maxID   = 2_000
	maxSlug = 64
)

// post makes a post of a row. The error says why it cannot.
//
// The id is made of the row's own id within its source; without one, of its canonical
// address; without that, of its title and text. A row that samleng wrote keeps its id.
func (r *row) post(o *Options) (samleng.Post, error) {
	p := samleng.Post{
		Schema:   samleng.PostSchema,
		Source:   o.Source.ID,
		Kind:     o.Source.Kind,
		Title:    strings.ReplaceAll(plaintext.FromText(r.values[columnTitle]), "\n", " "),
		Text:     plaintext.FromText(r.values[columnText]),
		Language: strings.ToLower(strings.TrimSpace(r.values[columnLanguage])),
	}
	p.Text = plaintext.DropBylines(p.Text, plaintext.NewNames(r.names))
	if p.Title == "" && p.Text == "" {
		return p, errors.New("it has neither a title nor a text")
	}
	if len(p.Language) > 3 && p.Language[2] == '-' || len(p.Language) > 3 && p.Language[2] == '_' {
		p.Language = p.Language[:2]
	}
	if len(p.Language) != 2 {
		p.Language = o.Source.Language
	}
	if k := samleng.Kind(strings.ToLower(strings.TrimSpace(r.values[columnKind]))); k.Valid() {
		p.Kind = k
	}
	// What a survey or a social platform calls a source may be a person.
	if s := slug(r.values[columnSource]); s != "" && !personal(o.Source.Kind) && !personal(p.Kind) {
		p.Source = s
	}
	if address := strings.TrimSpace(r.values[columnURL]); address != "" {
		canonical, err := fetch.CanonicalURL(address)
		if err == nil {
			p.URL = canonical
		}
	}
	id := strings.TrimSpace(r.values[columnID])
	if len(id) > maxID {
		return p, errors.New("its id is longer than 2,000 bytes")
	}
	p.ID = identify(&p, id, r.values[columnVersion] != "")
	zone := o.Local
	if zone == nil {
		zone = date.Zone(p.URL)
	}
	published, ok := date.Parse(r.values[columnPublished], zone)
	r.undated = !ok && r.ranks[columnPublished] > 0
	p.SetPublished(published, o.Now())
	return p, nil
}

func identify(p *samleng.Post, id string, ours bool) samleng.PostID {
	if ours {
		if known, err := samleng.ParsePostID(id); err == nil && !known.IsZero() {
			return known
		}
	}
	switch {
	case id != "":
		return samleng.NewPostID("import", p.Source+"\x00"+id)
	case p.URL != "":
		return samleng.NewPostID("web", p.URL)
	}
	sum := sha256.Sum256([]byte(p.Title + "\x00" + p.Text))
	return samleng.NewPostID("import", "sha256:"+hex.EncodeToString(sum[:]))
}

// personal reports whether posts of a kind are by private people.
func personal(k samleng.Kind) bool { return k == samleng.KindSocial || k == samleng.KindSurvey }

// slug makes the id of a source from its name or address, of a-z, 0-9 and hyphens; "" where
// nothing is left, such as of a Khmer name, and for a handle, e-mail address or phone number.
func slug(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if u, err := url.Parse(name); err == nil && u.Host != "" {
		name = strings.TrimPrefix(u.Hostname(), "www.")
	} else if mask.Text(name) != name {
		return ""
	}
	var b strings.Builder
	dash := false
	for _, r := range name {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			dash = false
			continue
		}
		dash = true
	}
	if b.Len() > maxSlug {
		return strings.Trim(b.String()[:maxSlug], "-")
	}
	return b.String()
}
