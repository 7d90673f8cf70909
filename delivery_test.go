package samleng_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"samleng"
)

func TestDeliveryWithout(t *testing.T) {
	t.Parallel()
	one, two, other := samleng.NewPostID("p", "1"), samleng.NewPostID("p", "2"), samleng.NewPostID("p", "3")
	alertOf := func(examples ...samleng.Example) []byte {
		content, err := json.Marshal(&samleng.Alert{Episode: "e", Number: 1, Examples: examples})
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	digestOf := func(stories ...samleng.EmergingStory) []byte {
		content, err := json.Marshal(&samleng.Digest{Alerts: 3, Emerging: stories})
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	card := []byte(`{"title":"The day","posts":["` + one.String() + `"]}`)
	for name, c := range map[string]struct {
		form          samleng.DeliveryForm
		content, want []byte
		shows         []samleng.PostID
		gone          []samleng.PostID
	}{
		"one of two":         {samleng.DeliverAlert, alertOf(samleng.Example{ID: one, Text: "1"}, samleng.Example{ID: two, Text: "2"}), alertOf(samleng.Example{ID: two, Text: "2"}), []samleng.PostID{one, two}, []samleng.PostID{one}},
		"none of them":       {samleng.DeliverAlert, alertOf(samleng.Example{ID: one}), alertOf(samleng.Example{ID: one}), []samleng.PostID{one}, []samleng.PostID{other}},
		"a card that shows":  {samleng.DeliverCard, card, nil, []samleng.PostID{one}, []samleng.PostID{one}},
		"a card that counts": {samleng.DeliverCard, card, card, []samleng.PostID{one}, []samleng.PostID{two}},
		"a digest": {
			samleng.DeliverDigest, digestOf(samleng.EmergingStory{Story: one, Post: one, Title: "1"}, samleng.EmergingStory{Story: two, Post: two, Title: "2"}),
			digestOf(samleng.EmergingStory{Story: two, Post: two, Title: "2"}),
			[]samleng.PostID{one, two},
			[]samleng.PostID{one},
		},
		"a story of which another tells": {
			samleng.DeliverDigest, digestOf(samleng.EmergingStory{Story: one, Post: two, Title: "2"}),
			digestOf(samleng.EmergingStory{Post: two, Title: "2"}),
			[]samleng.PostID{two},
			[]samleng.PostID{one},
		},
		"a digest of others": {samleng.DeliverDigest, digestOf(samleng.EmergingStory{Story: one, Post: one}), digestOf(samleng.EmergingStory{Story: one, Post: one}), []samleng.PostID{one}, []samleng.PostID{other}},
		"nothing":            {samleng.DeliverAlert, nil, nil, nil, []samleng.PostID{one}},
	} {
		d := samleng.Delivery{Form: c.form, Content: c.content}
		if shows, err := d.Shows(); err != nil || !reflect.DeepEqual(shows, c.shows) {
			t.Errorf("%s: shows %v, %v", name, shows, err)
		}
		if got, err := d.Without(c.gone); err != nil || string(got) != string(c.want) {
			t.Errorf("%s: without %q, %v, want %q", name, got, err, c.want)
		}
	}
	broken := samleng.Delivery{Form: samleng.DeliverAlert, Content: []byte("{")}
	if _, err := broken.Without([]samleng.PostID{one}); err == nil {
		t.Error("half an object is read")
	}
}
