package pipeline

import (
	stdjson "encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/goccy/go-json"

	"samleng"
)

// MaxMessage is the largest encoded post in bytes. Kafka's default limit for a batch is
// 1,048,588 bytes and the producer's is 1,000,000; the rest is for key, headers and frame.
const MaxMessage = 900_000

// ContentType is the media type of an encoded post.
const ContentType = "application/json"

// Encode gives the JSON form of a post, as it travels over the topic "posts". A post that
// is larger than MaxMessage is refused with an error of class BadInput. Encode does not
// validate: see samleng.Post.Validate.
func Encode(p *samleng.Post) ([]byte, error) {
	b, err := json.MarshalWithOption(p, json.DisableHTMLEscape())
	if err != nil {
		return nil, samleng.Errorf(samleng.BadInput, "encode post %s: %w", p.ID, err)
	}
	if len(b) > MaxMessage {
		return nil, samleng.Errorf(samleng.BadInput,
			"encode post %s: it takes %d bytes as JSON, at most %d are allowed", p.ID, len(b), MaxMessage)
	}
	return b, nil
}

// Decode reads the JSON form of a post. Every error is of class BadInput. Fields that this
// program does not know are ignored; a schema version it does not know is left to
// samleng.Post.Validate unless it keeps the message from being read. Times come out in UTC.
func Decode(b []byte) (post samleng.Post, err error) {
	defer func() {
		// The decoder works on unsafe pointers. A message that trips it is one bad message.
		if p := recover(); p != nil {
			post, err = samleng.Post{}, samleng.Errorf(samleng.BadInput, "decode post: the decoder broke: %v", p)
		}
	}()
	switch {
	case len(b) == 0:
		return samleng.Post{}, samleng.Errorf(samleng.BadInput, "decode post: the message is empty")
	case !utf8.Valid(b):
		return samleng.Post{}, samleng.Errorf(samleng.BadInput, "decode post: the message is not UTF-8")
	}
	if err := json.Unmarshal(b, &post); err != nil {
		return samleng.Post{}, decodeError(b, err)
	}
	post.Published = post.Published.UTC()
	post.SeenAt = post.SeenAt.UTC()
	return post, nil
}

// decodeError explains why b cannot be read: a newer schema may have changed the types of
// fields, and then naming the schema helps more than naming the field.
func decodeError(b []byte, err error) error {
	var head struct {
		Schema int `json:"v"`
	}
	if stdjson.Unmarshal(b, &head) == nil && head.Schema > samleng.PostSchema {
		return samleng.Errorf(samleng.BadInput,
			"decode post: schema version %d: this program reads 1 to %d", head.Schema, samleng.PostSchema)
	}
	if syntax, ok := errors.AsType[*stdjson.SyntaxError](stdjson.Unmarshal(b, &head)); ok {
		return samleng.Errorf(samleng.BadInput, "decode post: not JSON: %w (byte %d)", syntax, syntax.Offset)
	}
	return samleng.Errorf(samleng.BadInput, "decode post: %w", err)
}
