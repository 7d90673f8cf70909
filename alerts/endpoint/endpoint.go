// Package endpoint makes one HTTP request for a channel and says what came of it: the answer,
// a classed error, and whether the other side may have taken what it was sent.
//
// It owns what all channels over HTTP have in common: no redirects, no silent second attempt by
// the transport, bounded answers, Retry-After, and errors without addresses, because addresses
// hold tokens. It does not know what any answer means.
package endpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"samleng"
	"samleng/alerts"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 1 << 20

// Request is what is sent.
type Request struct {
	// What says in errors what was being done, such as "send to Telegram".
	What   string
	URL    string // never shown
	Header http.Header
	Body   []byte
}

// Answer is what the other side said.
type Answer struct {
	Status int
	Header http.Header
	// Body is at most 1 MiB of it.
	Body []byte
	// Cut says that the connection broke after the status and before the end of the body.
	Cut bool
}

// OK reports a status of 2xx.
func (a *Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Post sends a request by POST. An error says that there was no answer; it is RetryAfter, and
// alerts.Unsure where all of the request had been written. An answer of any status is no error:
// see Answer.Err.
func Post(ctx context.Context, client *http.Client, r Request) (*Answer, error) {
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				written.Store(true)
			}
		},
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, samleng.Errorf(samleng.Permanent, "%s: the address is not one", r.What)
	}
	// With GetBody the transport would send a request again by itself when a connection breaks,
	// those with an Idempotency-Key even after the other side has read it.
	request.GetBody = nil
	// A connection that was kept may have died unnoticed: all would be written, and no answer come.
	request.Close = true
	for key, values := range r.Header {
		request.Header[key] = values
	}
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := once.Do(request)
	if err != nil {
		err = samleng.WithClass(samleng.RetryAfter, fmt.Errorf("%s: %w", r.What, bare(err)))
		if written.Load() {
			err = alerts.Unsure(err)
		}
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	answer := &Answer{Status: response.StatusCode, Header: response.Header}
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	answer.Cut = err != nil
	return answer, nil
}

// bare takes the address out of an error of net/http.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// Err gives the error that a status other than 2xx stands for, with the time to wait that the
// answer names. The text is what the other side said, in few words.
func (a *Answer) Err(what, said string, now time.Time) error {
	if a.OK() {
		return nil
	}
	text := fmt.Sprintf("%s: %d %s", what, a.Status, http.StatusText(a.Status))
	if said = Short(said); said != "" {
		text += ": " + said
	}
	return samleng.WithWait(classOf(a.Status), Wait(a.Header.Get("Retry-After"), now), errors.New(text))
}

func classOf(status int) samleng.Class {
	switch {
	case status == http.StatusTooManyRequests:
		return samleng.RateLimited
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound || status == http.StatusGone:
		return samleng.Unauthorised
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusConflict || status >= 500:
		return samleng.RetryAfter
	}
	return samleng.Permanent
}

// longestWait bounds what a Retry-After can ask for.
const longestWait = time.Hour

// Wait reads a Retry-After header, which holds seconds or a date; 0 for one that holds neither.
func Wait(value string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
		wait = time.Duration(min(seconds, longestWait.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestWait)
}

// maxSaid is how much of what the other side said is shown, in bytes.
const maxSaid = 200

// Short is the start of a text from outside, on one line and as valid UTF-8.
func Short(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) <= maxSaid {
		return text
	}
	return strings.ToValidUTF8(text[:maxSaid], "") + "..."
}
