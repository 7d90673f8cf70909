package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/internal/fake"
)

// certificate makes one for 127.0.0.1, and a file of it.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}

func serve(t *testing.T, l *fake.Log, secure *tls.Config, direct bool) int {
	t.Helper()
	s, err := fake.NewSMTP(l, secure, direct)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s.Port()
}

func open(t *testing.T, c Config) *channel {
	t.Helper()
	c.Host = "127.0.0.1"
	if c.From == "" {
		c.From = "សំឡេង <samleng@example.org>"
	}
	c.To = []string{"Team <team@example.org>", "two@example.org"}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	opened, err := c.Open(alerts.Deps{Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return opened.(*channel)
}

func message() alerts.Message {
	return alerts.Message{
		Card: alerts.Card{
			Title: "ការព្រមាន: ដីធ្លី\r\nBcc: x@example.org", Text: "alert e/1\n.\nអត្ថបទ " + strings.Repeat("ក", 400),
			Markup: "<html><body><p>alert e/1 អត្ថបទ</p></body></html>", Image: []byte("\x89PNG\r\n\x1a\n"), Alt: `a "chart"`,
		},
		Key: samleng.DeliveryKey{Episode: "e", Number: 1, Channel: "team"},
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	log := &fake.Log{}
	c := open(t, Config{Port: serve(t, log, nil, false), Encryption: EncryptionNone})
	receipt, err := c.Send(t.Context(), message())
	if err != nil {
		t.Fatal(err)
	}
	a := log.Arrivals()[0]
	m, err := mail.ReadMessage(bytes.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "ការព្រមាន: ដីធ្លី Bcc: x@example.org" || m.Header.Get("Bcc") != "" {
		t.Errorf("subject %q, %v", subject, err)
	}
	for i := range a.Body {
		if a.Body[i] >= 0x80 {
			t.Fatal("the mail is not of ASCII")
		}
	}
	for _, line := range strings.Split(string(a.Body), "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	if strings.ReplaceAll(a.Text, "\r\n", "\n") != message().Text || string(a.Photo) != string(message().Image) {
		t.Errorf("text %q, picture %q", a.Text, a.Photo)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Name != "សំឡេង" || from[0].Address != "samleng@example.org" {
		t.Errorf("from %v, %v", from, err)
	}
	if to, err := m.Header.AddressList("To"); err != nil || len(to) != 2 {
		t.Errorf("to %v, %v", to, err)
	}
	if m.Header.Get("Message-ID") != string(receipt) || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("headers %v, receipt %s", m.Header, receipt)
	}
	if !strings.Contains(string(a.Body), "multipart/alternative") || !strings.Contains(string(a.Body), "cid:chart") {
		t.Errorf("the mail is\n%s", a.Body)
	}
}

// The id is the same in every attempt, and the mails of an episode share a thread.
func TestThread(t *testing.T) {
	t.Parallel()
	log := &fake.Log{}
	c := open(t, Config{Port: serve(t, log, nil, false), Encryption: EncryptionNone})
	first := message()
	receipt, err := c.Send(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.Send(t.Context(), first.Repeated()); err != nil || again != receipt {
		t.Errorf("the repeat has id %s, not %s, %v", again, receipt, err)
	}
	second := message()
	second.Key.Number, second.First = 2, receipt
	if _, err := c.Send(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	all := log.Arrivals()
	if !all[1].Repeat || all[0].Repeat || all[2].Answer != string(receipt) {
		t.Errorf("repeats %v and %v, the second answers %s", all[0].Repeat, all[1].Repeat, all[2].Answer)
	}
	if a, b := all[0].Header.Get("References"), all[2].Header.Get("References"); a != b || a == "" {
		t.Errorf("threads %s and %s", a, b)
	}
}

func TestEncryptionAndLogIn(t *testing.T) {
	t.Parallel()
	secure, ca := certificate(t)
	for _, c := range []struct {
		name     string
		direct   bool
		password samleng.Secret
		ca       string
		class    samleng.Class
	}{
		{"starttls", false, "password", ca, ""},
		{"tls", true, "password", ca, ""},
		{"wrong password", false, "wrong-secret", ca, samleng.Unauthorised},
		{"unknown certificate", false, "password", "", samleng.RetryAfter},
		{"unknown certificate, tls", true, "password", "", samleng.RetryAfter},
	} {
		log := &fake.Log{}
		config := Config{Port: serve(t, log, secure, c.direct), User: "user", Password: c.password, CAFile: c.ca}
		if c.direct {
			config.Encryption = EncryptionTLS
		}
		_, err := open(t, config).Send(t.Context(), message())
		if samleng.ClassOf(err) != c.class || alerts.IsUnsure(err) || (err == nil) != (len(log.Arrivals()) == 1) {
			t.Errorf("%s gives %v of class %q, %d arrived", c.name, err, samleng.ClassOf(err), len(log.Arrivals()))
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s says %q", c.name, err)
		}
	}
	// A server without STARTTLS gets neither the mail nor the password.
	log := &fake.Log{}
	if _, err := open(t, Config{Port: serve(t, log, nil, false), User: "user", Password: "password"}).Send(t.Context(), message()); err == nil || len(log.Arrivals()) > 0 {
		t.Errorf("without STARTTLS: %v, %d arrived", err, len(log.Arrivals()))
	}
}

func TestFates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fate   fake.Fate
		class  samleng.Class // empty: sent
		unsure bool
		says   string
	}{
		{fake.Take, "", false, ""},
		{fake.Cut, "", false, ""},
		{fake.Limit, samleng.RetryAfter, false, "451"},
		{fake.Break, samleng.RetryAfter, false, "421"},
		{fake.Refuse, samleng.Permanent, false, "554"},
		{fake.Hang, samleng.RetryAfter, true, ""},
		{fake.Die, samleng.RetryAfter, true, "EOF"},
		{fake.Mute, samleng.RetryAfter, true, "EOF"},
	} {
		log := &fake.Log{Fate: func() fake.Fate { return c.fate }}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err := open(t, Config{Port: serve(t, log, nil, false), Encryption: EncryptionNone}).Send(ctx, message())
		cancel()
		if samleng.ClassOf(err) != c.class || alerts.IsUnsure(err) != c.unsure || (err != nil && !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s gives %v of class %q, unsure %v", c.fate, err, samleng.ClassOf(err), alerts.IsUnsure(err))
		}
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = open(t, Config{Port: port, Encryption: EncryptionNone}).Send(t.Context(), message())
	if samleng.ClassOf(err) != samleng.RetryAfter || alerts.IsUnsure(err) {
		t.Errorf("gives %v", err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Config{Host: "h", From: "a@example.org", To: []string{"b@example.org"}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		"host: is missing":              func(c *Config) { c.Host = "" },
		"port: 70000":                   func(c *Config) { c.Port = 70000 },
		"encryption: \"ssl\"":           func(c *Config) { c.Encryption = "ssl" },
		"password: is missing":          func(c *Config) { c.User = "u" },
		"user: is missing":              func(c *Config) { c.Password = "p" },
		"encryption: a password would":  func(c *Config) { c.User, c.Password, c.Encryption = "u", "p", EncryptionNone },
		"from: \"x\"":                   func(c *Config) { c.From = "x" },
		"to: is missing":                func(c *Config) { c.To = nil },
		"to[1]: \"x\" is not an":        func(c *Config) { c.To = append(c.To, "x") },
		"password: password and passwo": func(c *Config) { c.User, c.Password, c.PasswordFile = "u", "p", "f" },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
