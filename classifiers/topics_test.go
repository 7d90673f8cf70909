package classifiers_test

import (
	"os"
	"path/filepath"
	"testing"

	"samleng/classifiers/topic"
	"samleng/internal/config"
)

// topics loads the topics that the program ships with.
func topics(t testing.TB) []topic.Definition {
	t.Helper()
	name := filepath.Join("..", "configs", "topics.yaml")
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var file topic.File
	if err := config.Decode(name, body, &file); err != nil {
		t.Fatal(err)
	}
	return file.Topics
}

func TestShippedTopics(t *testing.T) {
	t.Parallel()
	want := []string{
		"public-order", "land", "roads-traffic", "water-electricity", "prices-markets", "jobs-labour", "public-services",
		"health", "education", "social-protection", "economy-business", "agriculture", "environment", "disasters",
		"governance-corruption", "elections-parties", "border-diplomacy", "technology-digital", "culture-sport", "migration",
	}
	defs := topics(t)
	if len(defs) != len(want) {
		t.Fatalf("%d topics, want %d", len(defs), len(want))
	}
	for i, d := range defs {
		if d.ID != want[i] {
			t.Errorf("topic %d is %q, want %q", i, d.ID, want[i])
		}
		if d.About == "" {
			t.Errorf("%s: nothing says what belongs there", d.ID)
		}
		if km, en, latin := len(d.Terms.Khmer), len(d.Terms.English), len(d.Terms.Romanised); km < 40 || en < 40 || latin < 8 {
			t.Errorf("%s: %d Khmer, %d English and %d romanised terms, want 40, 40 and 8", d.ID, km, en, latin)
		}
	}
}
