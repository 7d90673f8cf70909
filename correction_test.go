package samleng

import (
	"strings"
	"testing"
)

func TestCorrectionID(t *testing.T) {
	t.Parallel()
	id := NewCorrectionID()
	if !IsCorrectionID(id) || id == NewCorrectionID() {
		t.Errorf("%q is no id, or is drawn twice", id)
	}
	for _, bad := range []string{"", id[1:], id + "A", strings.ToLower(id), strings.Repeat("1", 26), strings.Repeat("A", 25) + "'"} {
		if IsCorrectionID(bad) {
			t.Errorf("%q passes for an id", bad)
		}
	}
}
