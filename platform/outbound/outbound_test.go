package outbound

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func caOf(t *testing.T, s *httptest.Server) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestEnvironment: nothing in the environment redirects a request or adds an
// authority.
func TestEnvironment(t *testing.T) {
	proxied := false
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied = true }))
	defer proxy.Close()
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	ca := caOf(t, server)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	t.Setenv("NO_PROXY", "")
	t.Setenv("SSL_CERT_FILE", ca)
	t.Setenv("SSL_CERT_DIR", filepath.Dir(ca))
	if _, err := Client(Options{}).Get(server.URL); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an authority of the environment is trusted: %v", err)
	}
	if c, err := TLSConfig("", "localhost"); err != nil || c.RootCAs == nil || c.RootCAs.Equal(x509.NewCertPool()) {
		t.Errorf("no authorities of the system: %v", err)
	}
	c, err := TLSConfig(ca, "example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Client(Options{TLS: c}).Get(server.URL); err != nil {
		t.Errorf("with its authority: %v", err)
	}
	if c, err = TLSConfig(ca, "other.example"); err != nil {
		t.Fatal(err)
	}
	if _, err := Client(Options{TLS: c}).Get(server.URL); err == nil {
		t.Error("a certificate for another name is good")
	}
	if proxied {
		t.Error("a proxy was asked")
	}
}

// TestPlainHTTP: plain http leaves the machine only where that is wanted.
func TestPlainHTTP(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/", http.StatusFound)
		}
	}))
	defer server.Close()
	if resp, err := Client(Options{}).Get(server.URL); err != nil || resp.StatusCode != 200 {
		t.Error(err)
	}
	_, err := Client(Options{}).Get(server.URL + "/away?token=sesame")
	if err == nil || !strings.Contains(PlainError(err).Error(), "redirect") || strings.Contains(PlainError(err).Error(), "sesame") {
		t.Error(err)
	}
	if _, err := Client(Options{}).Get("http://192.0.2.1/"); err == nil || !strings.Contains(err.Error(), "this machine only") { // TEST-NET-1, RFC 5737
		t.Error(err)
	}
}
