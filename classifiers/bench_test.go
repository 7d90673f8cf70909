//go:build unix

package classifiers_test

import (
	"strings"
	"syscall"
	"testing"

	"samleng"
	"samleng/classifiers"
	"samleng/classifiers/duplicate"
	"samleng/classifiers/khmer"
	"samleng/classifiers/language"
	"samleng/classifiers/phrase"
	"samleng/classifiers/place"
	"samleng/classifiers/sentiment"
	"samleng/classifiers/topic"
)

// Posts of about 300 characters.
const (
	khmerPost = "ប្រជាពលរដ្ឋនៅក្នុងភូមិត្អូញត្អែរថា ដាច់ភ្លើងញឹកញាប់ណាស់ក្នុងរដូវក្តៅនេះ ហើយទឹកស្អាតក៏ហូរខ្សោយ ធ្វើឱ្យអាជីវករលក់ដូរពិបាក ។ " +
		"ពួកគាត់សំណូមពរឱ្យអាជ្ញាធរជួយដោះស្រាយជាបន្ទាន់ ព្រោះតម្លៃទំនិញក៏ឡើងថ្លៃ និងកូនៗត្រូវរៀនក្រោមពន្លឺទៀន មិនអាចរង់ចាំយូរជាងនេះបានទេ ។ អរគុណអាជ្ញាធរខេត្តកំពង់ចាមដែលជួយ"
	englishPost = "People in the village complain that the power cuts come too often in this hot season and the tap water is weak as well, " +
		"which makes life hard for the market vendors. They ask the authorities to help soon, because prices are going up and the children " +
		"have to study by candle light. Thank you, Siem Reap."
	mixedPost = "ថ្ងៃនេះ traffic jam ខ្លាំងណាស់ nobody can move នៅផ្លូវជាតិលេខ៥ ប្រជាពលរដ្ឋត្អូញត្អែរថា ដាច់ភ្លើងញឹកញាប់ណាស់ and the tap water is weak as well. " +
		"ពួកគាត់សំណូមពរឱ្យអាជ្ញាធរជួយដោះស្រាយ because prices are going up and the children have to study by candle light. Please help us soon, ព្រោះមិនអាចរង់ចាំយូរបានទេ"
	romanisedPost = "bong ery plov nov phum knhom khoch nas, ot mean nak na mok jouy te. tngai nih kok stes plov jeat lek 5 neak kroub knea khoeng nas, " +
		"plerng dach rohot tuk ot hor, tomlay tom ninh laeng tlai min mean luy ban te. som arch nhea tor jouy doh sray pong, orkun chraen bong. " +
		"kon knhom ot ban rean te pruos plerng dach"
)

// benchPosts are the posts that make bench times, normalised.
func benchPosts() []struct{ name, text string } {
	posts := []struct{ name, text string }{
		{"km", khmerPost},
		{"en", englishPost},
		{"mixed", mixedPost},
		{"km-Latn", romanisedPost},
		{"km-article", strings.Repeat(khmerPost+"\n", 12)},
	}
	for i := range posts {
		posts[i].text = khmer.Normalise(posts[i].text)
	}
	return posts
}

// BenchmarkPath times every part of the way of a post, then all of them together.
func BenchmarkPath(b *testing.B) {
	seg := segmenter(b)
	reader := phrase.Of(seg)
	byTopic, err := topic.NewIn(reader, topics(b))
	if err != nil {
		b.Fatal(err)
	}
	bySentiment, err := sentiment.NewIn(reader)
	if err != nil {
		b.Fatal(err)
	}
	byPlace, err := place.New(seg)
	if err != nil {
		b.Fatal(err)
	}
	byLanguage, err := language.New(language.DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	chain, err := classifiers.New(classifiers.Options{Topics: topics(b), Language: language.DefaultConfig(), Segmenter: seg})
	if err != nil {
		b.Fatal(err)
	}
	for _, post := range benchPosts() {
		text := post.text
		found := byLanguage.Detect(text)
		read := reader.Read("", text)
		about := byTopic.ClassifyPost(read)
		for _, part := range []struct {
			name string
			run  func()
		}{
			{"normalise", func() { _ = khmer.Normalise(text) }},
			{"language", func() { byLanguage.Detect(text) }},
			{"read", func() { reader.Read("", text).Release() }},
			{"topics", func() { byTopic.ClassifyPost(read) }},
			{"sentiment", func() { bySentiment.ClassifyPost(read, found.Language, about) }},
			{"places", func() { byPlace.Classify("", text) }},
			{"duplicates", func() { duplicate.Fingerprint("", text) }},
			{"chain", func() { way(chain, "", text) }},
		} {
			b.Run(part.name+"/"+post.name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				before := cpu(b)
				for b.Loop() {
					part.run()
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/post")
				b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/post")
			})
		}
		read.Release()
	}
}

// cpu is the time that all threads have computed, in nanoseconds: on a busy machine it says
// more than the time that passed.
func cpu(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// way is the whole way of a post: normalisation, all classifiers, and the fingerprint by which
// duplicates are found.
func way(c *classifiers.Chain, title, text string) (samleng.Analysis, duplicate.Print) {
	p := samleng.Post{Title: khmer.Normalise(title), Text: khmer.Normalise(text)}
	return c.Classify(&p), duplicate.Fingerprint(p.Title, p.Text)
}
