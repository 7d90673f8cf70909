package fetch

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"samleng"
)

// acceptEncoding is every compression that decompress understands.
const acceptEncoding = "gzip, br, zstd, deflate"

// maxEncodings is how many compressions may be stacked on one body. One is usual; a server
// that needs three is up to something.
const maxEncodings = 2

// body is a decompressed body. It reads at most limit bytes, explains its errors, and
// releases the request's timer when it is closed.
type body struct {
	r       io.Reader
	left    int64 // that may still be read
	limit   int64
	explain func(error) error
	close   func()
}

// Read gives decompressed bytes until the limit, and then an error of class BadInput.
func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1] // one more than allowed, to tell an end from an excess
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		n = int(b.left)
		b.left = 0
		return n, tooLarge(b.limit)
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.explain(err)
	}
	return n, err
}

// Close releases the connection and whatever decompression holds.
func (b *body) Close() error {
	b.close()
	return nil
}

func tooLarge(limit int64) error {
	return samleng.Errorf(samleng.BadInput, "the page is larger than %s", megabytes(limit))
}

// decompress replaces the body of resp by one that is decompressed and at most limit bytes
// long. done is called once, when the body is closed or an error is returned. The compressed
// bytes have the same limit: a stream can be endless and hold nothing.
func decompress(resp *http.Response, limit int64, explain func(error) error, done func()) error {
	raw := resp.Body
	closers := []func(){func() { _ = raw.Close() }, done}
	closeAll := sync.OnceFunc(func() {
		for _, f := range closers {
			f()
		}
	})
	if resp.ContentLength > limit && resp.Request.Method != http.MethodHead {
		closeAll()
		return tooLarge(limit)
	}

	var r io.Reader = &body{r: raw, left: limit, limit: limit, explain: explain}
	encodings := strings.FieldsFunc(strings.ToLower(resp.Header.Get("Content-Encoding")), func(r rune) bool { return r == ',' || r == ' ' })
	if len(encodings) > maxEncodings {
		closeAll()
		return samleng.Errorf(samleng.BadInput, "the page is compressed %d times over", len(encodings))
	}
	for i := len(encodings) - 1; i >= 0; i-- { // the last one was applied last
		next, release, err := decoder(encodings[i], r)
		if err != nil {
			closeAll()
			return err
		}
		closers = append([]func(){release}, closers...)
		r = next
	}
	if len(encodings) > 0 {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
		resp.Uncompressed = true
	}
	resp.Body = &body{r: r, left: limit, limit: limit, explain: explain, close: closeAll}
	return nil
}

// decoder gives a reader for one compression. It reads nothing yet: a broken start is an
// error of the first Read.
func decoder(encoding string, r io.Reader) (io.Reader, func(), error) {
	none := func() {}
	switch encoding {
	case "identity":
		return r, none, nil
	case "gzip", "x-gzip":
		return &lazy{open: func() (io.Reader, error) { return gzip.NewReader(r) }}, none, nil
	case "deflate":
		return &lazy{open: func() (io.Reader, error) { return inflate(r) }}, none, nil
	case "br":
		return brotli.NewReader(r), none, nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, nil, samleng.Errorf(samleng.BadInput, "broken zstd compression: %w", err)
		}
		return z, z.Close, nil
	}
	return nil, nil, samleng.Errorf(samleng.BadInput, "compression %q is not understood", encoding)
}

// inflate reads "deflate", which half of the world's servers send as zlib and the other half
// as bare deflate.
func inflate(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(r)
	head, err := buffered.Peek(2)
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		return zlib.NewReader(buffered)
	}
	return flate.NewReader(buffered), nil
}

// lazy is a reader that is opened at its first Read. An empty body is read as empty.
type lazy struct {
	open func() (io.Reader, error)
	r    io.Reader
}

// Read opens the reader the first time.
func (l *lazy) Read(p []byte) (int, error) {
	if l.r == nil {
		r, err := l.open()
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	return l.r.Read(p)
}
