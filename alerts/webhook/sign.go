package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// scheme begins a signature, so that another one can come to stand beside it.
const scheme = "v1="

// Tolerance is how old a request can be that Verify takes, so that nobody can post again later
// what was overheard.
const Tolerance = 5 * time.Minute

// Sign gives the signature of a body at a time: "v1=" and, in lower-case hexadecimal digits,
// HMAC-SHA256 of the seconds since 1970 in decimal digits, a full stop and the body.
func Sign(secret []byte, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(strconv.AppendInt(nil, at.Unix(), 10))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return scheme + hex.EncodeToString(mac.Sum(nil))
}

// Verify is for receivers in Go: it gives nil when a request with this header and body was
// signed with the secret within Tolerance of now.
func Verify(secret []byte, header http.Header, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(header.Get(HeaderTimestamp), 10, 64)
	if err != nil {
		return errors.New(HeaderTimestamp + " is not a number of seconds")
	}
	at := time.Unix(seconds, 0)
	if age := now.Sub(at); age > Tolerance || age < -Tolerance {
		return errors.New(HeaderTimestamp + " is too far from now")
	}
	if !hmac.Equal([]byte(header.Get(HeaderSignature)), []byte(Sign(secret, at, body))) {
		return errors.New(HeaderSignature + " is not that of the body")
	}
	return nil
}
