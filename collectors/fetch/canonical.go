package fetch

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"samleng"
)

// maxURL is the longest address, in bytes, that is taken for one.
const maxURL = 4096

// CanonicalURL gives the one spelling of a page's address. The ids of posts are made of it,
// so what it does must never change: a change would count every post again.
//
// Scheme and host are in lower case, the host in ASCII (IDNA, lookup profile) without a final
// dot, the port is left out where it is the scheme's own, and so are user, password and
// fragment. "." and ".." in the path are resolved and an empty path is "/". Percent encodings
// are in upper case, not used for letters, digits, "-", ".", "_" and "~", and used for whatever
// is not allowed bare. Parameters that only say where a reader came from (see tracking) are
// taken out; the others keep their order, and an empty query is left out. The scheme itself,
// "www.", a final slash and the order of parameters are kept: servers may tell them apart.
//
// It is idempotent. An error, of class BadInput, says why the address is none.
func CanonicalURL(address string) (string, error) {
	address = strings.TrimSpace(address)
	if len(address) > maxURL {
		return "", samleng.Errorf(samleng.BadInput, "an address of %d bytes is too long", len(address))
	}
	// The parser refuses a bare "%", which browsers let pass.
	u, err := url.Parse(escape(address))
	if err != nil {
		return "", samleng.Errorf(samleng.BadInput, "%q is not an address", address)
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" {
		return "", samleng.Errorf(samleng.BadInput, "%q: want an address that begins with http:// or https://", address)
	}
	host, err := canonicalHost(u, scheme)
	if err != nil {
		return "", samleng.Errorf(samleng.BadInput, "%q: %w", address, err)
	}
	out := scheme + "://" + host + cleanPath(escape(u.EscapedPath()))
	if query := cleanQuery(u.RawQuery); query != "" {
		out += "?" + query
	}
	return out, nil
}

func canonicalHost(u *url.URL, scheme string) (string, error) {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.WithZone("").String()
		if ip.Is6() {
			host = "[" + host + "]"
		}
	} else if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		host = strings.TrimSuffix(ascii, ".")
	}
	if host == "" || strings.Trim(host, hostLetters) != "" && host[0] != '[' || host[0] == '.' || strings.Contains(host+".", "..") {
		return "", samleng.Errorf(samleng.BadInput, "the host is missing or not a name")
	}
	if p := u.Port(); p != "" {
		port, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return "", samleng.Errorf(samleng.BadInput, "port %q is not a number up to 65535", p)
		}
		if own := scheme == "http" && port == 80 || scheme == "https" && port == 443; !own {
			host += ":" + strconv.FormatUint(port, 10)
		}
	}
	return host, nil
}

const hostLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_."

// tracking reports whether a parameter only says where a reader came from.
func tracking(name string) bool {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "mtm_") || strings.HasPrefix(name, "__cft__") {
		return true
	}
	switch name {
	case "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid",
		"igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "_ga", "_gl", "_hsenc", "_hsmi", "oly_anon_id",
		"oly_enc_id", "vero_id", "__tn__", "at_medium", "at_campaign", "fb_action_ids", "fb_action_types",
		"fb_source", "ref_src", "ref_url", "cmpid", "wt.mc_id", "s_cid", "spm", "xtor":
		return true
	}
	return false
}

// cleanQuery takes out tracking and empty parameters and normalises the others' encoding.
func cleanQuery(query string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		part = escape(part)
		name, _, _ := strings.Cut(part, "=")
		if part != "" && !tracking(name) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// cleanPath resolves "." and ".." (RFC 3986, 5.2.4) and makes an empty path "/".
func cleanPath(path string) string {
	var out []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch s {
		case ".", "..":
			if s == ".." && len(out) > 0 {
				out = out[:len(out)-1]
			}
			if last {
				out = append(out, "")
			}
		default:
			out = append(out, s)
		}
	}
	return "/" + strings.Join(out, "/")
}

// escape normalises the percent encoding of s: see CanonicalURL. What is encoded and
// reserved stays encoded, what is bare and reserved stays bare.
func escape(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			decoded := byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			if isUnreserved(decoded) {
				b.WriteByte(decoded)
				continue
			}
			c = decoded
		case c != '%' && (isUnreserved(c) || strings.IndexByte(":/?#[]@!$&'()*+,;=", c) >= 0):
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// unhex gives the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
