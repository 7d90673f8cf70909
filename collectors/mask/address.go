package mask

import (
	"net/url"
	"strings"
)

// Address gives the address of a post as it may be published: address itself, or "" where it
// names or reaches a person. That is an address on a social platform with somebody's handle
// in its path (facebook.com/NAME/posts/1, x.com/NAME/status/1, any /@NAME or /users/NAME), one
// with an e-mail address, a handle or a login in it, and one whose query holds a phone number or a
// value that is named as a person (tel=, email=, author=). Percent-escapes are looked through.
//
// The numbers in a path are those of articles, and stay. An address that cannot be parsed is
// not published.
func Address(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return ""
	}
	plain := unescape(address)
	if _, _, found := findProfile(plain); found || atSigns(plain) != plain || hasPersonalValue(plain) {
		return ""
	}
	host := strings.TrimRight(strings.ToLower(u.Hostname()), ".")
	_, path, _ := strings.Cut(strings.ToLower(plain), "//")
	_, path, _ = strings.Cut(path, "/")
	if isProfile(host, strings.TrimLeft(path, "/")) || hasDialled(path) {
		return ""
	}
	return address
}

// unescape decodes the percent-escapes of an address, those that were escaped twice too, and
// leaves what is no escape. The sign U+FF20 becomes "@".
func unescape(s string) string {
	for range 3 {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
				b.WriteByte(fromHex(s[i+1])<<4 | fromHex(s[i+2]))
				i += 2
				continue
			}
			b.WriteByte(s[i])
		}
		if b.Len() == len(s) {
			break
		}
		s = b.String()
	}
	return narrowAt.Replace(s)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func fromHex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// hasDialled reports whether a "+" and nine digits or more stand in a path: nothing but a
// phone number is written so.
func hasDialled(path string) bool {
	for {
		_, after, found := strings.Cut(path, "+")
		if !found {
			return false
		}
		if digits := len(after) - len(strings.TrimLeft(after, "0123456789")); digits >= 9 && digits <= 15 {
			return true
		}
		path = after
	}
}

func hasPersonalValue(s string) bool {
	for i := range len(s) {
		if _, _, mark := personalValue(s, i); mark != "" {
			return true
		}
	}
	return false
}

// beforeName are the signs before the name of a value in an address, and so after a value.
const beforeName = "?&;#"

// Names of values in the query of an address, without "-" and "_".
const (
	phoneNames  = "phone tel telephone mobile cell cellphone phonenumber phoneno telno mobileno mobilenumber whatsapp viber zalo contact msisdn"
	emailNames  = "email mail emailaddress useremail"
	personNames = "user username userid uid author authorid authorname authorslug handle screenname nickname profile profileid account member memberid telegram"
	// itemNames are those of things: their numbers are no phone numbers.
	itemNames = "id p aid nid article articleid news newsid post postid story storyid v version t ts time date page"
)

// personalValue looks at the value whose name begins after the sign at i, as in "?tel=012345678".
// It gives the value's place and the mark for it; no mark: it is not personal.
func personalValue(s string, i int) (from, to int, mark string) {
	if strings.IndexByte(beforeName, s[i]) < 0 {
		return 0, 0, ""
	}
	const maxName = 40
	from = i + 1
	for from < len(s) && s[from] != '=' {
		if from-i > maxName || strings.IndexByte(beforeName, s[from]) >= 0 {
			return 0, 0, ""
		}
		from++
	}
	if from >= len(s) {
		return 0, 0, ""
	}
	name := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(s[i+1 : from]))
	from++
	to = from
	for to < len(s) && strings.IndexByte(beforeName, s[to]) < 0 {
		to++
	}
	value := strings.TrimRight(s[from:to], ".!:*~")
	return from, from + len(value), judgeValue(name, value)
}

// judgeValue gives the mark for a value in an address, or nothing.
func judgeValue(name, value string) string {
	digits := digitsOf(value)
	switch {
	case value == "":
		return ""
	case isOneOf(name, phoneNames):
		if len(digits) >= 6 { // "mobile=1" is a way to show a page
			return Phone
		}
	case isOneOf(name, emailNames), strings.Contains(value, "@"), strings.Contains(value, "%40"):
		return Email
	case isOneOf(name, personNames):
		return Handle
	case isOneOf(name, itemNames) || strings.Trim(value, "+0123456789-. ") != "":
		return ""
	case len(digits) >= 9 && len(digits) <= 10 && digits[0] == '0' && digits[1] != '0',
		len(digits) >= 11 && len(digits) <= 12 && strings.HasPrefix(digits, "855"),
		len(digits) >= 9 && len(digits) <= 15 && value[0] == '+':
		return Phone
	}
	return ""
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if isASCIIDigit(r) {
			return r
		}
		return -1
	}, s)
}
