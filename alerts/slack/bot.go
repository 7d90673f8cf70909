package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/endpoint"
)

// bot writes into a channel through the Web API.
type bot struct {
	api     string // ends with a slash
	token   samleng.Secret
	channel string
	deps    alerts.Deps
}

// receipt is what a message is known by: Slack's channel and time stamp.
type receipt struct {
	Channel string `json:"channel"`
	Time    string `json:"ts"`
}

// Traits says what the channel takes: a message a second, by the limits of chat.postMessage.
func (b *bot) Traits() alerts.Traits {
	return alerts.Traits{Format: alerts.FormatSlack, Limits: perSecond(), Peer: "slack " + b.channel}
}

func perSecond() []alerts.Limit { return []alerts.Limit{{Messages: 1, Period: time.Second}} }

// Send posts a message, in the thread of the episode where there is one. The chart follows in
// the message's thread and is not tried again when it fails.
func (b *bot) Send(ctx context.Context, m alerts.Message) (alerts.Receipt, error) {
	fields := map[string]any{"channel": b.channel, "text": m.Markup, "mrkdwn": true, "unfurl_links": false, "unfurl_media": false}
	var first receipt
	if json.Unmarshal([]byte(m.First), &first) == nil && first.Time != "" {
		fields["thread_ts"] = first.Time
	}
	body, err := b.call(ctx, "chat.postMessage", fields)
	if err != nil {
		return "", err
	}
	var written receipt
	if json.Unmarshal(body, &written) != nil || written.Time == "" {
		return "", nil //nolint:nilerr // taken, but it cannot be changed
	}
	r, err := json.Marshal(written)
	if err != nil {
		return "", nil //nolint:nilerr // taken all the same
	}
	if len(m.Image) > 0 {
		if err := b.upload(ctx, m, written); err != nil {
			b.deps.Logger.Warn("the chart of an alert was not sent", slog.String("channel", m.Key.Channel), slog.String("error", err.Error()))
		}
	}
	return alerts.Receipt(r), nil
}

// Edit changes the text of a message. Its chart stays as it was.
func (b *bot) Edit(ctx context.Context, first alerts.Receipt, m alerts.Message) error {
	var r receipt
	if err := json.Unmarshal([]byte(first), &r); err != nil || r.Time == "" {
		return samleng.Errorf(samleng.Permanent, "change a message of Slack: %q is no receipt of one", first)
	}
	_, err := b.call(ctx, "chat.update", map[string]any{"channel": r.Channel, "ts": r.Time, "text": m.Markup})
	return err
}

// upload puts the chart into the thread of a message, in the three steps that Slack asks for.
func (b *bot) upload(ctx context.Context, m alerts.Message, to receipt) error {
	form := url.Values{"filename": {"chart.png"}, "length": {strconv.Itoa(len(m.Image))}, "alt_txt": {m.Alt}}
	body, err := b.post(ctx, "files.getUploadURLExternal", "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return err
	}
	var place struct {
		URL  string `json:"upload_url"`
		File string `json:"file_id"`
	}
	if err := json.Unmarshal(body, &place); err != nil || place.URL == "" {
		return samleng.Errorf(samleng.Permanent, "upload a chart to Slack: the answer names no place for it")
	}
	const what = "upload a chart to Slack"
	answer, err := endpoint.Post(ctx, b.deps.HTTP, endpoint.Request{
		What: what, URL: place.URL, Header: http.Header{"Content-Type": {"application/octet-stream"}}, Body: m.Image,
	})
	if err != nil {
		return err
	}
	if err := answer.Err(what, "", b.deps.Now()); err != nil {
		return err
	}
	_, err = b.call(ctx, "files.completeUploadExternal", map[string]any{
		"files": []map[string]string{{"id": place.File, "title": m.Title}}, "channel_id": to.Channel, "thread_ts": to.Time,
	})
	return err
}

// call makes one call with JSON fields and gives the answer's body.
func (b *bot) call(ctx context.Context, method string, fields map[string]any) ([]byte, error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("call %s of Slack: %w", method, err)
	}
	return b.post(ctx, method, "application/json; charset=utf-8", body)
}

func (b *bot) post(ctx context.Context, method, kind string, body []byte) ([]byte, error) {
	what := "call " + method + " of Slack"
	got, err := endpoint.Post(ctx, b.deps.HTTP, endpoint.Request{
		What: what, URL: b.api + method, Body: body,
		Header: http.Header{"Content-Type": {kind}, "Authorization": {"Bearer " + b.token.Reveal()}},
	})
	if err != nil {
		return nil, err
	}
	var a struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	parsed := json.Unmarshal(got.Body, &a) == nil
	if err := got.Err(what, a.Error, b.deps.Now()); err != nil {
		return nil, err
	}
	if !parsed || a.OK {
		return got.Body, nil
	}
	wait := endpoint.Wait(got.Header.Get("Retry-After"), b.deps.Now())
	return nil, samleng.WithWait(classOf(a.Error), wait, fmt.Errorf("%s: %s", what, endpoint.Short(a.Error)))
}

// classOf gives the class of an error that Slack names with status 200.
func classOf(name string) samleng.Class {
	switch {
	case name == "ratelimited" || name == "rate_limited" || name == "message_limit_exceeded":
		return samleng.RateLimited
	case slices.Contains([]string{"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "accesslimited"}, name):
		return samleng.RetryAfter
	case slices.Contains([]string{
		"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "no_permission", "org_login_required",
		"ekm_access_denied", "not_in_channel", "channel_not_found", "is_archived", "restricted_action", "not_allowed_token_type", "access_denied", "two_factor_setup_required",
	}, name):
		return samleng.Unauthorised
	}
	return samleng.Permanent
}
