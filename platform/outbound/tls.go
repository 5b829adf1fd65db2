package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"runtime"
)

// bundles are where systems keep the authorities that they trust. They are only
// read here if the environment names others, which Go would take instead.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
	"/usr/local/share/certs/ca-root-nss.crt",
}

// systemRoots returns the system's authorities; nil means that Go finds them.
func systemRoots() *x509.CertPool {
	if os.Getenv("SSL_CERT_FILE") == "" && os.Getenv("SSL_CERT_DIR") == "" {
		return nil
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return nil // these do not look at the environment
	}
	pool := x509.NewCertPool()
	for _, name := range bundles {
		if data, err := os.ReadFile(name); err == nil && pool.AppendCertsFromPEM(data) {
			break
		}
	}
	return pool
}

// TLSConfig returns how to talk to host, whose certificate has to be for it. It
// is signed by an authority in caFile or, if that is "", by one of the system's.
func TLSConfig(caFile, host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if caFile == "" {
		c.RootCAs = systemRoots()
		return c, nil
	}
	data, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("can't read the authorities to trust: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", caFile)
	}
	return c, nil
}
