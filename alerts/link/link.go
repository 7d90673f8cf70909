// Package link makes the links of a card: to the episode of an alert on the page, and the signed
// ones by which a reader says what they think of the alert, or silences it.
//
// It owns the key, what a link says and until when it holds. That each is used once is kept by
// the store, and what a click does is the page's.
package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"samleng"
)

// Path is where signed links lead on the page, a token after it.
const Path = "/a/"

// Holds is for how long a link can be used, from the time of its alert on.
const Holds = 30 * 24 * time.Hour

// around is how much of the time before an alert its link shows.
const around = 24 * time.Hour

// Errors of Claim. Both are of class samleng.BadInput.
var (
	ErrForged  = samleng.WithClass(samleng.BadInput, errors.New("the link was not made here, or only a part of it was copied"))
	ErrExpired = samleng.WithClass(samleng.BadInput, errors.New("the link has expired"))
)

// Maker makes links and reads them. It is safe for concurrent use.
type Maker struct {
	base string // of the page, without a slash at its end; "": there are no links
	key  []byte
}

// New makes a Maker for a page that readers reach by an address, such as
// https://samleng.example.org. An empty address gives empty links.
func New(address string, key []byte) (*Maker, error) {
	if len(key) < KeyBytes {
		return nil, fmt.Errorf("make links: the key has %d bytes, at least %d are needed", len(key), KeyBytes)
	}
	if address != "" {
		u, err := url.Parse(address)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return nil, fmt.Errorf("make links: %q: want an address as https://samleng.example.org", address)
		}
	}
	return &Maker{base: strings.TrimRight(address, "/"), key: slices.Clone(key)}, nil
}

// episodeForm is that of the ids by which the page knows episodes.
var episodeForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// phnomPenh is the zone in which the page reads times without one.
var phnomPenh = time.FixedZone("Asia/Phnom_Penh", 7*60*60)

// Page gives the address of the alert's episode on the page of alerts: its chart, why it was told,
// and the ways to silence it, to say what it was worth, and to its posts. What is of no episode, as
// a digest, gets the page of posts for the day up to the end of its window, with what of its series
// that page can choose by.
func (m *Maker) Page(a *samleng.Alert) string {
	if m.base != "" && episodeForm.MatchString(a.Episode) {
		return m.base + "/alerts?episode=" + a.Episode
	}
	end := a.End
	if end.IsZero() {
		end = a.At
	}
	if m.base == "" || end.Year() < 1971 || end.Year() > 2100 {
		return m.base
	}
	from := end.Add(-around)
	if !a.Start.IsZero() && a.Start.Before(from) && end.Sub(a.Start) < 300*24*time.Hour {
		from = a.Start
	}
	// Down and up to whole buckets, as the page does.
	from, end = from.Truncate(samleng.Bucket), end.Add(samleng.Bucket-1).Truncate(samleng.Bucket)
	const minute = "2006-01-02T15:04"
	q := []string{"from=" + from.In(phnomPenh).Format(minute), "to=" + end.In(phnomPenh).Format(minute)}
	add := func(name, value string) {
		if value != "" {
			q = append(q, name+"="+url.QueryEscape(value))
		}
	}
	add("topic", a.Series.Topic)
	if a.Series.Kind.Valid() {
		add("kind", string(a.Series.Kind))
	}
	add("language", a.Series.Language)
	if a.Series.Stories {
		add("count", "stories")
	}
	return m.base + "/?" + strings.Join(q, "&")
}

// Act gives the signed address of an action, the same every time, or "" for an alert that has
// no episode.
func (m *Maker) Act(a *samleng.Alert, action samleng.AlertAction) string {
	if m.base == "" || a.Episode == "" {
		return ""
	}
	c := samleng.AlertClaim{Action: action, Episode: a.Episode, Rule: a.Rule, Topic: a.Series.Topic, Place: a.Series.Place, Expires: a.At.Add(Holds)}
	if action == samleng.ActionSilence {
		c.Kind, c.Language, c.Keyword = a.Series.Kind, a.Series.Language, a.Series.Keyword
	}
	token, err := m.token(c)
	if err != nil {
		return ""
	}
	return m.base + Path + token
}

// macBytes of the HMAC are kept: 128 bits cannot be guessed over a network, and links are short.
const macBytes = 16

