package embedded

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is libchdb's C interface, as far as it is used. Pointers that C owns are kept as
// uintptr, so that Go's garbage collector leaves them alone; pointers into Go memory are
// passed as unsafe.Pointer or *byte, so that it does not. The signatures are those of chdb.h
// of libchdb 26.7.
type library struct {
	setSignalHandlersEnabled func(enabled int32)
	version                  func() string

	connect func(argc int32, argv unsafe.Pointer) uintptr
	close   func(conn uintptr)

	query         statementFunc
	stream        statementFunc
	streamFetch   func(conn, result uintptr) uintptr
	streamCancel  func(conn, result uintptr)
	classify      func(conn uintptr, sql *byte, sqlLen uintptr, database *byte, databaseLen uintptr, out unsafe.Pointer) int32
	resultBuffer  func(result uintptr) uintptr
	resultLength  func(result uintptr) uintptr
	resultError   func(result uintptr) string
	rowsRead      func(result uintptr) uint64
	storageRows   func(result uintptr) uint64
	storageBytes  func(result uintptr) uint64
	rowsWritten   func(result uintptr) uint64
	bytesWritten  func(result uintptr) uint64
	destroyResult func(result uintptr)

	insert        statementFunc
	insertAppend  func(stream uintptr, data *byte, n uintptr) int32
	insertDone    func(stream uintptr) uintptr
	insertCancel  func(stream uintptr)
	insertError   func(stream uintptr) string
	destroyInsert func(stream uintptr)
}

// statementFunc is the form of the functions that begin a statement. Names and values of the
// parameters are arrays of params pointers and lengths.
type statementFunc = func(conn uintptr, query *byte, queryLen uintptr, format *byte, formatLen uintptr,
	names **byte, nameLens *uintptr, values **byte, valueLens *uintptr, params uintptr) uintptr

// load opens the library and looks every function up. The library stays loaded until the
// process ends: unloading it would leave its threads without code.
func load(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load the ClickHouse engine: %w", err)
	}
	l := &library{}
	for name, function := range map[string]any{
		"chdb_set_signal_handlers_enabled": &l.setSignalHandlersEnabled,
		"chdb_version":                     &l.version,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.close,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.stream,
		"chdb_stream_fetch_result":         &l.streamFetch,
		"chdb_stream_cancel_query":         &l.streamCancel,
		"chdb_classify_query_n":            &l.classify,
		"chdb_result_buffer":               &l.resultBuffer,
		"chdb_result_length":               &l.resultLength,
		"chdb_result_error":                &l.resultError,
		"chdb_result_rows_read":            &l.rowsRead,
		"chdb_result_storage_rows_read":    &l.storageRows,
		"chdb_result_storage_bytes_read":   &l.storageBytes,
		"chdb_result_rows_written":         &l.rowsWritten,
		"chdb_result_bytes_written":        &l.bytesWritten,
		"chdb_destroy_query_result":        &l.destroyResult,
		"chdb_stream_insert_with_params_n": &l.insert,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertCancel,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.destroyInsert,
	} {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("the ClickHouse engine %s has no function %s; install the pinned version with `make engine`", path, name)
		}
		purego.RegisterFunc(function, symbol)
	}
	// The library would otherwise take over SIGINT, SIGTERM and the fault signals, and
	// Go's runtime needs them.
	l.setSignalHandlersEnabled(0)
	return l, nil
}

// params are query parameters in the form the library takes them.
type params struct {
	names, values       []*byte
	nameLens, valueLens []uintptr
	pin                 runtime.Pinner
}

// newParams copies the parameters into C strings. The caller calls unpin afterwards.
func newParams(values map[string]string) *params {
	p := &params{}
	for name, value := range values {
		n, v := cString(name), cString(value)
		p.pin.Pin(n)
		p.pin.Pin(v)
		p.names, p.nameLens = append(p.names, n), append(p.nameLens, uintptr(len(name)))
		p.values, p.valueLens = append(p.values, v), append(p.valueLens, uintptr(len(value)))
	}
	return p
}

func (p *params) unpin() { p.pin.Unpin() }

// cString gives the first byte of a zero-terminated copy of s.
func cString(s string) *byte {
	b := make([]byte, len(s)+1)
	copy(b, s)
	return &b[0]
}

// goBytes views n bytes of memory that C owns, without copying. The address comes from C
// and never points into Go's heap, so turning it into a pointer is safe.
func goBytes(address, n uintptr) []byte {
	if address == 0 || n == 0 {
		return nil
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), n) //nolint:gosec // as said above
}
