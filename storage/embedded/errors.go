package embedded

import (
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// codeOf reads the number in "Code: 60. DB::Exception: ...", or 1000 (ClickHouse's
// POCO_EXCEPTION, for errors that are not its own).
func codeOf(text string) int {
	_, rest, ok := strings.Cut(text, "Code: ")
	if !ok {
		return 1000
	}
	digits, _, _ := strings.Cut(rest, ".")
	code, err := strconv.Atoi(digits)
	if err != nil {
		return 1000
	}
	return code
}

// exceptionText puts an error in the form a ClickHouse server answers with. A statement
// that failed inside another layer of the library carries a prefix, which is dropped.
func exceptionText(err error, version string) string {
	text := err.Error()
	if i := strings.Index(text, "Code: "); i >= 0 {
		text = text[i:]
	} else {
		text = "Code: 1000. DB::Exception: " + text + ". (POCO_EXCEPTION)"
	}
	return strings.TrimRight(text, "\n") + " (version " + version + ")"
}

// statusOf is the HTTP status that a ClickHouse server gives for the code of an exception.
func statusOf(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, errClosed) {
		return http.StatusServiceUnavailable
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return http.StatusRequestTimeout
	}
	switch codeOf(err.Error()) {
	case 497, 164: // ACCESS_DENIED, READONLY
		return http.StatusForbidden
	case 6, 26, 27, 33, 34, 38, 41, 43, 44, 47, 53, 62, 69, 72, 115, 117, 130, 137, 321, 386, 456, 457, 69_000:
		// what cannot be parsed, converted or is not known in the statement
		return http.StatusBadRequest
	case 46, 60, 79, 80, 81, 83: // UNKNOWN_FUNCTION, _TABLE, ..., _DATABASE
		return http.StatusNotFound
	case 48: // NOT_IMPLEMENTED
		return http.StatusNotImplemented
	case 158, 161, 395, 396, 307: // TOO_MANY_ROWS and the like
		return http.StatusInternalServerError
	case 159, 209: // TIMEOUT_EXCEEDED, SOCKET_TIMEOUT
		return http.StatusRequestTimeout
	default:
		return http.StatusInternalServerError
	}
}
