package kafka_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/pipeline/kafka"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*kafka.Config)
		want   []string // beginnings of lines of the error
	}{
		{"default", func(*kafka.Config) {}, nil},
		{"cluster", func(c *kafka.Config) {
			c.Brokers = []string{"kafka-1.example:9093", "[::1]:9093"}
			c.TLS = kafka.TLS{Enabled: true, CAFile: "ca.pem"}
			c.SASL = kafka.SASL{Mechanism: kafka.ScramSHA512, Username: "u", PasswordFile: "p"}
		}, nil},
		{"all at once", func(c *kafka.Config) {
			*c = kafka.Config{Brokers: []string{"kafka"}, ReplicationFactor: 0, DrainTimeout: -1}
		}, []string{
			`brokers: "kafka" is not host:port`, "topic: ", "dead_topic: ", "dead_topic: is the same", "partitions: 0", "replication_factor: 0",
			"group: is empty", "batch_posts: 0", "batch_bytes: 0", "batch_interval: 0s", "session_timeout: 0s", "drain_timeout: -1ns",
		}},
		{"same topics", func(c *kafka.Config) { c.DeadTopic = c.Topic }, []string{"dead_topic: is the same"}},
		{"key without certificate", func(c *kafka.Config) { c.TLS = kafka.TLS{Enabled: true, KeyFile: "k"} }, []string{"tls: cert_file and key_file"}},
		{"TLS set but off", func(c *kafka.Config) { c.TLS.Insecure = true }, []string{"tls.enabled: is false"}},
		{"unknown mechanism", func(c *kafka.Config) { c.SASL.Mechanism = "gssapi" }, []string{
			`sasl.mechanism: "gssapi"`, "sasl.username: ", "sasl.password: is missing",
		}},
		{"user without mechanism", func(c *kafka.Config) { c.SASL.Username = "u" }, []string{"sasl.mechanism: is missing"}},
		{"two passwords", func(c *kafka.Config) {
			c.SASL = kafka.SASL{Mechanism: kafka.Plain, Username: "u", Password: "p", PasswordFile: "f"}
		}, []string{"sasl.password_file: is set beside"}},
		{"session too short", func(c *kafka.Config) { c.SessionTimeout = time.Second }, []string{"session_timeout: 1s"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := kafka.DefaultConfig()
			test.change(&c)
			err := c.Validate()
			if len(test.want) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Errorf("%d faults, want %d:\n%v", len(lines), len(test.want), err)
			}
			for i, want := range test.want {
				if i < len(lines) && !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %d is %q, want %q", i, lines[i], want)
				}
			}
			if _, ok := errors.AsType[*samleng.KeyError](err); !ok {
				t.Error("the faults do not name their keys")
			}
		})
	}
}

func TestSecretsAndCertificatesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*kafka.Config){
		"password file": func(c *kafka.Config) {
			c.SASL = kafka.SASL{Mechanism: kafka.Plain, Username: "u", PasswordFile: "missing"}
		},
		"authority":   func(c *kafka.Config) { c.TLS = kafka.TLS{Enabled: true, CAFile: "missing"} },
		"not PEM":     func(c *kafka.Config) { c.TLS = kafka.TLS{Enabled: true, CAFile: notPEM} },
		"certificate": func(c *kafka.Config) { c.TLS = kafka.TLS{Enabled: true, CertFile: "missing", KeyFile: "missing"} },
		"no broker":   func(c *kafka.Config) { c.Brokers = nil },
	} {
		c := kafka.DefaultConfig()
		c.Brokers = []string{"127.0.0.1:1"}
		change(&c)
		if _, err := kafka.NewProducer(kafka.ProducerOptions{Config: c}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSendRefusesBadPosts(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p := g.producer()
	good := posts(0, 1)[0]
	noSource, huge := good, good
	noSource.Source = ""
	huge.Text = strings.Repeat("\x01", samleng.MaxText)
	for name, bad := range map[string]samleng.Post{`source ""`: noSource, "at most 900000": huge} {
		err := p.Send(t.Context(), []samleng.Post{good, bad})
		if samleng.ClassOf(err) != samleng.BadInput || !strings.Contains(err.Error(), bad.ID.String()) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v of class %s", name, err, samleng.ClassOf(err))
		}
	}
	if n := g.end(t, "posts"); n != 0 {
		t.Errorf("%d posts were sent all the same", n)
	}
	if err := p.Send(t.Context(), nil); err != nil {
		t.Errorf("nothing to send: %v", err)
	}
}

func TestSendGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p := g.producer()
	if err := g.broker.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- p.Send(ctx, posts(0, 10)) }()
	eventually(t, "the producer waits", func() bool { return strings.Contains(p.Status().String(), "waiting for Kafka") })
	end()
	if err := <-sent; err == nil {
		t.Error("no error although nothing was acknowledged")
	}
}

func TestTopicsAreLeftAlone(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.config.Partitions = 9
	if err := kafka.EnsureTopics(t.Context(), g.config, g.log); err != nil {
		t.Fatal(err)
	}
	if n := len(g.ends(t, "posts")); n != 4 {
		t.Errorf("%d partitions, want the 4 of the first time", n)
	}
}
