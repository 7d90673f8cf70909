package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"samleng/internal/app"
)

func trainCommand() *cli.Command {
	return &cli.Command{
		Name:      "train",
		Usage:     "learn a model of language, sentiment, topic or claims from labelled files",
		ArgsUsage: "TASK FILE...",
		Description: `TASK is language, sentiment, topic or claims. Reads every FILE: columns separated by tabs, with a
header that names "label" and "text", or "tokens" for texts cut into words, of which the
n-grams are learnt and no more. A label of topics may hold several ids with commas, or none.
Writes one file, the same to the byte from the same files and seed. A model of sentiment is
of the language of most letters, Khmer or English.

Of a file with a column "task", the rows of TASK are read. A model of language learns from
texts in Latin letters; other scripts tell their language without one.

Rows of FILE that repeat a text of --without are left out, and rows of tokens that repeat a
whole text: figures on texts that a model was trained on say nothing.

What readers of the page corrected comes as --corrections, which samleng labels export writes:
its rows count five times each and replace rows of FILE with the same text.

A model of sentiment learns from the posts of --posts too: each a line of JSON with "text",
"sentiment", and perhaps "title" and "form", the language. It takes those in its own.

Claims are how far the rules of the built-in topics are to be believed. FILE then holds posts
as of samleng topics test, each a line of JSON with "text", "topics" and perhaps "title", and
--ngrams names files on which the rules were tuned. --labels names a file of the topics of public
texts, each a file of the folder --data, a line in it and the topics; alone or beside FILE.
--spellings names tables by which Khmer posts are spelt in Latin letters, to learn romanised Khmer.

Exits with 1 when a file cannot be read or a row is faulty; the sentence names the line.

Example:
   $ printf 'label\ttext\npositive\tgood road\nneutral\troad open\nnegative\tbad road\npositive\tgood work\nneutral\toffice open\nnegative\tbad work\n' > posts.tsv && samleng train sentiment posts.tsv --out posts.model
   sentiment: learnt from 6 texts (negative 2, neutral 2, positive 2), left out 0, wrote posts.model`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the model to `MODEL`"},
			&cli.StringSliceFlag{Name: "without", Usage: "leave out what `FILE` holds too, which the model will be tested with"},
			&cli.StringSliceFlag{Name: "ngrams", Usage: "sentiment, claims: learn n-grams, and nothing else, from `FILE` of another kind of text"},
			&cli.StringSliceFlag{Name: "posts", Usage: "sentiment: learn posts of pages and channels too, at 0.3 of the weight, from `FILE` of a line of JSON each"},
			&cli.StringSliceFlag{Name: "words", Usage: "sentiment: learn words from `FILE`, a word, a tab and a rating in -4..4 a line"},
			&cli.StringFlag{Name: "labels", Usage: "claims: learn from public texts whose topics are in `FILE`"},
			&cli.StringFlag{Name: "data", Usage: "claims: find the texts of --labels in `FOLDER`", Value: filepath.Join("..", "shared", "data")},
			&cli.StringSliceFlag{Name: "spellings", Usage: "claims: learn romanised Khmer from Khmer posts by the spellings in `FILE`, a word, a tab and its spellings with commas a line"},
			&cli.StringSliceFlag{Name: "corrections", Usage: "learn what readers corrected, at five times the weight, from `FILE` of samleng labels export"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "deal the folds of cross-validation by this `NUMBER`"},
		},
		Action: runTrain,
	}
}

func runTrain(_ context.Context, cmd *cli.Command) error {
	out := cmd.String("out")
	claims := cmd.Args().First() == "claims"
	if cmd.Args().Len() < 2 && (!claims || cmd.String("labels") == "") || out == "" {
		return errors.New("want a task, files and --out; see `samleng train --help`")
	}
	if claims {
		return runTrainClaims(cmd, out)
	}
	trained, err := app.Train(app.TrainOptions{
		Task: cmd.Args().First(), Files: cmd.Args().Tail(), Without: cmd.StringSlice("without"), NGrams: cmd.StringSlice("ngrams"), Posts: cmd.StringSlice("posts"), Words: cmd.StringSlice("words"), Corrections: cmd.StringSlice("corrections"), Seed: cmd.Uint64("seed"),
	})
	if err != nil {
		return err
	}
	if err := writeWhole(out, trained.Model); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	var labels []string
	for _, label := range slices.Sorted(maps.Keys(trained.Labels)) {
		labels = append(labels, fmt.Sprintf("%s %d", label, trained.Labels[label]))
	}
	_, err = fmt.Fprintf(cmd.Root().Writer, "%s: learnt from %s (%s), left out %d, wrote %s\n",
		cmd.Args().First(), count(trained.Examples, "text"), strings.Join(labels, ", "), trained.LeftOut, out)
	return err
}

func runTrainClaims(cmd *cli.Command, out string) error {
	t, err := app.TrainClaims(app.ClaimsOptions{
		Files: cmd.Args().Tail(), NGrams: cmd.StringSlice("ngrams"), Labels: cmd.String("labels"), Data: cmd.String("data"), Spellings: cmd.StringSlice("spellings"), Seed: cmd.Uint64("seed"),
	})
	if err != nil {
		return err
	}
	if err := writeWhole(out, t.Model); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	_, err = fmt.Fprintf(cmd.Root().Writer, "claims: learnt from %s, by cross-validation precision %.3f, recall %.3f, F1 %.3f, wrote %s\n",
		count(t.Posts, "post"), t.Precision(), t.Recall(), t.F1(), out)
	if u := t.Uncounted; err == nil && u.Posts > 0 {
		_, err = fmt.Fprintf(cmd.Root().Writer, "on %s of public sets precision %.3f, recall %.3f, F1 %.3f\n", count(u.Posts, "text"), u.Precision(), u.Recall(), u.F1())
	}
	return err
}

// writeWhole writes a file under another name first, so that a model is never half there.
func writeWhole(name string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".model-*")
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
