package fake

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"
)

// SMTP is a mail server.
type SMTP struct {
	log      *Log
	secure   *tls.Config // nil: without STARTTLS
	listener net.Listener
	all      sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool
}

// NewSMTP starts a mail server on loopback. With a TLS configuration it offers STARTTLS, and then
// takes mails only after it and a log-in as "user" with "password"; direct begins with TLS.
func NewSMTP(l *Log, secure *tls.Config, direct bool) (*SMTP, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &SMTP{log: l, secure: secure, listener: listener, open: map[net.Conn]bool{}}
	s.all.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[c] = true
			s.mu.Unlock()
			s.all.Go(func() {
				conn := c
				if direct {
					conn = tls.Server(c, secure)
				}
				s.talk(conn, direct)
				_ = conn.Close()
				s.mu.Lock()
				delete(s.open, c)
				s.mu.Unlock()
			})
		}
	})
	return s, nil
}

// Port is where the server listens on 127.0.0.1.
func (s *SMTP) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Close ends the server and its conversations.
func (s *SMTP) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.all.Wait()
}

// talk holds one conversation. Every fate but Break and Forbid strikes at the end of the mail.
func (s *SMTP) talk(c net.Conn, encrypted bool) {
	in := bufio.NewReader(c)
	say := func(text string) { _, _ = io.WriteString(c, text+"\r\n") }
	fate := s.log.draw()
	if fate == Break {
		say("421 try again later")
		return
	}
	say("220 fake")
	trusted := s.secure == nil
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch verb = strings.ToUpper(verb); {
		case verb == "EHLO":
			say("250-fake")
			if s.secure != nil && !encrypted {
				say("250-STARTTLS")
			}
			if encrypted {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case verb == "STARTTLS":
			say("220 go on")
			c = tls.Server(c, s.secure)
			in, encrypted = bufio.NewReader(c), true
		case verb == "AUTH":
			_, credentials, _ := strings.Cut(rest, " ")
			plain, _ := base64.StdEncoding.DecodeString(credentials)
			trusted = string(plain) == "\x00user\x00password" && fate != Forbid
			if trusted {
				say("235 welcome")
			} else {
				say("535 5.7.8 wrong password")
			}
		case !trusted && verb != "QUIT" && verb != "NOOP" && verb != "RSET":
			say("530 5.7.0 log in first")
		case verb == "DATA":
			say("354 go on")
			text, err := readMail(in)
			if err != nil || !s.end(c, fate, text, say) {
				return
			}
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// end answers a mail as its fate wants, and reports whether the conversation goes on.
func (s *SMTP) end(c net.Conn, fate Fate, text string, say func(string)) bool {
	switch fate {
	case Hang:
		_ = c.SetReadDeadline(time.Now().Add(s.log.patience()))
		_, _ = c.Read(make([]byte, 1))
		return false
	case Die:
		return false
	case Limit:
		say("451 4.7.1 try again later")
		return true
	case Refuse:
		say("554 5.6.0 we do not like this")
		return true
	}
	a, err := parseMail(text)
	if err != nil {
		say("554 5.6.0 " + err.Error())
		return true
	}
	s.log.take(a)
	switch fate {
	case Mute:
		return false
	case Cut:
		say("250 taken")
		return false
	}
	say("250 taken")
	return true
}

// readMail reads up to the full stop on a line of its own.
func readMail(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return b.String(), nil
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

// parseMail makes an arrival of a mail: its plain text, its picture and its headers.
func parseMail(text string) (Arrival, error) {
	m, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		return Arrival{}, fmt.Errorf("read the mail: %w", err)
	}
	a := Arrival{Method: "mail", Body: []byte(text), Header: map[string][]string(m.Header), Answer: m.Header.Get("In-Reply-To")}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return Arrival{}, fmt.Errorf("read the subject: %w", err)
	}
	a.Repeat = marked(subject)
	return a, readPart(&a, map[string][]string(m.Header), m.Body)
}

func readPart(a *Arrival, header map[string][]string, body io.Reader) error {
	get := func(name string) string {
		for key, values := range header {
			if strings.EqualFold(key, name) {
				return values[0]
			}
		}
		return ""
	}
	kind, params, err := mime.ParseMediaType(get("Content-Type"))
	if err != nil {
		return fmt.Errorf("read the media type: %w", err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return fmt.Errorf("read a part: %w", err)
			}
			if err := readPart(a, part.Header, part); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	switch kind {
	case "text/plain":
		a.Text = string(b)
	case "image/png":
		a.Photo = b
	}
	return nil
}
