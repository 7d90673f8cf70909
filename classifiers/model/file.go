package model

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// A model's file: the magic, the length of the header (32 bits, little endian), the header
// as JSON, the table, and the CRC-32 (IEEE) of all before it.
const (
	magic      = "samleng-model-1\n"
	maxHeader  = 1 << 20
	maxClasses = 256
)

// Encode gives the model as a file.
func (m *Model) Encode() ([]byte, error) {
	head, err := json.Marshal(m.header)
	if err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	file := append(make([]byte, 0, len(magic)+len(head)+len(m.table.data)+8), magic...)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(head)))
	file = append(file, head...)
	file = append(file, m.table.data...)
	return binary.LittleEndian.AppendUint32(file, crc32.ChecksumIEEE(file)), nil
}

// Decode reads a file that Encode gave. It keeps the slice.
func Decode(file []byte) (*Model, error) {
	n := len(magic)
	if len(file) < n+8 || string(file[:n]) != magic {
		return nil, errors.New("is not a samleng model")
	}
	body, sum := file[:len(file)-4], binary.LittleEndian.Uint32(file[len(file)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, errors.New("the model is damaged: its checksum is wrong")
	}
	size := binary.LittleEndian.Uint32(file[n:])
	if size > maxHeader || int(size) > len(body)-n-4 {
		return nil, errors.New("the model's header is longer than the file")
	}
	m := &Model{version: versionOf(file)}
	if err := json.Unmarshal(body[n+4:n+4+int(size)], &m.header); err != nil {
		return nil, fmt.Errorf("the model's header: %w", err)
	}
	if err := m.header.check(); err != nil {
		return nil, err
	}
	m.table = table{data: body[n+4+int(size):], groups: uint64(m.header.Groups), classes: len(m.header.Classes)}
	if len(m.table.data) != m.header.Groups*m.table.groupSize() {
		return nil, fmt.Errorf("the model's table has %d bytes, want %d groups", len(m.table.data), m.header.Groups)
	}
	m.table.lay()
	return m, nil
}

// check reports what would make a model fail later.
func (h *header) check() error {
	k := len(h.Classes)
	switch {
	case k < 2 && !h.Multi || k < 1 || k > maxClasses:
		return fmt.Errorf("the model has %d classes", k)
	case len(h.Bias) != k:
		return fmt.Errorf("the model has %d biases for %d classes", len(h.Bias), k)
	case len(h.Decision) > 0 && len(h.Decision) != k:
		return fmt.Errorf("the model has %d decisions for %d classes", len(h.Decision), k)
	case !h.Grams.valid():
		return fmt.Errorf("the model reads n-grams out of bounds: %+v", h.Grams)
	case len(h.Dense) > 0 && len(h.Weights) != k:
		return fmt.Errorf("the model has dense weights for %d of %d classes", len(h.Weights), k)
	case h.Multi && len(h.Lines) != k:
		return fmt.Errorf("the model has %d calibrations for %d classes", len(h.Lines), k)
	case !h.Multi && !(h.Temperature > 0) || math.IsInf(h.Temperature, 0):
		return fmt.Errorf("the model has the temperature %v", h.Temperature)
	case h.Groups < 0 || h.Groups > 1<<28 || math.IsNaN(h.Scale) || math.IsInf(h.Scale, 0):
		return errors.New("the model's table has no sensible size")
	}
	for _, w := range h.Weights {
		if len(w) != len(h.Dense) {
			return fmt.Errorf("the model has %d dense weights for %d inputs", len(w), len(h.Dense))
		}
	}
	return nil
}
