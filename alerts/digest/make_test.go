package digest

import (
	"slices"
	"testing"

	"samleng"
)

func trend(topic string, now, before, negative, negativeBefore int) samleng.TopicTrend {
	return samleng.TopicTrend{
		Topic: topic, Now: samleng.Tally{Posts: now, Neutral: now - negative, Negative: negative},
		Before: samleng.Tally{Posts: before, Neutral: before - negativeBefore, Negative: negativeBefore},
	}
}

func TestWhatMoved(t *testing.T) {
	t.Parallel()
	topics := []samleng.TopicTrend{
		trend("steady", 1000, 980, 200, 190), trend("doubled", 200, 100, 40, 20), trend("fell", 8, 60, 1, 12), trend("angry", 300, 300, 150, 60),
		trend("by chance", 14, 8, 2, 1), trend("few", 4, 5, 0, 0), trend("many, a little", 100_000, 97_000, 0, 0),
		{Topic: "hidden", Hidden: true},
	}
	got := moved(topics)
	names := make([]string, 0, len(got))
	for i := range got {
		names = append(names, got[i].Topic)
	}
	if want := []string{"fell", "angry", "doubled"}; !slices.Equal(names, want) {
		t.Errorf("moved %v, want %v", names, want)
	}
	if got, want := sparse(topics, got, []string{"steady", "few", "fell", "hidden", "unheard of"}), []string{"few", "hidden", "unheard of"}; !slices.Equal(got, want) {
		t.Errorf("sparse %v, want %v", got, want)
	}
}

func TestQuietSources(t *testing.T) {
	t.Parallel()
	m := &Maker{Sources: []samleng.Source{
		{ID: "a", Name: "Spoke, speaks"}, {ID: "b", Name: "Spoke often"}, {ID: "c", Name: "Spoke rarely"}, {ID: "d", Name: "Not heard"}, {ID: "e", Name: "Not read", Disabled: true}, {ID: "f", Name: "New"},
	}}
	lives := []samleng.SourceLife{
		{ID: "a", Posts: 1, PostsBefore: 9, Heard: 9, HeardBefore: 9},
		{ID: "b", PostsBefore: 9, Heard: 9, HeardBefore: 9},
		{ID: "c", PostsBefore: 4, Heard: 9, HeardBefore: 9},
		{ID: "d", PostsBefore: 1, HeardBefore: 9},
		{ID: "e", PostsBefore: 9, HeardBefore: 9},
		{ID: "f", Heard: 9},
	}
	if got, want := m.quiet(lives), []string{"Not heard", "Spoke often"}; !slices.Equal(got, want) {
		t.Errorf("quiet are %v, want %v", got, want)
	}
	for i := range lives {
		lives[i].Heard = 0 // nothing was polled: the posts came another way
	}
	if got, want := m.quiet(lives), []string{"Spoke often"}; !slices.Equal(got, want) {
		t.Errorf("without polls, quiet are %v, want %v", got, want)
	}
}
