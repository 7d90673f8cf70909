// Package importer reads posts from files: JSON lines, tables (CSV, TSV), feed documents and
// saved web pages, each plain or compressed with gzip or zstd.
//
// A file is read as a stream in bounded memory. What comes out has passed
// collectors.Prepare: it is exactly what would go to Kafka. The package does not send posts
// anywhere and does not read the network.
package importer

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"samleng"
	"samleng/collectors"
)

// Format is a kind of file.
type Format string

// The formats. Auto decides by the name of the file and its first bytes.
const (
	Auto  Format = ""
	JSONL Format = "jsonl" // one JSON object a line, or one array of objects
	CSV   Format = "csv"   // with a header; comma, semicolon, tab or bar
	Feed  Format = "feed"  // RSS, Atom, RDF, JSON Feed
	HTML  Format = "html"  // one saved article page
)

// Formats lists what can be asked for, for a command's help.
func Formats() []Format { return []Format{JSONL, CSV, Feed, HTML} }

// Options is how a file is read.
type Options struct {
	// Source is what the posts are said to come from: its ID and Kind must be set, its
	// Language is taken where a row has none. The ID is of a-z, 0-9 and hyphens, at most 64. A
	// row may name another kind, and another source unless it is of a survey or social.
	Source samleng.Source
	Format Format
	// URL is where a feed document or a saved page came from; empty: what it says itself.
	URL string
	// Local is the zone of dates without one; nil: Cambodian time for posts with an address
	// under .kh, else UTC.
	Local *time.Location
	// Progress is called now and then with the bytes read of the file (compressed, if it
	// is) and its size, -1 when that is not known. It may be nil.
	Progress func(read, total int64)
	// Now gives the time seen; nil: time.Now.
	Now func() time.Time
}

// Rejection is a row that could not become a post. It is an error that leaves the reader
// usable.
type Rejection struct {
	File   string
	Line   int // where the row begins, from 1; 0: the place has no line, Reason says where
	Reason string
}

// Error gives "FILE:LINE: REASON".
func (r *Rejection) Error() string {
	if r.Line == 0 {
		return r.File + ": " + r.Reason
	}
	return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Reason)
}

// maxNames bounds the column names that a Summary keeps.
const maxNames = 50

// Summary is what became of a file.
type Summary struct {
	Format   Format
	Rows     int // rows or entries met
	Posts    int // given out by Next
	Rejected int // given out by Next as a Rejection
	// Repeated counts the posts whose id an earlier post of the file had with another title or
	// text. They are given out too; whoever keeps one post for an id keeps one of them. Only the
	// first 1,000,000 ids of a file are remembered.
	Repeated int
	// Undated counts the rows of JSONL and CSV that give a date which could not be read.
	Undated int
	Dropped []string // columns that were left out because they name people, in order of appearance
	Ignored []string // columns that mean nothing to us, in order of appearance
}

// maxSeen bounds the ids that are remembered to count repeated ones, to about 50 MB.
const maxSeen = 1_000_000

// sourceID is what the id of a source looks like.
var sourceID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// rows is what the formats have in common: the next post, not yet prepared. A *Rejection
// leaves it usable, io.EOF ends it.
type rows interface {
	next() (samleng.Post, int, error)
}

// Reader gives the posts of one file.
type Reader struct {
	name    string
	options Options
	summary Summary
	rows    rows
	closers []func() error

	seen map[samleng.PostID]uint64 // the content of the first post of each id, as a hash
	seed maphash.Seed
}

// Open opens a file, finds out what it is and reads its header. The error is one sentence
// that names the file: it cannot be opened, is empty, is a folder, is binary, is of no known
// format, or has no column with a text.
func Open(path string, o Options) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, samleng.WithClass(samleng.BadInput, err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: name the files in it", path)
	}
	if err != nil {
		return nil, samleng.WithClass(samleng.BadInput, errors.Join(err, file.Close()))
	}
	size := info.Size()
	if !info.Mode().IsRegular() {
		size = -1
	}
	r, err := New(path, file, size, o)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	r.closers = append(r.closers, file.Close)
	return r, nil
}

