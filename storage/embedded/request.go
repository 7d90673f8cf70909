package embedded

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// request is what an HTTP request asks for, before its statement is looked at.
type request struct {
	id       string
	database string
	format   string // where the statement names none
	settings map[string]string
	params   map[string]string

	input    io.Reader // statement, then the rows of an insert
	readOnly bool
	revision uint64 // of Native blocks; 0 for the file format

	compress   string // method of ClickHouse's own compressed blocks, empty for none
	encoding   string // Content-Encoding of the response
	decompress bool
	whole      bool // answer only when the statement has ended
}

// ignored are parameters of the protocol that mean nothing here, beside those that parse reads.
func ignored() map[string]bool {
	return words(`user password quota_key buffer_size send_progress_in_http_headers stacktrace
	close_session session_timeout session_check http_zlib_compression_level network_zstd_compression_level
	cancel_http_readonly_queries_on_client_disconnect http_write_exception_in_output_format
	http_headers_progress_interval_ms add_http_cors_header enable_zstd_qat_codec send_timeout receive_timeout
	role readonly query`)
}

// parseRequest reads the parameters and headers. The body is not touched.
func parseRequest(r *http.Request) (*request, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("Code: 36. DB::Exception: Bad query string: %w. (BAD_ARGUMENTS)", err) //nolint:staticcheck // ClickHouse's wording
	}
	q := &request{
		id: values.Get("query_id"), database: values.Get("database"), format: values.Get("default_format"),
		settings: map[string]string{}, params: map[string]string{},
		readOnly: r.Method == http.MethodGet || r.Method == http.MethodHead,
	}
	header(&q.id, r, "X-ClickHouse-Query-Id")
	header(&q.database, r, "X-ClickHouse-Database")
	header(&q.format, r, "X-ClickHouse-Format")
	if q.format == "" {
		q.format = "TabSeparated"
	}
	if fileFormat(q.format) {
		return nil, notImplemented("format " + q.format)
	}
	skip := ignored()
	method := "LZ4"
	compress, acceptEncoding := false, false
	for name, all := range values {
		value := all[len(all)-1]
		switch {
		case name == "query_id" || name == "database" || name == "default_format":
		case name == "compress":
			compress = on(value)
		case name == "decompress":
			q.decompress = on(value)
		case name == "network_compression_method":
			method = value
		case name == "enable_http_compression":
			acceptEncoding = on(value)
		case name == "wait_end_of_query":
			q.whole = on(value)
		case name == "readonly":
			q.readOnly = q.readOnly || value != "0"
		case name == "client_protocol_version":
			if q.revision, err = strconv.ParseUint(value, 10, 32); err != nil {
				return nil, fmt.Errorf("Code: 36. DB::Exception: Bad client_protocol_version %s. (BAD_ARGUMENTS)", quoteText(value)) //nolint:staticcheck // ClickHouse's wording
			}
		case name == "session_id":
			return nil, notImplemented("sessions")
		case skip[strings.ToLower(name)]:
		case strings.HasPrefix(name, "param_"):
			q.params[strings.TrimPrefix(name, "param_")] = value
		case strings.HasSuffix(name, "_structure"):
			return nil, notImplemented("external tables")
		case readsFiles(name):
			return nil, notImplemented(name)
		default:
			if err := checkSetting(name); err != nil {
				return nil, err
			}
			q.settings[name] = value
		}
	}
	if compress {
		q.compress = method
	}
	if acceptEncoding {
		q.encoding = accepted(r.Header.Get("Accept-Encoding"))
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, notImplemented("external tables")
	}
	return q, nil
}

// header overrides a parameter that the header carries too.
func header(to *string, r *http.Request, name string) {
	if v := r.Header.Get(name); v != "" {
		*to = v
	}
}

func on(value string) bool { return value != "" && value != "0" && !strings.EqualFold(value, "false") }

func notImplemented(what string) error {
	return fmt.Errorf("Code: 48. DB::Exception: The embedded engine has no %s. (NOT_IMPLEMENTED)", what) //nolint:staticcheck // ClickHouse's wording
}

// Sizes of a statement, without the rows of an insert.
const (
	headSize     = 256 << 10 // read before looking where an insert's rows begin; ClickHouse's max_query_size
	maxStatement = 16 << 20
)

// statement reads enough of the input to know the statement. For an insert it gives the rows
// to read; for anything else rows is nil.
func (q *request) statement() (statement, io.Reader, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(q.input, head)
	whole := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !whole {
		return statement{}, nil, fmt.Errorf("read request: %w", err)
	}
	text := string(head[:n])
	st := parse(text)
	if st.data {
		if fileFormat(st.format) {
			return statement{}, nil, notImplemented("format " + st.format)
		}
		values := strings.EqualFold(st.format, "Values")
		if values && whole {
			return statement{text: text, tokens: tokens(text)}, nil, nil
		}
		if values {
			// The guard does not see these rows: they must not be expressions.
			q.settings["input_format_values_interpret_expressions"] = "0"
		}
		return st, io.MultiReader(strings.NewReader(text[st.offset:]), q.input), nil
	}
	if whole {
		return st, nil, nil
	}
	rest, err := io.ReadAll(io.LimitReader(q.input, maxStatement+1-headSize))
	if err != nil {
		return statement{}, nil, fmt.Errorf("read request: %w", err)
	}
	if n+len(rest) > maxStatement {
		return statement{}, nil, fmt.Errorf("Code: 62. DB::Exception: The statement is longer than %d bytes. (SYNTAX_ERROR)", maxStatement) //nolint:staticcheck // ClickHouse's wording
	}
	return parse(text + string(rest)), nil, nil
}
