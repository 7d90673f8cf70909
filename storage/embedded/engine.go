package embedded

import (
	"errors"
	"runtime"
	"unsafe"
)

// engineError is an error the engine reports, with its text as ClickHouse writes it:
// "Code: 60. DB::Exception: ... (UNKNOWN_TABLE)".
type engineError struct{ text string }

func (e *engineError) Error() string { return e.text }

// connection is one connection to the engine. It runs one statement at a time; the pool sees
// to that.
type connection struct {
	lib    *library
	handle uintptr // chdb_connection *
	used   string  // database of the last USE
}

// connect opens the store at dir, or joins it when it is open already in this process.
func connect(lib *library, args []string) (*connection, error) {
	argv := make([]*byte, len(args)+1)
	var pin runtime.Pinner
	defer pin.Unpin()
	for i, a := range args {
		argv[i] = cString(a)
		pin.Pin(argv[i])
	}
	handle := lib.connect(int32(len(args)), unsafe.Pointer(&argv[0])) //nolint:gosec // a handful of arguments
	runtime.KeepAlive(argv)
	if handle == 0 {
		return nil, errors.New("the ClickHouse engine did not open its store (its own log says why on standard error)")
	}
	return &connection{lib: lib, handle: handle}, nil
}

// raw is the chdb_connection that chdb_connect's result points to.
func (c *connection) raw() uintptr {
	return **(**uintptr)(unsafe.Pointer(&c.handle)) //nolint:gosec // an address in memory that C owns
}

func (c *connection) close() { c.lib.close(c.handle) }

// stats counts what a statement read and wrote.
type stats struct {
	readRows, readBytes, writtenRows, writtenBytes, resultRows uint64
}

// result is the output of a statement, in memory that the engine owns until free.
type result struct {
	lib    *library
	handle uintptr
}

func (r result) free() { r.lib.destroyResult(r.handle) }

func (r result) err() error {
	if text := r.lib.resultError(r.handle); text != "" {
		return &engineError{text: text}
	}
	return nil
}

func (r result) bytes() []byte {
	return goBytes(r.lib.resultBuffer(r.handle), r.lib.resultLength(r.handle))
}

func (r result) stats() stats {
	return stats{
		readRows: r.lib.storageRows(r.handle), readBytes: r.lib.storageBytes(r.handle),
		writtenRows: r.lib.rowsWritten(r.handle), writtenBytes: r.lib.bytesWritten(r.handle),
		resultRows: r.lib.rowsRead(r.handle),
	}
}

// begin passes a statement, the format of its data and its parameters to one of the
// library's functions that take them.
func (c *connection) begin(f statementFunc, query, format string, given map[string]string) uintptr {
	p := newParams(given)
	defer p.unpin()
	q, n := cString(query), cString(format)
	names, nameLens := unsafe.SliceData(p.names), unsafe.SliceData(p.nameLens)     //nolint:gosec // p lives until the end
	values, valueLens := unsafe.SliceData(p.values), unsafe.SliceData(p.valueLens) //nolint:gosec // p lives until the end
	handle := f(c.raw(), q, uintptr(len(query)), n, uintptr(len(format)), names, nameLens, values, valueLens, uintptr(len(p.names)))
	runtime.KeepAlive(q)
	runtime.KeepAlive(n)
	return handle
}

// run executes one statement to its end and gives its output in the format named, unless
// the statement names another. The caller frees the result.
func (c *connection) run(query, format string, values map[string]string) (result, error) {
	res := result{lib: c.lib, handle: c.begin(c.lib.query, query, format, values)}
	if err := res.err(); err != nil {
		res.free()
		return result{}, err
	}
	return res, nil
}

// exec is run for a statement whose output does not matter.
func (c *connection) exec(query string) error {
	res, err := c.run(query, "Null", nil)
	if err != nil {
		return err
	}
	res.free()
	return nil
}

// text runs a query and copies its output.
func (c *connection) text(query, format string) (string, error) {
	res, err := c.run(query, format, nil)
	if err != nil {
		return "", err
	}
	defer res.free()
	return string(res.bytes()), nil
}

// rows is the output of a query that is still running.
type rows struct {
	conn   *connection
	handle uintptr
	ended  bool
}

// open starts a query whose output is fetched piece by piece. The connection takes no other
// statement until the rows are closed.
func (c *connection) open(query, format string, values map[string]string) (*rows, error) {
	handle := c.begin(c.lib.stream, query, format, values)
	if err := (result{lib: c.lib, handle: handle}).err(); err != nil {
		c.lib.destroyResult(handle)
		return nil, err
	}
	return &rows{conn: c, handle: handle}, nil
}

// next gives the next piece, which is empty at the end. The caller frees it.
func (r *rows) next() (result, error) {
	piece := result{lib: r.conn.lib, handle: r.conn.lib.streamFetch(r.conn.raw(), r.handle)}
	if err := piece.err(); err != nil {
		piece.free()
		r.ended = true
		return result{}, err
	}
	r.ended = len(piece.bytes()) == 0
	return piece, nil
}

// close cancels the query when it has not ended.
func (r *rows) close() {
	if !r.ended {
		r.conn.lib.streamCancel(r.conn.raw(), r.handle)
	}
	r.conn.lib.destroyResult(r.handle)
}

// class is what a statement does to state that outlives it.
type class uint32

const (
	readOnly       class = 0
	mutating       class = 1
	mutatingGlobal class = 2
	control        class = 3 // session state, or not replayable
	unknown        class = 4 // does not parse
)

// classify asks ClickHouse's own parser what sql does and how many statements it holds.
func (c *connection) classify(sql string) (kind class, statements int, err error) {
	out := struct{ size, statements, flags, class uint32 }{size: 16}
	s := cString(sql)
	if c.lib.classify(c.raw(), s, uintptr(len(sql)), nil, 0, unsafe.Pointer(&out)) != 0 { //nolint:gosec // the struct of chdb.h
		return unknown, 0, errors.New("the ClickHouse engine could not analyse the statement")
	}
	return class(out.class), int(out.statements), nil
}

// insert is an INSERT whose rows are being appended.
type insert struct {
	lib    *library
	handle uintptr
}

// beginInsert starts an INSERT without its FORMAT clause. The connection takes no other
// statement until the insert is closed.
func (c *connection) beginInsert(query, format string, values map[string]string) (*insert, error) {
	handle := c.begin(c.lib.insert, query, format, values)
	in := &insert{lib: c.lib, handle: handle}
	if text := c.lib.insertError(handle); text != "" {
		in.close()
		return nil, &engineError{text: text}
	}
	return in, nil
}

// Write appends bytes of the insert's format. They need not end at a row or block.
func (in *insert) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if in.lib.insertAppend(in.handle, &b[0], uintptr(len(b))) != 0 {
		if text := in.lib.insertError(in.handle); text != "" {
			return 0, &engineError{text: text}
		}
		return 0, errInsertEnded
	}
	return len(b), nil
}

// errInsertEnded says that the engine stopped reading; done tells why.
var errInsertEnded = errors.New("the engine ended the insert")

// done commits the rows.
func (in *insert) done() (stats, error) {
	res := result{lib: in.lib, handle: in.lib.insertDone(in.handle)}
	defer res.free()
	if err := res.err(); err != nil {
		return stats{}, err
	}
	return res.stats(), nil
}

// cancel gives the rows up, as far as the engine has not stored them.
func (in *insert) cancel() { in.lib.insertCancel(in.handle) }

func (in *insert) close() { in.lib.destroyInsert(in.handle) }
