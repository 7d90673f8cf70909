package mask

import "strings"

// links replaces addresses that lead to somebody's profile, and the values in other addresses
// that name or reach somebody ("?tel=012345678"). It looks at each run of
// characters that an address can hold; one with an address of a profile in it is replaced
// from there to its end.
func links(s string) string {
	if strings.IndexByte(s, '/') < 0 && strings.IndexByte(s, '=') < 0 {
		return s
	}
	e := editor{s: s}
	for start := 0; start < len(s); {
		if !isAddress(s[start]) {
			start++
			continue
		}
		end := start + 1
		for end < len(s) && isAddress(s[end]) {
			end++
		}
		if from, to, ok := findProfile(s[start:end]); ok {
			e.replace(start+from, start+to, Profile)
		} else {
			maskValues(&e, start, end)
		}
		start = end
	}
	return e.String()
}

// maskValues replaces the personal values in the address at e.s[start:end].
func maskValues(e *editor, start, end int) {
	for i := start; i < end; i++ {
		if from, to, mark := personalValue(e.s[:end], i); mark != "" {
			e.replace(from, to, mark)
			i = to - 1
		}
	}
}

// isAddress reports whether c can stand in an address. Brackets, commas and everything
// beyond ASCII end one: Khmer text follows an address without a space.
func isAddress(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte("\"'<>()[]{},;|\\^`", c) < 0
}

// findProfile gives the place of the first address of a profile in a run of address
// characters.
func findProfile(run string) (from, to int, ok bool) {
	lower := strings.ToLower(run)
	host := 0 // start of what may be a host
	for i := range len(lower) {
		c := lower[i]
		if c == '/' && i > host && isProfile(lower[host:i], lower[i+1:]) {
			from = host
			if scheme := strings.LastIndex(lower[:host], "http"); scheme >= 0 && (lower[scheme:host] == "http://" || lower[scheme:host] == "https://") {
				from = scheme
			}
			return from, i + 1 + len(strings.TrimRight(run[i+1:], ".!?:*_-~&=/")), true
		}
		if inHost := 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-'; !inHost {
			host = i + 1
		}
	}
	return 0, 0, false
}

// isProfile reports whether path, without its first slash, is a profile's on that host. Both
// are in lower case.
func isProfile(host, path string) bool {
	first, rest := cutSegment(path)
	if first == "" || !strings.Contains(host, ".") {
		return false
	}
	if len(first) > 1 && first[0] == '@' {
		return true // TikTok, YouTube, Threads, Medium, Mastodon and others
	}
	if first == "users" { // Mastodon and others
		name, _ := cutSegment(rest)
		return name != "" && !isOneOf(name, "login logout register signup signin sign_in sign_up password new edit settings me")
	}
	on := func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }
	switch {
	case on("facebook.com"), on("fb.com"):
		return isFacebookProfile(first, path)
	case on("fb.me"), on("m.me"), on("wa.me"), on("zalo.me"):
		return true
	case on("linktr.ee"):
		return !isOneOf(first, "s blog login register admin marketplace help")
	case on("github.com"):
		return host != "docs.github.com" && !isOneOf(first, "about apps blog collections customer-stories enterprise events explore features issues login "+
			"marketplace notifications pricing pulls readme search security settings signup site sponsors team topics trending")
	case on("messenger.com"):
		return first == "t"
	case on("whatsapp.com"):
		return first == "send"
	case on("t.me"), on("telegram.me"), on("telegram.dog"):
		return isTelegramProfile(first, rest)
	case on("x.com"), on("twitter.com"):
		return !isOneOf(first, "i home search hashtag intent share explore settings messages notifications login tos privacy compose about jobs")
	case on("instagram.com"):
		return !isOneOf(first, "p reel reels tv explore accounts about developer direct legal web api")
	case on("linkedin.com"):
		return isOneOf(first, "in pub profile posts")
	case on("youtube.com"):
		return isOneOf(first, "user c channel")
	case on("line.me"):
		return isOneOf(first, "ti r")
	case on("reddit.com"):
		return isOneOf(first, "user u")
	case on("bsky.app"), on("ok.ru"):
		return first == "profile"
	case on("snapchat.com"):
		return first == "add"
	case on("vk.com"):
		return strings.HasPrefix(first, "id")
	}
	return false
}

// isFacebookProfile tells profiles and pages, which are named at once, from the site's own
// paths.
func isFacebookProfile(first, path string) bool {
	switch first {
	case "story.php", "permalink.php", "photo.php", "photo":
		return strings.Contains(path, "?id=") || strings.Contains(path, "&id=")
	case "groups":
		return strings.Contains(path, "/user/")
	}
	return !isOneOf(first, "watch events sharer sharer.php share share.php hashtag reel reels marketplace gaming help policies privacy "+
		"legal login login.php dialog plugins tr business ads videos video.php media notes public search home.php l.php live")
}

// isTelegramProfile tells t.me/NAME, which may be a person, from the posts of public channels
// and from the site's own paths. "+" begins an invitation or a phone number.
func isTelegramProfile(first, rest string) bool {
	if isOneOf(first, "s c joinchat addstickers addemoji addlist share proxy socks iv setlanguage bg") {
		return false
	}
	post, _ := cutSegment(rest)
	return post == "" || strings.Trim(post, "0123456789") != ""
}

// cutSegment gives the first segment of a path and what comes after its slash.
func cutSegment(path string) (first, rest string) {
	end := strings.IndexAny(path, "/?#&")
	if end < 0 {
		return strings.TrimRight(path, ".!?:*_-~="), ""
	}
	if path[end] == '/' {
		rest = path[end+1:]
	}
	return path[:end], rest
}

// isOneOf reports whether word is in a list with spaces between.
func isOneOf(word, list string) bool {
	for w := range strings.SplitSeq(list, " ") {
		if w == word {
			return true
		}
	}
	return false
}
