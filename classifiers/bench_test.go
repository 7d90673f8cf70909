//go:build unix

package classifiers_test

import (
	"os"
	"runtime"
	"strconv"
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
	for _, post := range examplePosts() {
		text := post.text
		found := byLanguage.Detect(text)
		read := reader.Read("", text)
		about := byTopic.ClassifyPost(read, found.Language)
		for _, part := range []struct {
			name string
			run  func()
		}{
			{"normalise", func() { _ = khmer.Normalise(text) }},
			{"language", func() { byLanguage.Detect(text) }},
			{"read", func() { reader.Read("", text).Release() }},
			{"topics", func() { byTopic.ClassifyPost(read, found.Language) }},
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

// BenchmarkStream times the way of different posts of nearly 300 characters, one after the other,
// which caches and branch predictor do not know by heart as they do the one post of BenchmarkPath.
func BenchmarkStream(b *testing.B) {
	c := chain(b)
	for _, language := range []string{samleng.Khmer, samleng.English} {
		texts := stream(b, language)
		b.Run(language, func(b *testing.B) {
			for _, text := range texts {
				way(c, "", text)
			}
			b.ReportAllocs()
			before, i := cpu(b), 0
			for b.Loop() {
				way(c, "", texts[i%len(texts)])
				i++
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/post")
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/post")
			b.ReportMetric(float64(len(texts)), "posts")
		})
	}
}

// stream cuts the written posts of one language into texts of 300 characters.
func stream(b *testing.B, language string) (texts []string) {
	b.Helper()
	const length = 300
	var text []rune
	for _, p := range readWrittenPosts(b, "dev.jsonl") {
		if p.Form != language {
			continue
		}
		text = append(text, []rune(p.Title+"\n"+p.Text+"\n")...)
		for len(text) > length {
			cut := length
			for cut > length/2 && text[cut] != ' ' && text[cut] != '\n' {
				cut--
			}
			texts = append(texts, khmer.Normalise(string(text[:cut])))
			text = text[cut:]
		}
	}
	if len(texts) == 0 {
		b.Fatal("no posts")
	}
	return texts
}

// BenchmarkHostile times a byte of the texts that nobody writes, at one length and at eight
// times that: the two figures are to be alike.
func BenchmarkHostile(b *testing.B) {
	c := chain(b)
	const short = 4_000
	once, eight := hostile(short), hostile(8*short)
	for name, text := range once {
		for _, text := range []struct{ name, text string }{{"once", text}, {"eight", eight[name]}} {
			b.Run(name+"/"+text.name, func(b *testing.B) {
				b.SetBytes(int64(len(text.text)))
				before := cpu(b)
				for b.Loop() {
					way(c, "", text.text)
				}
				b.ReportMetric(float64(cpu(b)-before)/float64(b.N)/float64(len(text.text)), "cpu-ns/byte")
			})
		}
	}
}

// BenchmarkResident reports the memory of a worker's classifiers with lingua loaded: the heap
// after a collection, and what the process holds. Run it alone.
func BenchmarkResident(b *testing.B) {
	c, err := classifiers.New(classifiers.Options{Topics: topics(b), Language: language.DefaultConfig(), Segmenter: segmenter(b)})
	if err != nil {
		b.Fatal(err)
	}
	const unknown = "Mae'r plant yn chwarae yn yr ardd heddiw ac mae'r tywydd yn braf iawn ar ôl y glaw neithiwr yn y pentref bach wrth y môr."
	own, err := language.New(language.DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	if !own.Detect(unknown).Asked {
		b.Fatal("lingua is not asked")
	}
	posts := examplePosts()
	for b.Loop() {
		way(c, "", unknown)
		for _, p := range posts {
			way(c, "", p.text)
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
				kB, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
				b.ReportMetric(kB/1e3, "resident-MB")
			}
		}
	}
	runtime.KeepAlive(c)
	runtime.KeepAlive(own)
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
