package pipeline_test

import (
	stdjson "encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/pipeline"
)

// khmerPost is about 1 kB of text, the length of a short report.
func khmerPost() samleng.Post {
	seen := time.Date(2026, 3, 1, 8, 0, 0, 123e6, time.UTC)
	return samleng.Post{
		Schema: samleng.PostSchema, ID: samleng.NewPostID("test", "1"), Source: "test", Kind: samleng.KindNews,
		URL: "https://news.example/a?b=1&c=2", Title: "តម្លៃអង្ករ \"ឡើង\" <ថ្លៃ>",
		Text:      strings.Repeat("តម្លៃអង្ករឡើងថ្លៃនៅភ្នំពេញ និងខេត្តជិតខាង។\n", 9),
		Published: seen.Add(-time.Hour), SeenAt: seen, Language: samleng.Khmer,
		Flags: []samleng.Flag{samleng.FlagSummary}, Sample: true,
	}
}

func TestEncodeDecode(t *testing.T) {
	t.Parallel()
	want := khmerPost()
	b, err := pipeline.Encode(&want)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), `\u003c`) {
		t.Error("angle brackets are escaped, which makes HTML six times as long")
	}
	got, err := pipeline.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	var standard samleng.Post
	if err := stdjson.Unmarshal(b, &standard); err != nil || !reflect.DeepEqual(standard, want) {
		t.Errorf("encoding/json reads %+v (%v)", standard, err)
	}
}

func TestEncodeRefusesWhatKafkaWould(t *testing.T) {
	t.Parallel()
	p := khmerPost()
	p.Text = strings.Repeat("\x01", samleng.MaxText) // six bytes each as JSON
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	_, err := pipeline.Encode(&p)
	if samleng.ClassOf(err) != samleng.BadInput || !strings.Contains(err.Error(), p.ID.String()) {
		t.Errorf("error %v of class %s", err, samleng.ClassOf(err))
	}
	p.Text = strings.Repeat("ក", samleng.MaxText/3)
	if _, err := pipeline.Encode(&p); err != nil {
		t.Errorf("the longest text that is allowed: %v", err)
	}
}

func TestDecodeTimesAreUTC(t *testing.T) {
	t.Parallel()
	p, err := pipeline.Decode([]byte(`{"v":1,"published":"2026-03-01T15:00:00+07:00","seen_at":"2026-03-01T15:00:00+07:00"}`))
	if err != nil {
		t.Fatal(err)
	}
	if p.Published.Location() != time.UTC || p.Published.Hour() != 8 {
		t.Errorf("published %v", p.Published)
	}
}

// FuzzDecode holds the fast decoder against encoding/json: what Decode accepts, the
// standard library reads as the same post; what it refuses is bad input.
func FuzzDecode(f *testing.F) {
	p := khmerPost()
	b, err := pipeline.Encode(&p)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(b), "", "null", "{}", "[]", `""`, "1", `{"v":99}`, `{"v":1.5}`, `{"v":1e2}`, `{"v":null,"id":null}`,
		`{"id":"zz"}`, `{"id":"00112233445566778899aabbccddeeff"}`, `{"ID":"00112233445566778899AABBCCDDEEFF"}`,
		`{"title":"\ud83d\ude00"}`, `{"title":"\ud83d"}`, `{"title":"\ude00\ud83d"}`, `{"title":"a` + "\x00" + `b"}`,
		`{"flags":["a",null]}`, `{"flags":{}}`, `{"published":"2026-02-30T00:00:00Z"}`, `{"published":null}`,
		`{"v":1}x`, ` {"v":1} `, `{"v":1,"v":2}`, `{"sample":"true"}`, `{"x":{"y":[1,2,{"z":null}]}}`, `{"v":01}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := pipeline.Decode(b)
		if err != nil {
			if samleng.ClassOf(err) != samleng.BadInput {
				t.Fatalf("class %s: %v", samleng.ClassOf(err), err)
			}
			return
		}
		var want samleng.Post
		if err := stdjson.Unmarshal(b, &want); err != nil {
			t.Fatalf("Decode accepts %q, encoding/json says %v", b, err)
		}
		want.Published, want.SeenAt = want.Published.UTC(), want.SeenAt.UTC()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q\n got %+v\nwant %+v", b, got, want)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	p := khmerPost()
	for b.Loop() {
		if _, err := pipeline.Encode(&p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	p := khmerPost()
	encoded, err := pipeline.Encode(&p)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(encoded)))
	for b.Loop() {
		if _, err := pipeline.Decode(encoded); err != nil {
			b.Fatal(err)
		}
	}
}
