package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
)

// Telegram is a Bot API. Its address is the API's.
func Telegram(l *Log) *httptest.Server {
	return l.server(func(r *http.Request, body []byte) *Arrival {
		fields, photo := telegramFields(r, body)
		a := &Arrival{Method: path.Base(r.URL.Path), Photo: photo, Header: r.Header, Body: body, Silent: fields["disable_notification"] == "true"}
		a.Text = fields["text"] + fields["caption"]
		var media struct{ Caption string }
		if json.Unmarshal([]byte(fields["media"]), &media) == nil {
			a.Text += media.Caption
		}
		a.Repeat = marked(a.Text)
		a.Answer = fields["message_id"] + fields["reply_parameters"]
		return a
	}, func(f Fate, _ string, number int) (int, string) {
		switch f {
		case Limit:
			return 429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry later"}`
		case Break:
			return 500, `{"ok":false,"error_code":500,"description":"Internal Server Error"}`
		case Refuse:
			return 400, `{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}`
		case Forbid:
			return 403, `{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the group chat"}`
		}
		return 200, fmt.Sprintf(`{"ok":true,"result":{"message_id":%d,"date":1,"chat":{"id":-100,"type":"group"}}}`, number)
	})
}

// telegramFields reads the fields of a call, as JSON or as a form.
func telegramFields(r *http.Request, body []byte) (map[string]string, []byte) {
	fields := map[string]string{}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		var values map[string]any
		_ = json.Unmarshal(body, &values)
		for name, value := range values {
			if s, ok := value.(string); ok {
				fields[name] = s
				continue
			}
			b, _ := json.Marshal(value)
			fields[name] = string(b)
		}
		return fields, nil
	}
	var photo []byte
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return fields, photo
		}
		b, _ := io.ReadAll(part)
		if part.FileName() != "" {
			photo = b
		} else {
			fields[part.FormName()] = string(b)
		}
	}
}

// Slack is a Web API, and an incoming webhook under /hook. Its address is the API's.
func Slack(l *Log) *httptest.Server {
	var s *httptest.Server
	s = l.server(func(r *http.Request, body []byte) *Arrival {
		method := path.Base(r.URL.Path)
		switch method {
		case "files.getUploadURLExternal", "files.completeUploadExternal":
			return nil
		case "upload":
			l.take(Arrival{Method: "upload", Photo: body})
			return nil
		}
		var fields struct {
			Text   string `json:"text"`
			Thread string `json:"thread_ts"`
			Time   string `json:"ts"`
		}
		_ = json.Unmarshal(body, &fields)
		return &Arrival{Method: method, Text: fields.Text, Repeat: marked(fields.Text), Answer: fields.Thread + fields.Time, Header: r.Header, Body: body}
	}, func(f Fate, method string, number int) (int, string) {
		switch {
		case f == Limit:
			return 429, `{"ok":false,"error":"ratelimited"}`
		case f == Break:
			return 500, `{"ok":false,"error":"internal_error"}`
		case f == Refuse:
			return 200, `{"ok":false,"error":"msg_too_long"}`
		case f == Forbid:
			return 200, `{"ok":false,"error":"token_revoked"}`
		case method == "hook":
			return 200, "ok"
		case strings.HasSuffix(method, "/files.getUploadURLExternal"):
			return 200, `{"ok":true,"upload_url":"` + s.URL + `/upload","file_id":"F1"}`
		}
		return 200, fmt.Sprintf(`{"ok":true,"channel":"C0123456789","ts":"1700000000.%06d"}`, number)
	})
	return s
}

// Webhook is any address that takes what is posted to it.
func Webhook(l *Log) *httptest.Server {
	return l.server(func(r *http.Request, body []byte) *Arrival {
		var fields struct {
			Text   string `json:"text"`
			Repeat bool   `json:"repeat"`
		}
		_ = json.Unmarshal(body, &fields)
		return &Arrival{Method: "webhook", Text: fields.Text, Repeat: fields.Repeat, Header: r.Header, Body: body}
	}, func(f Fate, _ string, _ int) (int, string) { return statusOf(f), `{"thanks":true}` })
}
