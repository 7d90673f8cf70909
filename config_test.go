package samleng_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samleng"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2"
	config := struct{ Password samleng.Secret }{hidden}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "password", config.Password, "config", config)
	encoded, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{fmt.Sprint(config), fmt.Sprintf("%v %+v %#v %s %q", config, config, config, config.Password, config.Password), log.String(), string(encoded)} {
		if strings.Contains(out, hidden) {
			t.Errorf("the secret shows: %s", out)
		}
	}
	if config.Password.Reveal() != hidden {
		t.Error("Reveal does not give the secret")
	}
}

func TestReadSecret(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from file\r\nsecond line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := samleng.ReadSecret("", file); err != nil || got.Reveal() != "from file" {
		t.Errorf("from file: %q, %v", got.Reveal(), err)
	}
	if got, err := samleng.ReadSecret("set", ""); err != nil || got.Reveal() != "set" {
		t.Errorf("set: %q, %v", got.Reveal(), err)
	}
	if _, err := samleng.ReadSecret("set", file); err == nil {
		t.Error("both set: no error")
	}
	if _, err := samleng.ReadSecret("", file+".absent"); err == nil {
		t.Error("absent file: no error")
	}
}
