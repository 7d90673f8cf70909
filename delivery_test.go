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
