package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"time"

	gomail "github.com/wneessen/go-mail"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/endpoint"
)

// channel hands mails to a server, over a connection each.
type channel struct {
	config   Config
	password samleng.Secret
	roots    *x509.CertPool // nil: those of the system
	from     *mail.Address
	to       []string
	deps     alerts.Deps
}

// Traits says what the channel takes.
func (c *channel) Traits() alerts.Traits {
	return alerts.Traits{Format: alerts.FormatMail, Limits: limits(), Peer: "mail " + c.config.Host}
}

// what is being done, as errors have it.
const what = "hand the mail over"

// longest is for the case that ctx has no end of its own.
const longest = time.Minute

// farewell is how long a server may take to say good-bye.
const farewell = 5 * time.Second

// Send hands one mail to the server, for all recipients or, when the server refuses one of them,
// for none. The receipt is the Message-ID.
func (c *channel) Send(ctx context.Context, m alerts.Message) (alerts.Receipt, error) {
	built, err := c.build(m)
	if err != nil {
		return "", samleng.WithClass(samleng.BadInput, err)
	}
	timeout := longest
	if end, ok := ctx.Deadline(); ok {
		timeout = max(time.Until(end), time.Millisecond)
	}
	// The connection ends with ctx, but for its farewell: the sooner the caller can note that the
	// mail has been taken, the less can come in between.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, end)
	client, err := c.client(life, timeout)
	if err != nil {
		end()
		return "", fmt.Errorf("%s: %w", what, err)
	}
	conversation, err := client.DialToSMTPClientWithContext(life)
	if err != nil {
		end()
		return "", classify(err)
	}
	if err := client.SendWithSMTPClient(conversation, built); err != nil && !built.IsDelivered() {
		end()
		return "", classify(err)
	}
	stop()
	go func() {
		defer end()
		if conversation.UpdateDeadline(farewell) == nil {
			_ = conversation.Quit() // it has taken the mail all the same
		}
	}()
	return alerts.Receipt("<" + c.id(m.Key) + ">"), nil
}

// client makes the client of one connection.
func (c *channel) client(ctx context.Context, timeout time.Duration) (*gomail.Client, error) {
	secure := &tls.Config{ServerName: c.config.Host, RootCAs: c.roots, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(c.config.Port), gomail.WithTimeout(timeout), gomail.WithTLSConfig(secure), gomail.WithHELO(c.domain()), gomail.WithoutNoop(), gomail.WithoutRset(),
		// The library's own context ends when the connection stands, and its deadline begins anew
		// with every step of the conversation.
		gomail.WithDialContextFunc(func(_ context.Context, network, address string) (net.Conn, error) {
			return c.dial(ctx, network, address, secure)
		}),
	}
	switch cmp.Or(c.config.Encryption, EncryptionStartTLS) {
	case EncryptionTLS:
		options = append(options, gomail.WithSSL())
	case EncryptionNone:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case EncryptionStartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.config.User != "" {
		options = append(options, gomail.WithUsername(c.config.User), gomail.WithPassword(c.password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthCramMD5, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(c.config.Host, options...)
}

// dial opens a connection that ends with ctx.
func (c *channel) dial(ctx context.Context, network, address string, secure *tls.Config) (net.Conn, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = connection.Close() })
	if c.config.Encryption == EncryptionTLS {
		encrypted := tls.Client(connection, secure)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			_ = connection.Close()
			return nil, err
		}
		connection = encrypted
	}
	return connection, nil
}

// classify says what an error of the library means. Its text holds the answer of the server and
// never what was sent.
func classify(err error) error {
	var code int
	said := err.Error()
	if refusal, ok := errors.AsType[*textproto.Error](err); ok {
		code, said = refusal.Code, fmt.Sprintf("%d %s", refusal.Code, refusal.Msg)
	}
	failed, sending := errors.AsType[*gomail.SendError](err)
	if sending && code == 0 {
		code = failed.ErrorCode()
	}
	plain := fmt.Errorf("%s: %s", what, endpoint.Short(said))
	switch {
	case sending && failed.Reason == gomail.ErrSMTPDataClose && code == 0:
		return alerts.Unsure(samleng.WithClass(samleng.RetryAfter, plain)) // all of it was sent, and no answer came
	case code >= 400 && code < 500:
		return samleng.WithClass(samleng.RetryAfter, plain)
	case code >= 500 && (!sending || failed.Reason == gomail.ErrSMTPMailFrom || failed.Reason == gomail.ErrSMTPRcptTo):
		return samleng.WithClass(samleng.Unauthorised, plain) // about the log-in, the sender or a recipient: a person can mend it
	case code >= 500:
		return samleng.WithClass(samleng.Permanent, plain)
	}
	return samleng.WithClass(samleng.RetryAfter, plain)
}
