package embedded

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// requestBody undoes the encodings of a request: Content-Encoding first, then ClickHouse's own
// blocks (decompress=1). What comes out is bounded like the body itself, against bombs.
func requestBody(w http.ResponseWriter, r *http.Request, decompress bool, limit int64) (io.ReadCloser, error) {
	body := http.MaxBytesReader(w, r.Body, limit)
	var decoded io.Reader
	release := func() {}
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		decoded = body
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("decompress request: %w", err)
		}
		decoded = z
	case "deflate":
		z, err := zlib.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("decompress request: %w", err)
		}
		decoded = z
	case "br":
		decoded = brotli.NewReader(body)
	case "zstd":
		z, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(128<<20))
		if err != nil {
			return nil, fmt.Errorf("decompress request: %w", err)
		}
		decoded, release = z, z.Close
	case "lz4":
		decoded = lz4.NewReader(body)
	default:
		return nil, fmt.Errorf("Code: 48. DB::Exception: Unknown Content-Encoding %s. (NOT_IMPLEMENTED)", quoteText(encoding)) //nolint:staticcheck // ClickHouse's wording
	}
	if decompress {
		decoded = blockReader{compress.NewReader(decoded)}
	}
	return &boundedBody{Reader: decoded, left: limit, limit: limit, release: func() {
		release()
		_ = body.Close()
	}}, nil
}

// blockReader reads ClickHouse's own compressed blocks and ends with a plain io.EOF.
type blockReader struct{ r *compress.Reader }

func (b blockReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

// boundedBody is a decoded body that ends in an error beyond its limit.
type boundedBody struct {
	io.Reader
	left, limit int64
	release     func()
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &http.MaxBytesError{Limit: b.limit}
	}
	return n, err
}

// Close closes what is below.
func (b *boundedBody) Close() error {
	b.release()
	return nil
}

// encodings are the Content-Encodings of a response, as the server prefers them.
var encodings = []string{"zstd", "br", "lz4", "gzip", "deflate"}

// accepted gives the encoding of the response that the client accepts, or nothing.
func accepted(header string) string {
	offered := map[string]bool{}
	for part := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.ReplaceAll(quality, " ", "") != "q=0" {
			offered[strings.TrimSpace(name)] = true
		}
	}
	for _, e := range encodings {
		if offered[e] {
			return e
		}
	}
	return ""
}

// responseWriter compresses with a Content-Encoding. The caller closes it.
func responseWriter(w io.Writer, encoding string) (io.WriteCloser, error) {
	switch encoding {
	case "gzip":
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	case "deflate":
		return zlib.NewWriterLevel(w, zlib.BestSpeed)
	case "br":
		return brotli.NewWriterLevel(w, brotli.BestSpeed), nil
	case "zstd":
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	case "lz4":
		return lz4.NewWriter(w), nil
	}
	return nopCloser{w}, nil
}

type nopCloser struct{ io.Writer }

// Close does nothing.
func (nopCloser) Close() error { return nil }

// blockWriter writes ClickHouse's own compressed blocks (compress=1).
type blockWriter struct {
	w          io.Writer
	compressor *compress.Writer
}

// blockSize is how much goes into one compressed block; the size ClickHouse uses.
const blockSize = 1 << 20

func newBlockWriter(w io.Writer, method string) *blockWriter {
	m := compress.LZ4
	switch strings.ToUpper(method) {
	case "ZSTD":
		m = compress.ZSTD
	case "NONE":
		m = compress.None
	}
	return &blockWriter{w: w, compressor: compress.NewWriter(compress.LevelZero, m)}
}

func (b *blockWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), blockSize)
		if err := b.compressor.Compress(rest[:n]); err != nil {
			return 0, fmt.Errorf("compress response: %w", err)
		}
		if _, err := b.w.Write(b.compressor.Data); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(p), nil
}
