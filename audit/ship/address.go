package ship

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"rampart/platform/outbound"
)

// defaultPorts are those of each transport.
var defaultPorts = map[string]string{"udp": "514", "tcp": "601", "tls": "6514"}

// NewSyslog returns a destination for RFC 5424 messages. address is HOST:PORT or
// udp://HOST:PORT for UDP (RFC 5426), tcp://HOST:PORT for TCP with counted octets (RFC
// 6587), tls://HOST:PORT for TLS (RFC 5425). caFile holds the authorities to trust
// with TLS; "": the system's.
func NewSyslog(address, caFile string, format Format) (Destination, error) {
	transport, host, port, err := parseAddress(address)
	if err != nil {
		return Destination{}, err
	}
	addr := net.JoinHostPort(host, port)
	d := Destination{Name: fmt.Sprintf("syslog %s://%s (%s)", transport, addr, format.Name)}
	m := newRFC5424(format)
	switch transport {
	case "udp":
		d.Sink = &datagrams{addr: addr, message: m.message}
	default:
		s := &stream{addr: addr, message: m.message}
		if transport == "tls" {
			if s.tls, err = outbound.TLSConfig(caFile, host); err != nil {
				return Destination{}, err
			}
		}
		d.Sink = s
	}
	return d, nil
}

func parseAddress(address string) (transport, host, port string, err error) {
	bad := func(why string) (string, string, string, error) {
		return "", "", "", fmt.Errorf("%q is no address of a syslog server: %s; write HOST:PORT, udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT", address, why)
	}
	if !strings.Contains(address, "://") {
		address = "udp://" + address
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return bad("it can't be read")
	case defaultPorts[u.Scheme] == "":
		return bad(fmt.Sprintf("%q is none of udp, tcp, tls", u.Scheme))
	case u.Hostname() == "":
		return bad("it names no host")
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return bad("it has more than a host and a port")
	}
	if port = u.Port(); port == "" {
		port = defaultPorts[u.Scheme]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return bad("the port is a number up to 65535")
	}
	return u.Scheme, u.Hostname(), port, nil
}

// ParseEndpoint reads the address of an OTLP receiver over HTTP.
func ParseEndpoint(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is no address of a collector", address)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%q is no address of a collector; write https://HOST:4318, or http:// if nobody else reads the network", address)
	case u.User != nil:
		return nil, fmt.Errorf("%q holds a password, which every user of this machine can see; put a header into a file instead", u.Redacted())
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1/logs"
	}
	return u, nil
}

// EndpointName is the name of that destination. A path may hold a token, so only
// its digest is in it.
func EndpointName(u *url.URL) string {
	name := "otlp " + u.Scheme + "://" + u.Host
	if u.Path != "/v1/logs" {
		sum := sha256.Sum256([]byte(u.Path))
		name += " (path " + hex.EncodeToString(sum[:4]) + ")"
	}
	return name
}
