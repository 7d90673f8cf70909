package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// columnForms is the protocol revision from which a Native block says, for each column,
// whether it is written in a form of its own (see clickhouse-go's lib/proto/const.go).
const columnForms = 54454

// reencode reads Native blocks of revision 0, which is what the library writes, and appends
// them to buffer in the revision that the client asked for.
func reencode(buffer *chproto.Buffer, native []byte, revision uint64, server *column.ServerContext) error {
	reader := chproto.NewReader(bytes.NewReader(native))
	for {
		block := proto.Block{ServerContext: server}
		if err := block.Decode(reader, 0); err != nil {
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && len(block.Columns) == 0 {
				return nil
			}
			return fmt.Errorf("Code: 48. DB::Exception: The embedded engine cannot send this result in the Native format: %w. (NOT_IMPLEMENTED)", err) //nolint:staticcheck // ClickHouse's wording
		}
		if block.Rows() == 0 {
			if err := emptyBlock(buffer, &block, revision); err != nil {
				return err
			}
			continue
		}
		if err := block.Encode(buffer, revision); err != nil {
			return fmt.Errorf("encode block: %w", err)
		}
	}
}

// emptyBlock appends a block that has columns and no rows. Block.Encode does not serve: it
// writes the prefixes of some columns, which no reader expects without rows.
func emptyBlock(buffer *chproto.Buffer, block *proto.Block, revision uint64) error {
	if err := block.EncodeHeader(buffer, revision); err != nil {
		return fmt.Errorf("encode block: %w", err)
	}
	for _, c := range block.Columns {
		buffer.PutString(c.Name())
		buffer.PutString(string(c.Type()))
		if revision >= columnForms {
			buffer.PutBool(false)
		}
	}
	return nil
}

// serverContext is what decoding a block needs to know about the engine.
func serverContext(revision uint64, version proto.Version) *column.ServerContext {
	return &column.ServerContext{
		Revision: revision, VersionMajor: version.Major, VersionMinor: version.Minor, VersionPatch: version.Patch,
		Timezone: time.UTC,
	}
}
