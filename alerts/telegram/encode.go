package telegram

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"slices"
)

// photo is a PNG as a field of a form.
type photo struct {
	field string
	png   []byte
}

// encode gives the body of a call and its media type: JSON, or a form where a picture goes with
// the fields.
func encode(fields map[string]any, picture *photo) ([]byte, string, error) {
	if picture == nil {
		body, err := json.Marshal(fields)
		return body, "application/json", err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value, err := field(fields[name])
		if err != nil {
			return nil, "", fmt.Errorf("write field %s: %w", name, err)
		}
		if err := form.WriteField(name, value); err != nil {
			return nil, "", fmt.Errorf("write field %s: %w", name, err)
		}
	}
	file, err := form.CreateFormFile(picture.field, "chart.png")
	if err != nil {
		return nil, "", fmt.Errorf("write the picture: %w", err)
	}
	if _, err := file.Write(picture.png); err != nil {
		return nil, "", fmt.Errorf("write the picture: %w", err)
	}
	if err := form.Close(); err != nil {
		return nil, "", fmt.Errorf("write the form: %w", err)
	}
	return body.Bytes(), form.FormDataContentType(), nil
}

// field is a value as a form holds it: JSON, but for strings.
func field(value any) (string, error) {
	if s, ok := value.(string); ok {
		return s, nil
	}
	b, err := json.Marshal(value)
	return string(b), err
}
