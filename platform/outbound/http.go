package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// maxHeader bounds the header of an answer, in bytes.
const maxHeader = 16 << 10

// Options change what a Client does. The zero value is the strictest.
type Options struct {
	TLS       *tls.Config // see TLSConfig; nil: the system's authorities
	PlainHTTP bool        // http also to other machines
	KeepAlive bool        // one connection for many requests
}

var errRedirect = errors.New("a redirect, which is never followed")

// Client returns a client for https, and for http to this machine.
func Client(o Options) *http.Client {
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: systemRoots()}
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	secure := &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        o.TLS,
		TLSHandshakeTimeout:    30 * time.Second,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
		DisableKeepAlives:      !o.KeepAlive,
		IdleConnTimeout:        time.Minute,
	}
	plain := secure.Clone()
	if !o.PlainHTTP {
		plain.DialContext = localDialer.DialContext
	}
	return &http.Client{
		Transport:     byScheme{http: plain, https: secure},
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

// localDialer looks at the address that a name turned out to be.
var localDialer = &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
	if host, _, err := net.SplitHostPort(address); err != nil || !net.ParseIP(host).IsLoopback() {
		return errors.New("plain http is for services of this machine only")
	}
	return nil
}}

// byScheme sends https anywhere, and anything else where http may go.
type byScheme struct{ http, https http.RoundTripper }

func (b byScheme) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.EqualFold(r.URL.Scheme, "https") {
		return b.https.RoundTrip(r)
	}
	return b.http.RoundTrip(r)
}

func (b byScheme) CloseIdleConnections() {
	for _, t := range []http.RoundTripper{b.http, b.https} {
		if c, ok := t.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}

// PlainError words an error of a client without the address, which may hold a token.
func PlainError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	return err
}
