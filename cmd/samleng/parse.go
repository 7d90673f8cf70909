package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"samleng/internal/app"
)

// maxDocument bounds a document on standard input. The parsers have lower limits of their
// own and say so.
const maxDocument = 64 << 20

func parseCommand() *cli.Command {
	address := func() cli.Flag {
		return &cli.StringFlag{Name: "url", Usage: "the `ADDRESS` the document came from: links and ids depend on it"}
	}
	return &cli.Command{
		Name:  "parse",
		Usage: "print the posts of a feed or of an article's page, as they would go to Kafka",
		Description: `Reads one document on standard input. Writes one post a line, as JSON.

Exits with 1 when the document could not be read to its end; what was read is printed.`,
		Commands: []*cli.Command{
			{
				Name:  "feed",
				Usage: "read RSS, Atom, RDF or JSON Feed",
				Description: `Reads a feed on standard input, in any encoding. Writes one post a line, as JSON:
"id", "url", "title", "text", "published", "language" where declared, and what else goes to
Kafka. Authors are left out and personal identifiers masked.

Exits with 1 when the document is not a feed or breaks off; entries that cannot become a
post are named on standard error.

Example:
   $ printf '<rss version="2.0"><channel><title>x</title><item><title>Flood</title><link>https://news.example.org/1</link></item></channel></rss>' | samleng parse feed --url https://news.example.org/feed | grep -o '"title":"[^"]*"'
   "title":"Flood"`,
				Flags: []cli.Flag{address()},
				Action: func(_ context.Context, cmd *cli.Command) error {
					body, err := document(cmd)
					if err != nil {
						return err
					}
					lines, rejected, err := app.ParseFeed(body, cmd.String("url"), time.Now())
					out := bufio.NewWriter(cmd.Root().Writer)
					for _, line := range lines {
						if _, err := out.Write(append(line, '\n')); err != nil {
							return fmt.Errorf("write post: %w", err)
						}
					}
					for _, reason := range rejected {
						_, _ = fmt.Fprintf(cmd.Root().ErrWriter, "samleng: left out: %s\n", reason) // the posts matter more
					}
					return errors.Join(out.Flush(), err)
				},
			},
			{
				Name:  "article",
				Usage: "read the HTML page of an article",
				Description: `Reads an HTML page on standard input, in any encoding. Writes its article as one post,
as JSON: "id", "url", "title", "text", "published", "language" where declared, and what else
goes to Kafka. Authors are left out and personal identifiers masked.

Exits with 1 when there is no article on the page.

Example:
   $ printf '<html><head><title>New bridge opens</title></head><body><article><h1>New bridge opens</h1><p>The bridge over the small river was opened this morning, and hundreds of people walked across it.</p></article></body></html>' | samleng parse article --url https://news.example.org/bridge | grep -o '"url":"[^"]*"'
   "url":"https://news.example.org/bridge"`,
				Flags: []cli.Flag{address()},
				Action: func(_ context.Context, cmd *cli.Command) error {
					body, err := document(cmd)
					if err != nil {
						return err
					}
					line, err := app.ParseArticle(body, cmd.String("url"), time.Now())
					if err != nil {
						return err
					}
					_, err = cmd.Root().Writer.Write(append(line, '\n'))
					return err
				},
			},
		},
		Action: func(context.Context, *cli.Command) error {
			return errors.New("say what standard input is: `samleng parse feed` or `samleng parse article`; see `samleng parse --help`")
		},
	}
}

func document(cmd *cli.Command) ([]byte, error) {
	if err := noArguments(cmd); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(cmd.Root().Reader, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	if len(body) > maxDocument {
		return nil, fmt.Errorf("standard input is larger than %d MB", maxDocument>>20)
	}
	return body, nil
}
