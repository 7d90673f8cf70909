package samleng_test

import (
	"encoding/json"
	"testing"

	"samleng"
)

func TestLevelIsReadByNumberAndName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]samleng.Level{
		`{"level":2}`: samleng.LevelWarning, `{"level":"urgent"}`: samleng.LevelUrgent, `{"level":"notice"}`: samleng.LevelNotice, `{}`: 0, `{"level":0}`: 0,
	} {
		var a samleng.Alert
		if err := json.Unmarshal([]byte(text), &a); err != nil || a.Level != want {
			t.Errorf("%s: %v, %v", text, a.Level, err)
		}
	}
	var a samleng.Alert
	if err := json.Unmarshal([]byte(`{"level":"loud"}`), &a); err == nil {
		t.Error("a level that there is not")
	}
	written, err := json.Marshal(samleng.Alert{Level: samleng.LevelUrgent})
	var again samleng.Alert
	if err != nil || json.Unmarshal(written, &again) != nil || again.Level != samleng.LevelUrgent {
		t.Errorf("%s gives %v, %v", written, again.Level, err)
	}
}
