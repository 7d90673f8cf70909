package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/endpoint"
)

// Schema is the version of Body. A field that is added does not change it.
const Schema = 1

// The headers of a request.
const (
	HeaderTimestamp = "X-Samleng-Timestamp" // when it was signed, seconds since 1970
	HeaderSignature = "X-Samleng-Signature" // see Sign
	HeaderKey       = "Idempotency-Key"     // the same in every attempt to deliver one alert
)

var reserved = []string{HeaderTimestamp, HeaderSignature, HeaderKey, "Content-Type", "Content-Length", "Host"}

// Body is what is posted.
type Body struct {
	Schema  int    `json:"schema"`
	Key     string `json:"key"` // as in HeaderKey
	Channel string `json:"channel"`
	// Repeat says that the alert may have been posted before, under the same key.
	Repeat bool   `json:"repeat"`
	Title  string `json:"title"`
	Text   string `json:"text"` // plain, several lines
	// Alert is what the text was written from; null for what is not an alert, such as a digest.
	Alert *samleng.Alert `json:"alert"`
}

// channel is an address that is posted to.
type channel struct {
	address samleng.Secret
	secret  []byte
	header  http.Header
	deps    alerts.Deps
}

// Traits says what the channel takes.
func (c *channel) Traits() alerts.Traits {
	return alerts.Traits{Format: alerts.FormatPlain, Limits: []alerts.Limit{{Messages: 5, Period: time.Second}}}
}

// Send posts an alert. Whatever has a status of 2xx has taken it.
func (c *channel) Send(ctx context.Context, m alerts.Message) (alerts.Receipt, error) {
	const what = "post to the webhook"
	key := m.Key.String()
	body, err := json.Marshal(Body{Schema: Schema, Key: key, Channel: m.Key.Channel, Repeat: m.Repeat, Title: m.Title, Text: m.Text, Alert: m.Alert})
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	now := c.deps.Now()
	header := c.header.Clone()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set(HeaderKey, key)
	header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(HeaderSignature, Sign(c.secret, now, body))
	got, err := endpoint.Post(ctx, c.deps.HTTP, endpoint.Request{What: what, URL: c.address.Reveal(), Header: header, Body: body})
	if err != nil {
		return "", err
	}
	return "", got.Err(what, "", c.deps.Now()) // what it said may hold what it was sent
}
