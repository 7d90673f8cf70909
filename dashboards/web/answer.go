package web

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"samleng"
)

// fault is what an answer with a status of 400 or more says.
type fault struct {
	Code      string `json:"code"`                // "bad-parameter", "store", "streams", or of a refusal
	Parameter string `json:"parameter,omitempty"` // the one at fault
	Message   string `json:"message"`             // a sentence for a person
}

// storeError marks an error of the store, so that it is told from everything else.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// refuse answers with what err says.
func (p *Page) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if bad, ok := errors.AsType[*paramError](err); ok {
		writeFault(w, http.StatusBadRequest, fault{Code: "bad-parameter", Parameter: bad.parameter, Message: bad.Error()})
		return
	}
	if no, ok := errors.AsType[*refusal](err); ok {
		if no.status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "60")
		}
		writeFault(w, no.status, fault{Code: no.code, Message: no.message})
		return
	}
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody is there to read it
	}
	w.Header().Set("Retry-After", "5")
	writeFault(w, http.StatusServiceUnavailable, fault{Code: "store", Message: "The database did not answer: " + err.Error()})
}

func writeFault(w http.ResponseWriter, status int, f fault) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The client may be gone; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(map[string]fault{"error": f})
}

func writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Encoding")
	if !acceptsGzip(r) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v) // the client may be gone
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // errors on an unknown level only
	_ = json.NewEncoder(z).Encode(v)
	_ = z.Close()
}

// acceptsGzip reads Accept-Encoding well enough: a refusal in the form "gzip;q=0" counts.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			return strings.ReplaceAll(weight, " ", "") != "q=0"
		}
	}
	return false
}

// topicsJSON is the answer of /api/v1/topics: what a person can choose from.
type topicsJSON struct {
	Topics    []TopicName    `json:"topics"`
	Kinds     []samleng.Kind `json:"kinds"`
	Languages []string       `json:"languages"`
	Periods   []string       `json:"periods"`
	Default   string         `json:"default_period"`
	Minimum   groupJSON      `json:"minimum"`
	TimeZone  string         `json:"time_zone"`
	SmallBase int            `json:"small_base"` // the fewest posts before that a percentage is told of
	// CorrectLanguages are the languages that a reader can say a post is in. Empty: no
	// corrections are taken.
	CorrectLanguages []string `json:"correct_languages"`
	Alerts           bool     `json:"alerts"` // there is a page of alerts
}

func (p *Page) topicList(w http.ResponseWriter, r *http.Request) {
	if _, err := p.parseSelection(r.URL.Query(), p.now()); err != nil {
		p.refuse(w, r, err)
		return
	}
	out := topicsJSON{
		Topics:    p.opts.Topics,
		Kinds:     samleng.Kinds(),
		Languages: []string{samleng.Khmer, samleng.RomanisedKhmer, samleng.English, samleng.Mixed, samleng.Other, samleng.NoLanguage},
		Default:   defaultPeriod,
		Minimum:   group(p.opts.Minimum),
		TimeZone:  phnomPenh.String(),
		SmallBase: smallBase,

		CorrectLanguages: []string{},
		Alerts:           p.opts.Alerting != nil,
	}
	if p.corrector != nil {
		out.CorrectLanguages = correctLanguages()
	}
	if out.Topics == nil {
		out.Topics = []TopicName{}
	}
	for _, c := range periods {
		out.Periods = append(out.Periods, c.name)
	}
	writeJSON(w, r, http.StatusOK, out)
}

func (p *Page) statusNow(w http.ResponseWriter, r *http.Request) {
	out := p.status()
	now := p.now().UTC()
	out.AsOf = &now
	writeJSON(w, r, http.StatusOK, out)
}
