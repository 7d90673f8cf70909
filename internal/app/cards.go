package app

import (
	"fmt"

	"samleng"
	"samleng/alerts/card"
	"samleng/alerts/link"
	"samleng/classifiers/khmer"
	"samleng/classifiers/place"
	"samleng/classifiers/topic"
)

// linkKey is the file of the data folder that holds the key of the links in alerts.
const linkKey = "links.key"

// newLinks makes the links of alerts for a page that readers reach by an address; an empty one
// gives none. The key is kept in the data folder.
func newLinks(f *folder, publicURL string) (*link.Maker, error) {
	key, err := link.Key(f.file(linkKey))
	if err != nil {
		return nil, err
	}
	return link.New(publicURL, key)
}

// newCards makes what writes cards. Links may be nil.
func newCards(topics []topic.Definition, links card.Links) (*card.Renderer, error) {
	names := cardNames{topics: make(map[string]topic.Name, len(topics)), places: map[string]samleng.Place{}}
	for i := range topics {
		names.topics[topics[i].ID] = topics[i].Name
	}
	for _, p := range place.Provinces() {
		names.places[p.Code] = p
	}
	r, err := card.New(card.Options{Names: names, Links: links, ClusterEnd: khmer.ClusterEnd})
	if err != nil {
		return nil, fmt.Errorf("make cards: %w", err)
	}
	return r, nil
}

// cardNames are the names of topics and provinces.
type cardNames struct {
	topics map[string]topic.Name
	places map[string]samleng.Place
}

// Topic implements card.Names.
func (n cardNames) Topic(id, language string) string {
	if language == samleng.Khmer {
		return n.topics[id].Khmer
	}
	return n.topics[id].English
}

// Place implements card.Names.
func (n cardNames) Place(code, language string) string {
	if language == samleng.Khmer {
		return n.places[code].Khmer
	}
	return n.places[code].English
}
