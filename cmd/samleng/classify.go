package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"samleng"
	"samleng/internal/app"
)

func classifyCommand() *cli.Command {
	return &cli.Command{
		Name:  "classify",
		Usage: "say the language, topics, sentiment and places of texts, with the evidence",
		Description: `Reads standard input: one text a line, plain or as JSON
{"id"?, "text", "title"?}. Writes one JSON object a line, in order: "id" (the given one,
or the line number), "language", "languages" (share of the letters by language), "scripts"
(the same by script, as in "Khmr" and "Latn"), "spans" (of a mixed text, by language),
"topics" (each with its evidence and the sentiment of the sentences that speak of it),
"sentiment" (of the whole text), "places" (official codes, with evidence), "model" (the
versions that found all this). Offsets in spans and evidence are bytes of the normalised
title and text.

Exits with 1 when a line was not a text; its object then holds "error".

Example:
   $ echo 'The road to the market is flooded again' | samleng classify --field language
   en`,
		Flags: []cli.Flag{
			topicsFlag(),
			&cli.StringFlag{Name: "field", Usage: "print only this field of each result, as plain text where it is a text"},
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := noArguments(cmd); err != nil {
				return err
			}
			chain, err := app.NewClassifiers(cmd.String("topics"))
			if err != nil {
				return err
			}
			return eachLine(ctx, cmd.Root(), func(number int, line []byte) ([]byte, error) {
				result, fault := classifyLine(chain, number, line)
				picked, err := field(result, cmd.String("field"))
				return picked, errors.Join(fault, err)
			})
		},
	}
}

// classifyInput is a line of input that is a JSON object.
type classifyInput struct {
	ID    json.RawMessage `json:"id"`
	Text  *string         `json:"text"`
	Title string          `json:"title"`
}

type classifyOutput struct {
	ID json.RawMessage `json:"id"`
	samleng.Analysis
}

type classifyFault struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error"`
}

// classifyLine gives the JSON of one result. A line that is not a text gives an error and
// still a result, so that lines and results stay side by side.
func classifyLine(chain app.Classifier, number int, line []byte) ([]byte, error) {
	input := classifyInput{ID: json.RawMessage(strconv.Quote(strconv.Itoa(number)))}
	if trimmed := bytes.TrimSpace(line); bytes.HasPrefix(trimmed, []byte("{")) {
		if err := json.Unmarshal(trimmed, &input); err != nil {
			return faulty(input.ID, fmt.Errorf("is not a JSON object with a text: %w", err))
		}
		if input.Text == nil && input.Title == "" {
			return faulty(input.ID, fmt.Errorf(`has neither "text" nor "title"`))
		}
	} else {
		text := strings.ToValidUTF8(string(line), "\uFFFD")
		input.Text = &text
	}
	post := samleng.Post{Title: input.Title}
	if input.Text != nil {
		post.Text = *input.Text
	}
	return encode(classifyOutput{ID: input.ID, Analysis: chain.Classify(&post)})
}

func faulty(id json.RawMessage, fault error) ([]byte, error) {
	out, err := encode(classifyFault{ID: id, Error: fault.Error()})
	if err != nil {
		return nil, err
	}
	return out, fault
}

// encode is json.Marshal without the escapes for HTML, which nobody here needs.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("encode result: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// field picks one field of a JSON object; without a name it gives the whole object.
func field(object []byte, name string) ([]byte, error) {
	if name == "" {
		return object, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(object, &fields); err != nil {
		return nil, fmt.Errorf("read result: %w", err)
	}
	value, ok := fields[name]
	if !ok {
		if _, fault := fields["error"]; fault {
			return nil, nil
		}
		return nil, fmt.Errorf("a result has no field %q", name)
	}
	if name == "id" {
		return value, nil // as it came: a number and a text differ
	}
	if text := ""; json.Unmarshal(value, &text) == nil {
		return []byte(text), nil
	}
	return value, nil
}

func topicsFlag() cli.Flag {
	return &cli.StringFlag{Name: "topics", Usage: "use the topics of `FILE` instead of the built-in ones"}
}

func noArguments(cmd *cli.Command) error {
	if cmd.Args().Present() {
		return fmt.Errorf("%s reads standard input and takes no arguments, got %q; see `samleng %s --help`", cmd.Name, cmd.Args().First(), cmd.Name)
	}
	return nil
}
