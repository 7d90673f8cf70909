package classifiers_test

import (
	"testing"

	"samleng"
	"samleng/classifiers"
	"samleng/classifiers/khmer"
	"samleng/classifiers/language"
	"samleng/classifiers/sentiment"
	"samleng/classifiers/topic"
)

// Posts of about 300 characters.
const (
	khmerPost = "ប្រជាពលរដ្ឋនៅក្នុងភូមិត្អូញត្អែរថា ដាច់ភ្លើងញឹកញាប់ណាស់ក្នុងរដូវក្តៅនេះ ហើយទឹកស្អាតក៏ហូរខ្សោយ ធ្វើឱ្យអាជីវករលក់ដូរពិបាក ។ " +
		"ពួកគាត់សំណូមពរឱ្យអាជ្ញាធរជួយដោះស្រាយជាបន្ទាន់ ព្រោះតម្លៃទំនិញក៏ឡើងថ្លៃ និងកូនៗត្រូវរៀនក្រោមពន្លឺទៀន មិនអាចរង់ចាំយូរជាងនេះបានទេ ។ អរគុណ"
	englishPost = "People in the village complain that the power cuts come too often in this hot season and the tap water is weak as well, " +
		"which makes life hard for the market vendors. They ask the authorities to help soon, because prices are going up and the children " +
		"have to study by candle light. Thank you."
)

func BenchmarkClassifiers(b *testing.B) {
	seg := segmenter(b)
	byTopic, err := topic.New(topics(b), seg)
	if err != nil {
		b.Fatal(err)
	}
	bySentiment, err := sentiment.New(seg)
	if err != nil {
		b.Fatal(err)
	}
	chain, err := classifiers.New(classifiers.Options{Topics: topics(b), Language: language.DefaultConfig(), Segmenter: seg})
	if err != nil {
		b.Fatal(err)
	}
	for _, post := range []struct{ name, text string }{{"km", khmer.Normalise(khmerPost)}, {"en", englishPost}} {
		b.Run("topic/"+post.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				byTopic.Classify("", post.text)
			}
		})
		b.Run("sentiment/"+post.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bySentiment.Classify("", post.text, post.name)
			}
		})
		b.Run("chain/"+post.name, func(b *testing.B) {
			b.ReportAllocs()
			p := samleng.Post{Text: post.text}
			for b.Loop() {
				chain.Classify(&p)
			}
		})
	}
}
