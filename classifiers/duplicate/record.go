package duplicate

import (
	"encoding/binary"
	"hash/crc32"

	"samleng"
)

// record is one change of the index, in memory and on disk.
type record struct {
	kind      recordKind
	id        samleng.PostID
	story     samleng.PostID
	arrived   uint32 // seconds
	published uint32 // seconds
	print     Print  // of recordFirst and recordEdit
}

type recordKind byte

const (
	recordFirst   recordKind = 'F' // a post whose print stands for its story
	recordCarrier recordKind = 'C' // a post of a story that is known
	recordEdit    recordKind = 'E' // another print for the story of a post that is known
	recordRemoved recordKind = 'R' // a post to forget
)

const (
	recordHead = 1 + 16 + 16 + 4 + 4
	recordSum  = 4 // CRC-32C of all before it
)

func (k recordKind) size() int {
	switch k {
	case recordFirst, recordEdit:
		return recordHead + PrintBytes + recordSum
	case recordCarrier, recordRemoved:
		return recordHead + recordSum
	}
	return 0
}

// post reports whether the record makes a post known.
func (k recordKind) post() bool { return k == recordFirst || k == recordCarrier }

// appendRecord appends the form that a record has on disk.
func appendRecord(b []byte, r *record) []byte {
	from := len(b)
	b = append(b, byte(r.kind))
	b = append(b, r.id[:]...)
	b = append(b, r.story[:]...)
	b = binary.LittleEndian.AppendUint32(b, r.arrived)
	b = binary.LittleEndian.AppendUint32(b, r.published)
	if r.kind == recordFirst || r.kind == recordEdit {
		b, _ = r.print.AppendBinary(b)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli()))
}

// readRecord decodes the record that b begins with and gives its length, or 0 when there is
// no whole and undamaged one.
func readRecord(b []byte, r *record) int {
	if len(b) == 0 {
		return 0
	}
	kind := recordKind(b[0])
	n := kind.size()
	if n == 0 || len(b) < n {
		return 0
	}
	body := b[:n-recordSum]
	if crc32.Checksum(body, castagnoli()) != binary.LittleEndian.Uint32(b[n-recordSum:]) {
		return 0
	}
	*r = record{kind: kind}
	copy(r.id[:], body[1:])
	copy(r.story[:], body[17:])
	r.arrived = binary.LittleEndian.Uint32(body[33:])
	r.published = binary.LittleEndian.Uint32(body[37:])
	if len(body) > recordHead && r.print.UnmarshalBinary(body[recordHead:]) != nil {
		return 0
	}
	return n
}

// castagnoli is the table of CRC-32C; the library makes it once.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }
