package mask_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"samleng/collectors/mask"
)

// Every number, address and handle here is made up.
func TestText(t *testing.T) {
	t.Parallel()
	const same = "" // the text is kept as it is
	cases := []struct{ name, in, want string }{
		// Cambodian phone numbers.
		{"mobile with spaces", "Call 012 345 678 now", "Call [phone] now"},
		{"mobile of ten digits", "097 123 4567", "[phone]"},
		{"mobile unbroken", "My number 0121234567.", "My number [phone]."},
		{"mobile with hyphens", "012-345-678", "[phone]"},
		{"mobile with dots", "012.345.678", "[phone]"},
		{"mobile in pairs", "012 34 56 78", "[phone]"},
		{"mobile with bracket", "(012) 345 678", "[phone]"},
		{"landline", "023 123 456", "[phone]"},
		{"two, with a slash", "012 345 678 / 098 765 432", "[phone] / [phone]"},
		{"two, with a space", "012 345 678 098 765 432", "[phone] [phone]"},
		{"in brackets", "Sok (012345678)", "Sok ([phone])"},
		{"followed by a year", "012 345 678 2024", "[phone] 2024"},
		{"Khmer digits", "ទូរស័ព្ទ ០១២ ៣៤៥ ៦៧៨", "ទូរស័ព្ទ [phone]"},
		{"Khmer digits unbroken, no space before", "លេខ០៩៧១២៣៤៥៦៧", "លេខ[phone]"},
		{"Khmer text around", "សូមទាក់ទង៖០១២៣៤៥៦៧៨ឬ០៩៨៧៦៥៤៣២។", "សូមទាក់ទង៖[phone]ឬ[phone]។"},
		{"zero width spaces", "012\u200b345\u200b678", "[phone]"},
		{"no-break spaces", "012\u00a0345\u00a0678", "[phone]"},
		{"mixed digits", "0១២ 345 ៦៧៨", "[phone]"},
		{"labelled, without the zero", "Tel: 12 345 678", "Tel: [phone]"},
		{"labelled second one", "Tel: 12 345 678 / 98 765 432", "Tel: [phone] / [phone]"},
		{"labelled in Khmer", "លេខទូរស័ព្ទ៖ ១២ ៣៤៥ ៦៧៨", "លេខទូរស័ព្ទ៖ [phone]"},
		{"label of messenger", "WhatsApp 85512345678", "WhatsApp [phone]"},
		// International phone numbers.
		{"country code", "+855 12 345 678", "[phone]"},
		{"country code unbroken", "+85512345678", "[phone]"},
		{"country code, bracketed zero", "+855 (0)12 345 678", "[phone]"},
		{"country code in brackets", "(+855) 12 345 678", "[phone]"},
		{"country code without plus", "855 12 345 678", "[phone]"},
		{"country code after 00", "00855 12 345 678", "[phone]"},
		{"country code in Khmer digits", "+៨៥៥ ១២ ៣៤៥ ៦៧៨", "[phone]"},
		{"Thailand", "+66 81 234 5678", "[phone]"},
		{"Viet Nam unbroken", "+84912345678", "[phone]"},
		{"North America", "555-123-4567 or (555) 123-4567", "[phone] or [phone]"},
		{"North America with code", "+1 (555) 123-4567", "[phone]"},
		// E-mail.
		{"e-mail", "write to first.last+x@mail.example.org.", "write to [email]."},
		{"e-mail after Khmer", "អ៊ីមែលsok@example.comសូម", "អ៊ីមែល[email]សូម"},
		{"e-mail in angle brackets", "<a_b@example.co.uk>", "<[email]>"},
		{"mailto", "mailto:me@example.org", "mailto:[email]"},
		{"two e-mails", "a@b.com,c@d.org", "[email],[email]"},
		{"e-mail with number", "012345678@example.com", "[email]"},
		// Cards and passports.
		{"card", "ID card 010123456", "ID card [id]"},
		{"card alone", "The number 110123456 was found", "The number [id] was found"},
		{"card with check digits", "110123456(01)", "[id]"},
		{"card in Khmer", "អត្តសញ្ញាណប័ណ្ណលេខ ១១០១២៣៤៥៦", "អត្តសញ្ញាណប័ណ្ណលេខ [id]"},
		{"card, long name", "កាន់អត្តសញ្ញាណប័ណ្ណសញ្ជាតិខ្មែរលេខ៖ ០១០១២៣៤៥៦(០១)", "កាន់អត្តសញ្ញាណប័ណ្ណសញ្ជាតិខ្មែរលេខ៖ [id]"},
		{"card, number with spaces", "National ID No. 1234 5678", "National ID No. [id]"},
		{"passport", "passport N01234567", "passport [id]"},
		{"passport after its number", "Passport No: N 1234567", "Passport No: N [id]"},
		{"passport alone", "(N1234567)", "([id])"},
		{"passport in Khmer", "លិខិតឆ្លងដែនលេខ N01234567", "លិខិតឆ្លងដែនលេខ [id]"},
		{"passport of digits", "passport number 123456789", "passport number [id]"},
		// Links to profiles.
		{"Facebook", "see https://www.facebook.com/some.body for", "see [profile] for"},
		{"Facebook by number", "https://m.facebook.com/profile.php?id=100012345678901&ref=x", "[profile]"},
		{"Facebook bare", "facebook.com/somebody, thanks", "[profile], thanks"},
		{"Facebook post of somebody", "https://facebook.com/some.body/posts/123", "[profile]"},
		{"Facebook story", "https://facebook.com/story.php?story_fbid=1&id=2", "[profile]"},
		{"Facebook before Khmer", "https://fb.com/somebodyសូមចុច", "[profile]សូមចុច"},
		{"Telegram", "t.me/somebody.", "[profile]."},
		{"Telegram number", "https://t.me/+85512345678", "[profile]"},
		{"WhatsApp", "https://wa.me/85512345678", "[profile]"},
		{"X", "https://x.com/somebody/status/123?s=20", "[profile]"},
		{"Twitter in capitals", "HTTPS://Twitter.com/Somebody", "[profile]"},
		{"TikTok", "https://www.tiktok.com/@some.body/video/123", "[profile]"},
		{"Instagram", "instagram.com/somebody/", "[profile]/"},
		{"LinkedIn", "https://kh.linkedin.com/in/somebody-123", "[profile]"},
		{"YouTube", "https://youtube.com/@somebody", "[profile]"},
		{"fediverse", "https://social.example/@somebody/1", "[profile]"},
		{"in brackets", "(https://t.me/somebody)", "([profile])"},
		{"in a sharer's link", "https://facebook.com/sharer.php?u=https://t.me/somebody", "https://facebook.com/sharer.php?u=[profile]"},
		{"fediverse by user", "see https://mastodon.social/users/x now", "see [profile] now"},
		{"Zalo", "zalo.me/84912345678", "[profile]"},
		{"Linktree and GitHub", "linktr.ee/x github.com/x", "[profile] [profile]"},
		{"post on LinkedIn", "https://www.linkedin.com/posts/some-body_activity-1", "[profile]"},
		{"phone in a query", "https://example.org/?tel=012345678.", "https://example.org/?tel=[phone]."},
		{"person in a query", "https://example.org/?a=1&author=sok-dara&b=2", "https://example.org/?a=1&author=[handle]&b=2"},
		{"number in a query", "https://example.org/?id=012345678&mobile=1&v=2", same},
		{"user pages of a site", "https://example.org/users/login https://github.com/features", same},
		// Slashes.
		{"slashes", "Call 012/345/678 now", "Call [phone] now"},
		{"slash after the code", "012/345678", "[phone]"},
		{"slashes, Khmer digits", "០១២/៣៤៥/៦៧៨", "[phone]"},
		{"slashes, country code", "+855/12/345/678", "[phone]"},
		{"dates and fractions with slashes", "01/02/2026, 2026/02/01, 1/2, 012/345, 22/7 and 24/12/25", same},
		{"number of a document", "No. 012/2024/15, NS/RKM/012/345/678", same},
		// Handles.
		{"wide at sign", "thanks ＠sokdara, sok＠example.org", "thanks [handle], [email]"},
		{"wide at sign of a price", "3 ＠ $5", same},
		{"handle", "thanks @some_body!", "thanks [handle]!"},
		{"handle after Khmer", "អរគុណ@somebody", "អរគុណ[handle]"},
		{"handle in Khmer", "អរគុណ @សុខា ណាស់", "អរគុណ [handle] ណាស់"},
		{"handle of the fediverse", "@some.body@social.example said", "[handle] said"},
		{"handle with digits first", "@99bottles", "[handle]"},
		// What must stay.
		{"empty", "", same},
		{"plain", "Rain is expected in Phnom Penh.", same},
		{"plain Khmer", "ភ្លៀងធ្លាក់នៅភ្នំពេញ", same},
		{"price with commas", "៛ 12,000,000 riel; 4,000,000", same},
		{"price in Khmer", "តម្លៃ ១២,០០០,០០០ រៀល", same},
		{"price with dots", "4.000.000 រៀល", same},
		{"price with spaces", "12 000 000 រៀល", same},
		{"price of ten digits with spaces", "1 012 345 678 riel", same},
		{"price unbroken", "120500500 riel and $123456789", same},
		{"price unbroken in Khmer", "១២០៥០០៥០០រៀល ឬ ៛១២៣៤៥៦៧៨៩", same},
		{"round number", "120000000", same},
		{"dates", "05/12/2023, 05-12-2023, 2024-05-12 and 12.05.2024", same},
		{"date and time", "01-02-2024 10:30, 09.05.2024 08.30", same},
		{"date in Khmer", "ថ្ងៃទី០៩ ខែ០៥ ឆ្នាំ២០២៤ ម៉ោង ០៧:៣០", same},
		{"years", "2017 2018 2019 2020, 1979-1993", same},
		{"votes", "6,398,311 votes, 123456789 votes", same},
		{"votes in Khmer", "៦,៣៩៨,៣១១ សន្លឹក", same},
		{"percentage", "98.55% and 0.123456789", same},
		{"time", "07:30-09:45", same},
		{"score", "3-2, 21-19 21-17", same},
		{"hotlines", "call 117, 118 or 1288", same},
		{"article number in an address", "https://www.khmertimeskh.com/501234567/title/ and khmertimeskh.com/501234567/", same},
		{"code with letters", "MH370, COVID-19, B52, F-16", same},
		{"book number", "ISBN 978-3-16-148410-0", same},
		{"decimal coordinates", "11.5563738, 104.9282099", same},
		{"at a price", "3 @ $5, 10@2000, @7pm", same},
		{"public channel's post", "https://t.me/channel_name/123", same},
		{"public paths", "https://facebook.com/watch/?v=123 https://facebook.com/events/55 https://x.com/search?q=a https://x.com/hashtag/a", same},
		{"other sites", "https://fedex.com/someone https://example.org/a/b and/or 5km/h", same},
		{"posts without names", "https://instagram.com/p/abc/ https://youtube.com/watch?v=abc https://youtu.be/abc", same},
		{"the sites themselves", "facebook.com/ t.me https://x.com/", same},
		{"marks", "[phone] [email] [id] [profile] [handle]", same},
		{"long number", "123456789012345678901234567890", same},
		{"table of years and amounts", "2019 150 2020 200 2021 350", same},
		{"word that ends like a label", "hotel 1234567", same},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := c.want
			if want == same {
				want = c.in
			}
			got := mask.Text(c.in)
			if got != want {
				t.Errorf("Text(%q)\n got %q\nwant %q", c.in, got, want)
			}
			if again := mask.Text(got); again != got {
				t.Errorf("a second time it becomes %q", again)
			}
		})
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, personal := range []string{
		"https://www.facebook.com/sok.dara.99/posts/123", "https://m.facebook.com/story.php?story_fbid=1&id=2", "https://fb.com/sokdara",
		"https://mastodon.social/@sokdara/111", "https://mastodon.social/users/sokdara/statuses/1", "https://mastodon.social/web/@sokdara/1",
		"https://x.com/sokdara/status/1?email=sok@dara.com", "https://twitter.com/sokdara/status/3", "https://X.com:443/sokdara/status/3", "https://x.com//sokdara",
		"https://news.example.org/author/sok-dara/post?phone=012345678", "https://www.instagram.com/sokdara/p/1", "https://www.tiktok.com/@sokdara/video/1",
		"https://www.tiktok.com/%40sokdara/video/1", "https://www.tiktok.com/%2540sokdara/video/1", "https://www.linkedin.com/in/sok-dara", "https://threads.net/@sokdara/post/1",
		"https://t.me/sokdara", "https://youtube.com/@sokdara/videos", "https://example.org/?q=sok%40dara.com", "https://example.org/sok@dara.com",
		"https://example.org/?tel=012345678", "https://example.org/?x=012%20345%20678", "https://example.org/?x=%2B85512345678", "https://example.org/?author=sok-dara",
		"https://example.org/?u=https%3A%2F%2Ft.me%2Fsokdara", "https://sok:pw@example.org/", "https://example.org/a/+85512345678", "https://x.com/intent/user?screen_name=sokdara",
		"https://www.tiktok.com/＠sokdara", "https://%zz/",
	} {
		if got := mask.Address(personal); got != "" {
			t.Errorf("%s is published", personal)
		}
	}
	for _, public := range []string{
		"", "https://news.example.org/2026/11/22/012345678.html", "https://news.example.org/article/501234567", "https://news.example.org/?id=501234567",
		"https://news.example.org/?p=012345678", "https://news.example.org/a?mobile=1&page=2", "https://news.example.org/%E1%9E%80%E1%9E%98/1?utm=a%20b",
		"https://www.youtube.com/watch?v=abc", "https://t.me/channel_name/123", "https://www.facebook.com/watch/?v=123", "https://www.reddit.com/r/cambodia/comments/1/x/",
		"https://news.example.org/author/1-a.html", "https://x.com/hashtag/rain", "https://news.example.org/012/345/678", "https://news.example.org/a+b",
		"https://news.example.org/100%25-sure",
	} {
		if got := mask.Address(public); got != public {
			t.Errorf("%s becomes %q", public, got)
		}
	}
}