// The forms are the first byte of a token. Links of all of them hold.
const (
	form     = 1
	formMore = 2 // names kind, language and keyword as well, one of them at least
)

// The longest texts of a token, in bytes.
const (
	longestPart    = 64
	longestKeyword = 255
)

// token is the form, the action's place in the list, the expiry in seconds since 1970, then
// episode, rule, topic and place, and with formMore kind, language and keyword, each after a byte
// with its length, and the HMAC of all of it.
func (m *Maker) token(c samleng.AlertClaim) (string, error) {
	action := slices.Index(samleng.AlertActions(), c.Action)
	expires := c.Expires.Unix()
	if action < 0 || expires <= 0 || expires >= 1<<32 {
		return "", fmt.Errorf("sign a link: action %q until %s", c.Action, c.Expires)
	}
	b := []byte{form, byte(action)}
	if c.Kind != "" || c.Language != "" || c.Keyword != "" {
		b[0] = formMore
	}
	b = binary.BigEndian.AppendUint32(b, uint32(expires))
	episode := c.Episode
	if raw, err := hex.DecodeString(episode); err == nil && len(raw) == 16 && hex.EncodeToString(raw) == episode {
		episode = string(raw) // half as long
	} else if len(episode) == 16 {
		return "", fmt.Errorf("sign a link: episode %q", c.Episode)
	}
	parts := []string{episode, c.Rule, c.Topic, c.Place}
	if b[0] == formMore {
		parts = append(parts, string(c.Kind), c.Language, c.Keyword)
	}
	for i, s := range parts {
		longest := longestPart
		if i == len(parts)-1 && b[0] == formMore {
			longest = longestKeyword
		}
		if len(s) > longest {
			return "", fmt.Errorf("sign a link: %q is too long", s)
		}
		b = append(append(b, byte(len(s))), s...)
	}
	return base64.RawURLEncoding.EncodeToString(append(b, m.mac(b)...)), nil
}

func (m *Maker) mac(b []byte) []byte {
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte("samleng alert link\n")) // the key signs nothing else that looks like this
	h.Write(b)
	return h.Sum(nil)[:macBytes]
}

// maxToken is longer than any token.
const maxToken = 1024

// Claim reads the token of a signed address at a moment. The error is ErrForged or ErrExpired.
func (m *Maker) Claim(token string, now time.Time) (samleng.AlertClaim, error) {
	if len(token) > maxToken {
		return samleng.AlertClaim{}, ErrForged
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < 6+macBytes {
		return samleng.AlertClaim{}, ErrForged
	}
	signed, mac := b[:len(b)-macBytes], b[len(b)-macBytes:]
	if !hmac.Equal(mac, m.mac(signed)) {
		return samleng.AlertClaim{}, ErrForged
	}
	c, ok := parse(signed)
	switch {
	case !ok:
		return samleng.AlertClaim{}, ErrForged
	case !now.Before(c.Expires):
		return samleng.AlertClaim{}, ErrExpired
	}
	return c, nil
}

// parse reads what was signed.
func parse(b []byte) (c samleng.AlertClaim, ok bool) {
	actions := samleng.AlertActions()
	if len(b) < 6 || (b[0] != form && b[0] != formMore) || int(b[1]) >= len(actions) {
		return c, false
	}
	c.Action, c.Expires = actions[b[1]], time.Unix(int64(binary.BigEndian.Uint32(b[2:])), 0).UTC()
	fields, kind := []*string{&c.Episode, &c.Rule, &c.Topic, &c.Place}, ""
	if b[0] == formMore {
		fields = append(fields, &kind, &c.Language, &c.Keyword)
	}
	more := b[0] == formMore
	b = b[6:]
	for _, field := range fields {
		if len(b) == 0 || len(b) <= int(b[0]) {
			return c, false
		}
		end := 1 + int(b[0])
		*field, b = string(b[1:end]), b[end:]
	}
	c.Kind = samleng.Kind(kind)
	if more != (kind != "" || c.Language != "" || c.Keyword != "") {
		return c, false // it would be written in the other form
	}
	if len(c.Episode) == 16 {
		c.Episode = hex.EncodeToString([]byte(c.Episode))
	}
	return c, len(b) == 0
}