// New is Open for a stream that is open already, such as standard input. size is in bytes,
// -1 when it is not known. Close does not close it.
func New(name string, stream io.Reader, size int64, o Options) (*Reader, error) {
	if o.Source.ID == "" || !o.Source.Kind.Valid() {
		return nil, samleng.Errorf(samleng.BadInput, "%s: name the source of the posts and its kind, one of %v", name, samleng.Kinds())
	}
	if !sourceID.MatchString(o.Source.ID) {
		return nil, samleng.Errorf(samleng.BadInput, "%s: the source %q: want at most 64 of a-z, 0-9 and hyphens, a letter or digit first", name, o.Source.ID)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Reader{name: name, options: o, seen: map[samleng.PostID]uint64{}, seed: maphash.MakeSeed()}
	if err := r.open(stream, size); err != nil {
		return nil, samleng.WithClass(samleng.BadInput, errors.Join(fmt.Errorf("%s %w", name, err), r.Close()))
	}
	return r, nil
}

// open puts the layers together: counting, decompression, character set, format. Its
// errors continue the sentence that begins with the name of the file.
func (r *Reader) open(stream io.Reader, size int64) error {
	counted := bufio.NewReaderSize(&counter{r: stream, total: size, report: r.options.Progress}, 64<<10)
	plain, name, err := r.decompress(counted, r.name)
	if err != nil {
		return err
	}
	text := bufio.NewReaderSize(plain, 64<<10)
	start, err := text.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("cannot be read: %w", err)
	}
	format, err := recognise(start, filepath.Ext(name), r.options.Format)
	if err != nil {
		return err
	}
	r.summary.Format = format
	switch format {
	case JSONL:
		r.rows = newJSONRows(r, decoded(text, start))
	case CSV:
		r.rows, err = newTable(r, decoded(text, start))
	case Feed:
		r.rows, err = newFeedRows(r, text)
	case HTML:
		r.rows, err = newPage(r, text)
	default:
		return fmt.Errorf("cannot be read as %q: the formats are %v", format, Formats())
	}
	return err
}

// decompress looks through gzip and zstd by their first bytes. It gives the name without
// the ending that says so.
func (r *Reader) decompress(in *bufio.Reader, name string) (io.Reader, string, error) {
	start, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", fmt.Errorf("cannot be read: %w", err)
	}
	switch {
	case len(start) >= 2 && start[0] == 0x1f && start[1] == 0x8b:
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, "", fmt.Errorf("is a broken gzip file: %w", err)
		}
		r.closers = append(r.closers, z.Close)
		return z, trimExt(name, ".gz"), nil
	case string(start) == "\x28\xb5\x2f\xfd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, "", fmt.Errorf("is a broken zstd file: %w", err)
		}
		r.closers = append(r.closers, func() error { z.Close(); return nil })
		return z, trimExt(name, ".zst"), nil
	}
	return in, name, nil
}

// Next gives the next post, prepared for Kafka. At the end of the file the error is io.EOF. A
// *Rejection in the error's chain is a row that could not become a post: go on with the next.
// Any other error ends the file.
func (r *Reader) Next() (samleng.Post, error) {
	p, line, err := r.rows.next()
	if errors.Is(err, io.EOF) {
		return samleng.Post{}, io.EOF
	}
	if rejection, ok := errors.AsType[*Rejection](err); ok {
		r.summary.Rows++
		r.summary.Rejected++
		return samleng.Post{}, rejection
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return samleng.Post{}, samleng.Errorf(samleng.BadInput, "%s: the compressed data breaks off", r.name)
	}
	if err != nil {
		return samleng.Post{}, samleng.WithClass(samleng.BadInput, fmt.Errorf("%s: cannot be read further: %w", r.name, err))
	}
	r.summary.Rows++
	if err := collectors.Prepare(&p); err != nil {
		r.summary.Rejected++
		return samleng.Post{}, r.reject(line, err.Error())
	}
	r.summary.Posts++
	r.countRepeated(&p)
	return p, nil
}

// countRepeated counts p if its id was that of another content.
func (r *Reader) countRepeated(p *samleng.Post) {
	content := maphash.String(r.seed, p.Title+"\x00"+p.Text)
	first, known := r.seen[p.ID]
	switch {
	case known && first != content:
		r.summary.Repeated++
	case !known && len(r.seen) < maxSeen:
		r.seen[p.ID] = content
	}
}

func (r *Reader) countDate(met *row) {
	if met.undated {
		r.summary.Undated++
	}
}

// Summary gives what became of the file so far.
func (r *Reader) Summary() Summary { return r.summary }

// Close closes what Open opened.
func (r *Reader) Close() error {
	var faults []error
	for _, c := range slices.Backward(r.closers) {
		faults = append(faults, c())
	}
	r.closers = nil
	return errors.Join(faults...)
}

func (r *Reader) reject(line int, reason string) *Rejection {
	return &Rejection{File: r.name, Line: line, Reason: reason}
}

// counter counts what is read of the file.
type counter struct {
	r           io.Reader
	read, total int64
	report      func(read, total int64)
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.read += int64(n)
	if c.report != nil {
		c.report(c.read, c.total)
	}
	return n, err
}