func TestByline(t *testing.T) {
	t.Parallel()
	const body = "Rain fell.\nMore is expected."
	const khmerBody = "ភ្លៀងធ្លាក់។\nដោយសារភ្លៀង ផ្លូវលិច។"
	cases := []struct{ name, in, want string }{
		{"first line", "By Firstname Lastname\n\n" + body, body},
		{"last line", body + "\n\nReporting by Firstname Lastname", body},
		{"two names", "By Firstname Lastname and Other Name\n" + body, body},
		{"capitals", "BY FIRSTNAME LASTNAME\n" + body, body},
		{"with an office", "By Firstname Lastname, Staff Reporter | Phnom Penh\n" + body, body},
		{"written by", "Written by: Firstname Lastname\n" + body, body},
		{"writer and photographer", "By Firstname Lastname\nPhoto by Other Name\n" + body, body},
		{"Khmer, article", "អត្ថបទ៖ សុខ តារា\n" + khmerBody, khmerBody},
		{"Khmer, by", "ដោយ៖ សុខ តារា\n" + khmerBody, khmerBody},
		{"Khmer, by, no colon", "ដោយ សុខ តារា\n" + khmerBody, khmerBody},
		{"Khmer, written by", khmerBody + "\nសរសេរដោយ សុខ តារា", khmerBody},
		{"Khmer, edited by, in brackets", khmerBody + "\n (កែសម្រួលដោយ ៖ តារា)", khmerBody},
		{"Khmer, after an agency", khmerBody + "\n AFPដោយ ៖ តារា", khmerBody},
		{"Khmer, on the last line", "ភ្លៀងធ្លាក់ ៕ ដោយ ៖ សុខ តារា", "ភ្លៀងធ្លាក់ ៕"},
		{"Khmer, end of text kept", "ភ្លៀងធ្លាក់ ៕", "ភ្លៀងធ្លាក់ ៕"},
		{"Khmer, because, with end of text", "ដោយសារភ្លៀង ផ្លូវលិច៕", "ដោយសារភ្លៀង ផ្លូវលិច៕"},
		{"sentence that begins with by", "By Monday the water will be lower, officials said\n" + body, "By Monday the water will be lower, officials said\n" + body},
		{"sentence in Khmer", khmerBody, khmerBody},
		{"because", "ដោយសារភ្លៀងធ្លាក់ខ្លាំង\n" + khmerBody, "ដោយសារភ្លៀងធ្លាក់ខ្លាំង\n" + khmerBody},
		{"in the middle it stays", body + "\nBy Firstname Lastname\n" + body, body + "\nBy Firstname Lastname\n" + body},
		{"none", body, body},
		{"nothing else", "By Firstname Lastname", ""},
		{"empty", "", ""},
		{"bystander", "Bystanders Gather\n" + body, "Bystanders Gather\n" + body},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := mask.Byline(c.in); got != c.want {
				t.Errorf("Byline(%q)\n got %q\nwant %q", c.in, got, c.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{
		"Call 012 345 678 / +855 12 345 678, a@b.com@c.org @x@y.zz t.me/abc", "អត្តសញ្ញាណប័ណ្ណលេខ ១១០១២៣៤៥៦(០១)", "1 012 345 678 riel 123456789-012345678",
		"012345678@y", "https://x.com/a/@b?c=facebook.com/d", "N1234567 (N01234567) passport", "Tel: 12 345 678 or 98 765 432", "\xe1\x9f0\xe1\x9f\xa0",
		"www.a@b.cd/@x 00855 12345678", "@@@a@b.cc", "+855 (0)12 345 678)", "＠sok 012/345/678/012/345/678 a?tel=012345678&user=b@c", "&user=a;tel=0123456?",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := mask.Text(s)
		if utf8.ValidString(s) && !utf8.ValidString(once) {
			t.Fatalf("%q became invalid UTF-8 %q", s, once)
		}
		if twice := mask.Text(once); twice != once {
			t.Fatalf("%q\nbecame %q\nand then %q", s, once, twice)
		}
		if b := mask.Byline(s); utf8.ValidString(s) && !utf8.ValidString(b) || len(b) > len(s) {
			t.Fatalf("the byline of %q: %q", s, b)
		}
	})
}

// Inputs that would keep a quadratic masker busy beyond the time limit of the tests.
func TestTextIsLinear(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{
		"a@", "a/", "1", "1 ", "012 345 678 ", "a.b@", "/@a", "+1-", "(0)", "០", "http://", "A1", "012345678 or ", "passport ", "012/", "?tel=", "?a", "＠a", "&user=b",
	} {
		if got := mask.Text(strings.Repeat(piece, 300_000/len(piece))); !utf8.ValidString(got) {
			t.Errorf("%q repeated became invalid UTF-8", piece)
		}
	}
}

func BenchmarkText(b *testing.B) {
	text := strings.Repeat("ភ្លៀងធ្លាក់ខ្លាំងនៅរាជធានីភ្នំពេញ ថ្ងៃទី០៩ ខែ០៥ ឆ្នាំ២០២៤ តម្លៃ ១២,០០០,០០០ រៀល។ Tel: 012 345 678. ", 40)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		mask.Text(text)
	}
}
