package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"samleng"
)

const (
	clientID       = "samleng"
	dialTimeout    = 5 * time.Second
	requestTimeout = 10 * time.Second
)

// link is a way to reach the cluster: pooled for requests, single connections for reading.
// Closing it cuts every connection, so that nothing waits for a broker that does not answer.
type link struct {
	client    *kafkago.Client
	transport *kafkago.Transport
	dialer    *kafkago.Dialer
	brokers   []string
	end       context.CancelFunc

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]struct{}
}

// newLink reads certificates and passwords; it does not connect.
func newLink(c *Config) (*link, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("no Kafka broker is set")
	}
	encryption, err := c.TLS.config()
	if err != nil {
		return nil, samleng.WithClass(samleng.Permanent, err)
	}
	login, err := c.SASL.mechanism()
	if err != nil {
		return nil, samleng.WithClass(samleng.Unauthorised, err)
	}
	ctx, end := context.WithCancel(context.Background())
	l := &link{brokers: c.Brokers, end: end, conns: make(map[net.Conn]struct{})}
	l.transport = &kafkago.Transport{
		Dial: l.dial, DialTimeout: dialTimeout, ClientID: clientID, TLS: encryption, SASL: login,
		MetadataTopics: []string{c.Topic, c.DeadTopic},
		MetadataTTL:    2 * time.Second,
		Context:        ctx,
	}
	l.client = &kafkago.Client{Addr: kafkago.TCP(c.Brokers...), Timeout: requestTimeout, Transport: l.transport}
	l.dialer = &kafkago.Dialer{
		DialFunc: l.dial, Timeout: dialTimeout, ClientID: clientID, TLS: encryption, SASLMechanism: login,
	}
	return l, nil
}

func (l *link) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close() // it was never used
		return nil, net.ErrClosed
	}
	tracked := &trackedConn{Conn: conn, link: l}
	l.conns[tracked] = struct{}{}
	return tracked, nil
}

func (l *link) close() {
	l.end()
	l.transport.CloseIdleConnections()
	l.mu.Lock()
	l.closed = true
	open := make([]net.Conn, 0, len(l.conns))
	for conn := range l.conns {
		open = append(open, conn)
	}
	l.mu.Unlock()
	for _, conn := range open {
		_ = conn.Close() // whoever used it finds out
	}
}

// trackedConn takes itself off the link's list when it is closed.
type trackedConn struct {
	net.Conn
	link *link
}

// Close ends the connection.
func (c *trackedConn) Close() error {
	c.link.mu.Lock()
	delete(c.link.conns, c)
	c.link.mu.Unlock()
	return c.Conn.Close()
}

// leader connects to the broker that leads a partition.
func (l *link) leader(ctx context.Context, topic string, partition int) (*kafkago.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*dialTimeout)
	defer cancel()
	var errs []error
	for _, broker := range l.brokers {
		conn, err := l.dialer.DialLeader(ctx, "tcp", broker, topic, partition)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func (t *TLS) config() (*tls.Config, error) {
	if !t.Enabled {
		return nil, nil
	}
	c := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: t.Insecure, //nolint:gosec // it is the setting of that name
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read kafka.tls.ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read kafka.tls.ca_file: %s holds no PEM certificate", t.CAFile)
		}
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read kafka.tls.cert_file and key_file: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func (s *SASL) mechanism() (sasl.Mechanism, error) {
	if s.Mechanism == "" {
		return nil, nil
	}
	password, err := samleng.ReadSecret(s.Password, s.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("kafka.sasl.password: %w", err)
	}
	switch s.Mechanism {
	case Plain:
		return plain.Mechanism{Username: s.Username, Password: password.Reveal()}, nil
	case ScramSHA256:
		return scram.Mechanism(scram.SHA256, s.Username, password.Reveal())
	case ScramSHA512:
		return scram.Mechanism(scram.SHA512, s.Username, password.Reveal())
	}
	return nil, fmt.Errorf("kafka.sasl.mechanism: %q is not known", s.Mechanism)
}
