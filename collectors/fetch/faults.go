package fetch

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"

	"samleng"
)

// fault turns an error of the network into a sentence for people, with a class. An error
// that has been turned already, and the end of the caller's own context, stay as they are.
func fault(ctx context.Context, err error, host string, timeout time.Duration) error {
	say := func(class samleng.Class, format string, args ...any) error {
		return &explained{text: samleng.Errorf(class, format, args...), cause: err}
	}
	if _, ok := errors.AsType[*explained](err); ok || samleng.ClassOf(err) != samleng.Permanent {
		return err
	}
	if ctx.Err() != nil {
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, errTimeout):
			return say(samleng.RetryAfter, "%s did not answer completely within %s", host, timeout)
		case errors.Is(cause, context.DeadlineExceeded):
			return say(samleng.RetryAfter, "there was no time left to read from %s", host)
		}
		return ctx.Err()
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return say(samleng.Permanent, "%s is refused: %s (a source on your own network needs local: true)", host, r)
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		if d.IsNotFound {
			return say(samleng.RetryAfter, "no address found for %s: is the name right, and is this machine online?", host)
		}
		return say(samleng.RetryAfter, "the address of %s could not be looked up: is this machine online?", host)
	}
	if text := certificateFault(err); text != "" {
		return say(samleng.RetryAfter, "%s cannot be trusted: %s", host, text)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return say(samleng.RetryAfter, "%s does not speak https there", host)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return say(samleng.RetryAfter, "%s refuses connections", host)
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return say(samleng.RetryAfter, "there is no way to %s: is this machine online?", host)
	case isBrokenCompression(err):
		return say(samleng.BadInput, "the page of %s is compressed in a broken way", host)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return say(samleng.RetryAfter, "%s broke off the connection", host)
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return say(samleng.RetryAfter, "%s did not answer in time", host)
	}
	return say(samleng.RetryAfter, "%s could not be read: %v", host, err)
}

// explained is a sentence that still knows the error it explains.
type explained struct{ text, cause error }

func (e *explained) Error() string   { return e.text.Error() }
func (e *explained) Unwrap() []error { return []error{e.text, e.cause} }

// certificateFault says what is wrong with a certificate, or nothing if err is another matter.
func certificateFault(err error) string {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if e.Reason == x509.Expired {
			return "its certificate has expired or is not valid yet (is this machine's clock right?)"
		}
		return "its certificate is not valid"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its certificate is signed by nobody this machine knows"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its certificate is for another name"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate could not be verified"
	}
	return ""
}

// isBrokenCompression reports whether a decoder gave up.
func isBrokenCompression(err error) bool {
	if _, ok := errors.AsType[flate.CorruptInputError](err); ok {
		return true
	}
	for _, known := range []error{
		gzip.ErrHeader, gzip.ErrChecksum, zlib.ErrHeader, zlib.ErrChecksum, zlib.ErrDictionary,
		zstd.ErrMagicMismatch, zstd.ErrWindowSizeExceeded, zstd.ErrCRCMismatch, zstd.ErrReservedBlockType,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return strings.HasPrefix(err.Error(), "brotli: ")
}

// StatusError says what the status of a response means, as an error with a class: nil for
// 200 to 299. For 429 and 503 it carries the wait that Retry-After names.
func StatusError(resp *http.Response, now time.Time) error {
	host, status := resp.Request.URL.Hostname(), resp.StatusCode
	wait := retryAfter(resp, now)
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusUnavailableForLegalReasons:
		return samleng.Errorf(samleng.Unauthorised, "%s does not let this program read the page (HTTP %d)", host, status)
	case status == http.StatusNotFound, status == http.StatusGone:
		return samleng.Errorf(samleng.Permanent, "%s has no such page (HTTP %d)", host, status)
	case status == http.StatusTooManyRequests:
		return samleng.WithWait(samleng.RateLimited, wait, samleng.Errorf(samleng.RateLimited, "%s asks to be read less often (HTTP %d)", host, status))
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status >= 500:
		return samleng.WithWait(samleng.RetryAfter, wait, samleng.Errorf(samleng.RetryAfter, "%s is in trouble (HTTP %d)", host, status))
	case status >= 300 && status <= 399:
		return samleng.Errorf(samleng.Permanent, "%s redirects without saying where (HTTP %d)", host, status)
	}
	return samleng.Errorf(samleng.Permanent, "%s does not understand the request (HTTP %d)", host, status)
}

// maxRetryAfter is the longest silence that a host can ask for.
const maxRetryAfter = 24 * time.Hour

// retryAfter gives the wait that a 429 or 503 response names in Retry-After, as seconds or
// as a date; 0 for none.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	value := strings.TrimSpace(resp.Header.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
