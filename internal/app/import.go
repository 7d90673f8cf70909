package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"samleng"
	"samleng/collectors/importer"
	"samleng/internal/config"
	"samleng/pipeline/kafka"
)

// ImportOptions is what an import is made of.
type ImportOptions struct {
	Settings config.Settings
	Reader   importer.Options // an empty Source.ID makes each file a source of its own
	Files    []string
	Version  string
	Logger   *slog.Logger
	// Progress is called now and then; total is -1 where the size is not known.
	Progress func(file string, read, total int64)
	// Storing is called while what was sent is on its way to the store, with the number of
	// messages still to go.
	Storing func(left int64)
	// Rejected is called for every row that could not become a post.
	Rejected func(error)
}

// ImportedFile is what became of one file.
type ImportedFile struct {
	Name string
	importer.Summary
}

// importBatch is how many posts are handed to Kafka at once.
const importBatch = 1000

// Import reads files into Kafka and waits until the workers have stored everything: those
// of the samleng that runs on the data folder, or of one that is started for the import.
// The files that were read before an error are given beside it.
func Import(ctx context.Context, o ImportOptions) ([]ImportedFile, error) {
	target, err := openImport(ctx, o)
	if err != nil {
		return nil, err
	}
	files, err := target.read(ctx, o)
	if err == nil {
		err = target.drain(ctx, o.Storing)
	}
	return files, errors.Join(err, target.close())
}

// importTarget is where posts go.
type importTarget struct {
	kafka    kafka.Config
	producer *kafka.Producer
	close    func() error
}

func openImport(ctx context.Context, o ImportOptions) (*importTarget, error) {
	own := o.Settings
	own.Embedded.ClickHouseListen = "127.0.0.1:0" // nobody asks this engine, and the usual port may be taken
	started, err := Start(ctx, Options{Settings: own, Version: o.Version, Logger: o.Logger})
	if err == nil {
		return &importTarget{kafka: started.kafka, producer: started.producer, close: started.Stop}, nil
	}
	if !errors.Is(err, errHeld) {
		return nil, err
	}
	r, err := readRunning(o.Settings.Data)
	if err != nil {
		return nil, err
	}
	settings := o.Settings.Kafka
	if len(settings.Brokers) == 0 {
		settings.Brokers = []string{r.Kafka}
	}
	producer, err := kafka.NewProducer(kafka.ProducerOptions{Config: settings, Logger: o.Logger, Version: o.Version})
	if err != nil {
		return nil, err
	}
	return &importTarget{kafka: settings, producer: producer, close: producer.Close}, nil
}

func (t *importTarget) read(ctx context.Context, o ImportOptions) ([]ImportedFile, error) {
	var done []ImportedFile
	for _, name := range o.Files {
		options := o.Reader
		if options.Source.ID == "" {
			options.Source.ID = fileSource(name)
		}
		options.Progress = func(read, total int64) { o.Progress(name, read, total) }
		reader, err := importer.Open(name, options)
		if err != nil {
			return done, err
		}
		err = t.copy(ctx, reader, o.Rejected)
		done = append(done, ImportedFile{Name: name, Summary: reader.Summary()})
		if err := errors.Join(err, reader.Close()); err != nil {
			return done, err
		}
	}
	return done, nil
}

// fileSource makes the id of a source from the name of a file: numbers that count the rows
// of two files must not be taken for the same posts.
func fileSource(name string) string {
	name, _, _ = strings.Cut(filepath.Base(name), ".")
	return "import-" + slug(name, "file")
}

func (t *importTarget) copy(ctx context.Context, reader *importer.Reader, rejected func(error)) error {
	batch := make([]samleng.Post, 0, importBatch)
	for {
		post, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return t.producer.Send(ctx, batch)
		}
		if rejection, ok := errors.AsType[*importer.Rejection](err); ok {
			rejected(rejection)
			continue
		}
		if err != nil {
			return errors.Join(err, t.producer.Send(ctx, batch))
		}
		if batch = append(batch, post); len(batch) == importBatch {
			if err := t.producer.Send(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
}

// drain waits until the workers have committed everything that is in the topic.
func (t *importTarget) drain(ctx context.Context, storing func(int64)) error {
	for {
		left, err := kafka.Lag(ctx, t.kafka)
		if err != nil && samleng.ClassOf(err) != samleng.RetryAfter {
			return fmt.Errorf("wait for the workers: %w", err)
		}
		if err == nil && left == 0 {
			return nil
		}
		if err == nil {
			storing(left)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("everything was sent, but not everything is stored yet: the workers go on when samleng runs: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
