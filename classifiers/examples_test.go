package classifiers_test

import (
	"strings"

	"samleng/classifiers/khmer"
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

// examplePosts are posts in every language that is scored, normalised.
func examplePosts() []struct{ name, text string } {
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
