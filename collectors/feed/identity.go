package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"samleng"
	"samleng/collectors/fetch"
)

// The id of an entry, in order:
//
//  1. its own id (guid, atom:id, rdf:about, JSON id), if that is unique in the world by its
//     form: an http or https address (in its canonical spelling), "tag:", "urn:" and the like;
//  2. its own id within the host that the feed was read from, for any other form ("1234");
//  3. its address, in its canonical spelling;
//  4. a hash of feed address, title, date and text as the document has them: then, and only
//     then, an edited entry becomes another post.
//
// An own id that stands on entries of one document with different addresses is none: some
// systems give the address of the site or the name of the section there. Title, text and
// date never matter in 1 to 3, so an edited entry keeps its id.

// identify gives the id of an entry with canonical address link ("" for none).
func identify(e *entry, link, feedURL string, ownIDs bool) samleng.PostID {
	if e.id != "" && ownIDs {
		if address := httpAddress(e.id); address != "" {
			return samleng.NewPostID("feed", address)
		}
		if global(e.id) {
			return samleng.NewPostID("feed", e.id)
		}
		return samleng.NewPostID("feed", host(feedURL)+"\x00"+e.id)
	}
	if link != "" {
		return samleng.NewPostID("web", link)
	}
	parts := append([]string{feedURL, e.title}, e.published...)
	parts = append(parts, e.bodies...)
	parts = append(parts, e.plain)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return samleng.NewPostID("feed", "sha256:"+hex.EncodeToString(sum[:]))
}

// sharedIDs gives the own ids that stand on entries with different addresses. links are the
// canonical addresses of the entries.
func sharedIDs(entries []entry, links []string) map[string]bool {
	seen := make(map[string]string, len(entries))
	shared := map[string]bool{}
	for i := range entries {
		id := entries[i].id
		if id == "" || links[i] == "" {
			continue
		}
		if before, ok := seen[id]; ok && before != links[i] {
			shared[id] = true
		}
		seen[id] = links[i]
	}
	return shared
}

// httpAddress gives the canonical spelling of an absolute http or https address, or "".
func httpAddress(s string) string {
	canonical, err := fetch.CanonicalURL(s)
	if err != nil {
		return ""
	}
	return canonical
}

// global reports whether an id is unique in the world by its form: a URI of a scheme whose
// names belong to somebody.
func global(id string) bool {
	scheme, rest, ok := strings.Cut(id, ":")
	if !ok || rest == "" {
		return false
	}
	switch strings.ToLower(scheme) {
	case "tag", "urn", "doi", "at", "info", "ark":
		return true
	}
	return false
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// resolve gives the canonical address of the first candidate that leads to a web page,
// resolved against the bases in turn; "" when there is none.
func resolve(candidates []string, bases ...string) string {
	for _, c := range candidates {
		if address := httpAddress(c); address != "" {
			return address
		}
		u, err := url.Parse(strings.TrimSpace(c))
		if err != nil {
			continue
		}
		for _, b := range bases {
			if u.IsAbs() {
				break
			}
			base, err := url.Parse(b)
			if err == nil && (base.Scheme == "http" || base.Scheme == "https") && base.Host != "" {
				u = base.ResolveReference(u)
			}
		}
		if address := httpAddress(u.String()); address != "" {
			return address
		}
	}
	return ""
}
