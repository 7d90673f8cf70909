package place_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"samleng/classifiers/khmer"
	"samleng/classifiers/place"
)

// benchmarked are texts of about 300 characters: with places, and without any.
var benchmarked = []struct{ name, text string }{
	{"khmer-places", "ប្រជាពលរដ្ឋនៅក្រុងបាត់ដំបង ស្រុកសង្កែ និងស្រុកបាណន់ មិនមានភ្លើងប្រើពេញមួយយប់។ អាជីវករលក់ត្រីត្រូវបោះចោលទំនិញដែលខូច ចំណែកមន្ទីរពេទ្យឯកជនមួយបានផ្លាស់ទីអ្នកជំងឺ ព្រោះម៉ាស៊ីនភ្លើងខូច។ ក្រុមបច្ចេកទេសកំពុងជួសជុលឧបករណ៍ ហើយសង្ឃឹមថាភ្លើងនឹងមកវិញនៅព្រឹកស្អែក។ ពួកគេស្នើឱ្យបងប្អូនអត់ធ្មត់បន្តិច។"},
	{"khmer-none", "ព្រឹកនេះមេឃស្រឡះល្អ ខ្ញុំដើរទៅទិញកាហ្វេនៅមុខផ្ទះ ហើយអង្គុយអានសៀវភៅបន្តិច។ ក្មេងៗរត់លេងពាសពេញផ្លូវ សំឡេងសើចលឺដល់ក្នុងផ្ទះ។ ម្តាយខ្ញុំស្លសម្លម្ជូរត្រី ក្លិនក្រអូបឈ្ងុយឆ្ងាញ់ ធ្វើឱ្យឃ្លានបាយភ្លាមៗ។ យប់នេះយើងទាំងអស់គ្នានឹងមើលបាល់ទាត់ជាមួយគ្នា ហើយញ៉ាំពោតដុត សប្បាយរីករាយណាស់ មិនចង់ឱ្យចប់ទេ។"},
	{"english-places", "Large parts of Battambang town, Sangkae and Banan districts were without electricity overnight. Fishmongers threw away spoiled stock by the basket, while a private clinic moved patients because its generator failed. Engineers hope to bring the power back in Phnom Penh and Takeo by Monday morning."},
	{"english-none", "Mum's fish soup on a rainy evening, that's the post. The children ran in and out of the house, the dog slept under the table, and nobody looked at a phone for two whole hours. Tomorrow the exams start again, so wish us luck, we will need all of it and some good strong coffee with ice."},
}

func BenchmarkClassify(b *testing.B) {
	c := newClassifier(b)
	for _, s := range benchmarked {
		text := khmer.Normalise(s.text)
		b.Run(s.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportMetric(float64(utf8.RuneCountInString(text)), "chars")
			b.ReportAllocs()
			for b.Loop() {
				c.Classify("", text)
			}
		})
	}
}

// BenchmarkAdversarial shows the time for 1 MB of text made to be slow.
func BenchmarkAdversarial(b *testing.B) {
	c := newClassifier(b)
	for _, unit := range []string{"k", "ក", "្ក", "kampong ", "ពួក", "ទួលគោក", "នៅឫស្សីកែវ", "kampong.kampong@"} {
		text := strings.Repeat(unit, 1<<20/len(unit))
		b.Run(unit, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				c.Classify("", text)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := place.New(nil); err != nil {
			b.Fatal(err)
		}
	}
}
