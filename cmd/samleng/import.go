package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"samleng"
	"samleng/collectors/importer"
	"samleng/internal/app"
)

func importCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "read posts from files",
		ArgsUsage: "FILE...",
		Description: `Reads JSON lines, CSV (with a header), feeds and saved HTML pages, plain or compressed, and
sends them the way of every post: masked, through Kafka, classified, into the store. Columns
that name people are left out. Rows are known by their id or address: importing a file
twice changes nothing. Works beside a running samleng and without one.

Prints a summary, and every rejected row with its line and reason on standard error. Exits
with 1 when a file could not be read to its end or a row was rejected.

Example:
   $ cd "$(mktemp -d)" && echo '{"id":"1","title":"Road works","text":"The road to the market is closed until Friday."}' > posts.jsonl && samleng import --data . --config "$OLDPWD/ephemeral.yaml" posts.jsonl | grep -o 'posts.jsonl: 1 post'
   posts.jsonl: 1 post`,
		Flags: commonFlags(
			&cli.StringFlag{Name: "source", Usage: "say that the posts come from source `ID` (each file's own, made from its name): rows of one source with the same id are the same post"},
			&cli.StringFlag{Name: "kind", Value: string(samleng.KindNews), Usage: "`KIND` of the source: news, government, social or survey"},
			&cli.StringFlag{Name: "language", Usage: "`CODE` of the language, where the rows do not say"},
			&cli.StringFlag{Name: "format", Usage: "read the files as `FORMAT`: jsonl, csv, feed or html (found out)"},
			&cli.StringFlag{Name: "url", Usage: "`ADDRESS` a feed or a page came from"},
			logFlag("error"),
		),
		Action: runImport,
	}
}

func runImport(ctx context.Context, cmd *cli.Command) error {
	if !cmd.Args().Present() {
		return fmt.Errorf("name the files to import; see `samleng import --help`")
	}
	s, err := settings(cmd)
	if err != nil {
		return err
	}
	logger, err := newLogger(cmd)
	if err != nil {
		return err
	}
	kind := samleng.Kind(cmd.String("kind"))
	if !kind.Valid() {
		return fmt.Errorf("--kind %q is none of %v", kind, samleng.Kinds())
	}
	bar := progress{out: cmd.Root().ErrWriter, shown: isTerminal(cmd.Root().ErrWriter)}
	began, rejected := time.Now(), 0
	var files []app.ImportedFile
	files, err = app.Import(ctx, app.ImportOptions{
		Settings: s, Files: cmd.Args().Slice(), Version: version, Logger: logger,
		Reader: importer.Options{
			Source: samleng.Source{ID: cmd.String("source"), Kind: kind, Language: cmd.String("language")},
			Format: importer.Format(cmd.String("format")), URL: cmd.String("url"),
		},
		Progress: bar.file,
		Storing:  bar.storing,
		Rejected: func(err error) {
			rejected++
			bar.clear()
			_, _ = fmt.Fprintf(cmd.Root().ErrWriter, "rejected     %v\n", err) // counted as well
		},
	})
	bar.clear()
	var report strings.Builder
	total := 0
	for _, f := range files {
		total += f.Posts
		report.WriteString(summary(f))
	}
	if err == nil {
		_, _ = fmt.Fprintf(&report, "%s stored in %.1f s\n", count(total, "post"), time.Since(began).Seconds())
	}
	if _, writing := io.WriteString(cmd.Root().Writer, report.String()); err == nil && writing != nil {
		err = fmt.Errorf("write summary: %w", writing)
	}
	if err == nil && rejected > 0 {
		err = errReported
	}
	return err
}

func summary(f app.ImportedFile) string {
	text := fmt.Sprintf("%s: %s, %d rejected (%s)\n", filepath.Base(f.Name), count(f.Posts, "post"), f.Rejected, f.Format)
	if f.Repeated > 0 {
		text += fmt.Sprintf("  %s had an id that an earlier row of the file has with other words: the last one counts\n", count(f.Repeated, "row"))
	}
	if f.Undated > 0 {
		text += fmt.Sprintf("  %s had a date that cannot be read: the time of the import stands in its place\n", count(f.Undated, "row"))
	}
	if len(f.Dropped) > 0 {
		text += fmt.Sprintf("  left out, because they name people: %s\n", strings.Join(f.Dropped, ", "))
	}
	if len(f.Ignored) > 0 {
		text += fmt.Sprintf("  not used: %s\n", strings.Join(f.Ignored, ", "))
	}
	return text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// progress draws one line that changes, on a terminal only.
type progress struct {
	out   io.Writer
	shown bool
	last  time.Time
}

const barWidth = 30

func (p *progress) file(name string, read, total int64) {
	if total <= 0 {
		p.draw("%s  %d kB", filepath.Base(name), read>>10)
		return
	}
	filled := int(barWidth * min(read, total) / total)
	p.draw("%s  [%s%s] %3d %%", filepath.Base(name), strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), 100*read/total)
}

func (p *progress) storing(left int64) { p.draw("storing, %d to go", left) }

func (p *progress) draw(format string, args ...any) {
	if !p.shown || time.Since(p.last) < 50*time.Millisecond {
		return
	}
	p.last = time.Now()
	p.say("\r\033[K"+format, args...)
}

// say prints to the terminal; a terminal that is gone is no reason to end an import.
func (p *progress) say(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format, args...) }

func (p *progress) clear() {
	if p.shown {
		p.say("\r\033[K")
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
