package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v3"

	"samleng/internal/app"
)

func segmentCommand() *cli.Command {
	return &cli.Command{
		Name:  "segment",
		Usage: "cut Khmer text into words",
		Description: `Reads standard input, one text a line. Writes one JSON object a line, in order:
{"text", "words"}. The words joined give the text back; spaces and punctuation are words
of their own. Compounds are joined, as in a dictionary.

Exits with 1 when standard input cannot be read.

Example:
   $ echo 'ខ្ញុំស្រលាញ់កម្ពុជា' | samleng segment
   {"text":"ខ្ញុំស្រលាញ់កម្ពុជា","words":["ខ្ញុំ","ស្រលាញ់","កម្ពុជា"]}`,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := noArguments(cmd); err != nil {
				return err
			}
			segmenter, err := app.NewSegmenter()
			if err != nil {
				return err
			}
			return eachLine(ctx, cmd.Root(), func(_ int, line []byte) ([]byte, error) {
				text := strings.ToValidUTF8(string(line), "\uFFFD")
				words := segmenter.Words(text)
				if words == nil {
					words = []string{}
				}
				return encode(struct {
					Text  string   `json:"text"`
					Words []string `json:"words"`
				}{text, words})
			})
		},
	}
}
