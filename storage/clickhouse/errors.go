package clickhouse

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"samleng"
)

// passing are the exceptions that may not come again. The numbers are those of ClickHouse's
// ErrorCodes.cpp.
var passing = map[int32]bool{
	3:    true, // UNEXPECTED_END_OF_FILE: a request that was cut off
	74:   true, // CANNOT_READ_FROM_FILE_DESCRIPTOR
	75:   true, // CANNOT_WRITE_TO_FILE_DESCRIPTOR: a full disk, among others
	76:   true, // CANNOT_OPEN_FILE: too many open files
	159:  true, // TIMEOUT_EXCEEDED
	173:  true, // CANNOT_ALLOCATE_MEMORY
	201:  true, // QUOTA_EXCEEDED
	202:  true, // TOO_MANY_SIMULTANEOUS_QUERIES
	203:  true, // NO_FREE_CONNECTION
	209:  true, // SOCKET_TIMEOUT
	210:  true, // NETWORK_ERROR
	225:  true, // NO_ZOOKEEPER
	236:  true, // ABORTED
	241:  true, // MEMORY_LIMIT_EXCEEDED
	242:  true, // TABLE_IS_READ_ONLY: a replica without its keeper
	243:  true, // NOT_ENOUGH_SPACE
	252:  true, // TOO_MANY_PARTS
	254:  true, // NO_ACTIVE_REPLICAS
	279:  true, // ALL_CONNECTION_TRIES_FAILED
	285:  true, // TOO_FEW_LIVE_REPLICAS
	319:  true, // UNKNOWN_STATUS_OF_INSERT
	394:  true, // QUERY_WAS_CANCELLED
	425:  true, // SYSTEM_ERROR
	439:  true, // CANNOT_SCHEDULE_TASK
	473:  true, // DEADLOCK_AVOIDED
	999:  true, // KEEPER_EXCEPTION
	1000: true, // POCO_EXCEPTION: the server's own network or system errors
}

// credentials are the exceptions about who asks.
var credentials = map[int32]bool{
	192: true, // UNKNOWN_USER
	193: true, // WRONG_PASSWORD
	194: true, // REQUIRED_PASSWORD
	195: true, // IP_ADDRESS_NOT_ALLOWED
	497: true, // ACCESS_DENIED
	516: true, // AUTHENTICATION_FAILED
}

// refusesData reports whether the exception is about the values of the rows themselves. What is
// about the tables or the statement is not: no other rows would fare better.
func refusesData(code int32) bool {
	switch code {
	case 6, // CANNOT_PARSE_TEXT
		25,  // CANNOT_PARSE_ESCAPE_SEQUENCE
		26,  // CANNOT_PARSE_QUOTED_STRING
		27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
		38,  // CANNOT_PARSE_DATE
		41,  // CANNOT_PARSE_DATETIME
		53,  // TYPE_MISMATCH
		69,  // ARGUMENT_OUT_OF_BOUND
		70,  // CANNOT_CONVERT_TYPE
		72,  // CANNOT_PARSE_NUMBER
		117, // INCORRECT_DATA
		128, // TOO_LARGE_ARRAY_SIZE
		130, // CANNOT_READ_ARRAY_FROM_TEXT
		131, // TOO_LARGE_STRING_SIZE
		190, // SIZES_OF_ARRAYS_DONT_MATCH
		321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
		349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
		376, // CANNOT_PARSE_UUID
		407, // DECIMAL_OVERFLOW
		441, // CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING
		467, // CANNOT_PARSE_BOOL
		469, // VIOLATED_CONSTRAINT
		675, // CANNOT_PARSE_IPV4
		676, // CANNOT_PARSE_IPV6
		691: // UNKNOWN_ELEMENT_OF_ENUM
		return true
	}
	return false
}

// refusedByDriver reports whether the driver, or the encoding of a column before it, would not
// take a value: nothing was sent.
func refusedByDriver(err error) bool {
	if e, ok := errors.AsType[*proto.BlockError](err); ok && e.Op == "AppendRow" {
		return true
	}
	if _, ok := errors.AsType[*json.UnsupportedValueError](err); ok {
		return true
	}
	return errors.Is(err, clickhouse.ErrBatchInvalid)
}

// classify gives an error of the driver its class.
func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case refusedByDriver(err):
		return samleng.WithClass(samleng.BadInput, err)
	}
	if e, ok := errors.AsType[*clickhouse.Exception](err); ok {
		switch {
		case passing[e.Code]:
			return samleng.WithClass(samleng.RetryAfter, err)
		case credentials[e.Code]:
			return samleng.WithClass(samleng.Unauthorised, err)
		case refusesData(e.Code):
			return samleng.WithClass(samleng.BadInput, err)
		}
		return samleng.WithClass(samleng.Permanent, err)
	}
	if e, ok := errors.AsType[*clickhouse.HTTPError](err); ok {
		switch e.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden:
			return samleng.WithClass(samleng.Unauthorised, err)
		case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge:
			return samleng.WithClass(samleng.Permanent, err)
		}
	}
	// What is left did not come from ClickHouse: a refused or broken connection, a time-out, a
	// cancelled context. Whether it was stored is not known.
	return samleng.WithClass(samleng.RetryAfter, err)
}
