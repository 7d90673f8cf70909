package embedded

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"samleng"
	"samleng/pipeline"
	"samleng/pipeline/kafka"
)

// countingSink counts the rows it is given.
type countingSink struct{ rows chan int }

func (s countingSink) Insert(_ context.Context, _, _, _ string, rows []samleng.Row) error {
	s.rows <- len(rows)
	return nil
}

// TestLoginAndEncryption sends a post through every kind of door, and knocks with the wrong
// password. The embedded broker has no doors, so kfake is used without it.
func TestLoginAndEncryption(t *testing.T) {
	t.Parallel()
	const user, password = "samleng", "correct horse"
	certificate, caFile := selfSigned(t)
	for _, mechanism := range append([]string{""}, kafka.Mechanisms()...) {
		for _, encrypted := range []bool{false, true} {
			name := mechanism
			if name == "" {
				name = "no login"
			}
			if encrypted {
				name += ", TLS"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				options := []kfake.Opt{kfake.NumBrokers(1)}
				if mechanism != "" {
					options = append(options, kfake.EnableSASL(), kfake.Superuser(strings.ToUpper(mechanism), user, password))
				}
				config := kafka.DefaultConfig()
				config.BatchInterval = 10 * time.Millisecond
				if encrypted {
					options = append(options, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}))
					config.TLS = kafka.TLS{Enabled: true, CAFile: caFile}
				}
				cluster, err := kfake.NewCluster(options...)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(cluster.Close)
				config.Brokers = cluster.ListenAddrs()
				if mechanism != "" {
					config.SASL = kafka.SASL{Mechanism: mechanism, Username: user, Password: password}
				}
				if err := config.Validate(); err != nil {
					t.Fatal(err)
				}
				carry(t, config)

				if mechanism != "" {
					config.SASL.Password = "wrong"
					refused(t, config)
				}
			})
		}
	}
}

// refused checks that a wrong password is told from a broker that is away, and not printed.
// A real broker says so and the error is final (class Unauthorised); kfake closes the
// connection, which may pass, so the trouble is seen in the log.
func refused(t *testing.T, config kafka.Config) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	seen := &lastMessage{end: end}
	err := kafka.EnsureTopics(ctx, config, slog.New(slog.NewTextHandler(seen, nil)))
	if err == nil {
		t.Fatal("a wrong password is accepted")
	}
	if !strings.Contains(err.Error(), "login") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("error %v", err)
	}
}

// lastMessage is a log that ends the test's patience at the first line.
type lastMessage struct{ end func() }

func (l *lastMessage) Write(b []byte) (int, error) {
	l.end()
	return len(b), nil
}

// carry takes one post from a producer to a consumer.
func carry(t *testing.T, config kafka.Config) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	if err := kafka.EnsureTopics(t.Context(), config, log); err != nil {
		t.Fatal(err)
	}
	p, err := kafka.NewProducer(kafka.ProducerOptions{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if err := p.Send(t.Context(), numbered(0, 1)); err != nil {
		t.Fatal(err)
	}
	sink := countingSink{make(chan int, 1)}
	w, err := pipeline.NewWorker(pipeline.Options{Classifier: noLabels{}, Store: sink, DeadLetters: p})
	if err != nil {
		t.Fatal(err)
	}
	c, err := kafka.NewConsumer(kafka.ConsumerOptions{Config: config, Handler: w})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	select {
	case n := <-sink.rows:
		if n != 1 {
			t.Errorf("%d rows", n)
		}
	case <-t.Context().Done():
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// selfSigned makes a certificate for 127.0.0.1 and writes it as its own authority.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "samleng test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}
