package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/endpoint"
)

// incoming writes into a channel through an incoming webhook. Slack gives no receipt for that.
type incoming struct {
	address samleng.Secret
	deps    alerts.Deps
}

// Traits says what the webhook takes: a message a second.
func (i *incoming) Traits() alerts.Traits {
	return alerts.Traits{Format: alerts.FormatSlack, Limits: perSecond()}
}

// Send posts a message, without its chart.
func (i *incoming) Send(ctx context.Context, m alerts.Message) (alerts.Receipt, error) {
	const what = "post to the incoming webhook of Slack"
	body, err := json.Marshal(map[string]any{"text": m.Markup, "unfurl_links": false, "unfurl_media": false})
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	got, err := endpoint.Post(ctx, i.deps.HTTP, endpoint.Request{
		What: what, URL: i.address.Reveal(), Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: body,
	})
	if err != nil {
		return "", err
	}
	return "", got.Err(what, string(got.Body), i.deps.Now())
}
