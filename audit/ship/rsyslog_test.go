package ship

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// parsed is what rsyslogd understood of a message.
type parsed struct {
	Pri, Time, Host, App, Proc, ID, Data, Msg string
}

// rsyslogd is Debian's, with what it wrote.
type rsyslogd struct {
	t    *testing.T
	dir  string
	port int
	cmd  *exec.Cmd
}

const rsyslogTemplate = `
template(name="parsed" type="list" option.jsonf="on") {
  property(outname="pri" name="pri" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" date.inUTC="on" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="proc" name="procid" format="jsonf")
  property(outname="id" name="msgid" format="jsonf")
  property(outname="data" name="structured-data" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
}
template(name="plain" type="string" string="%%timereported:::date-rfc3339%% %%hostname%% %%msg%%\n")
ruleset(name="all") {
  action(type="omfile" file="%[1]s/parsed" template="parsed")
  action(type="omfile" file="%[1]s/plain" template="plain")
}
`

// startRsyslogd starts one that listens for a transport on a port of loopback;
// port 0: a free one.
func startRsyslogd(t *testing.T, transport string, port int) *rsyslogd {
	t.Helper()
	path, err := exec.LookPath("rsyslogd")
	if err != nil {
		path = "/usr/sbin/rsyslogd"
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("rsyslogd is not installed")
	}
	r := &rsyslogd{t: t, dir: t.TempDir(), port: port}
	if port == 0 {
		r.port = freePort(t)
	}
	conf := fmt.Sprintf("global(workDirectory=%q parser.escapeControlCharactersOnReceive=\"on\")\n"+rsyslogTemplate, r.dir, r.dir)
	conf = strings.Replace(conf, "%[1]s", r.dir, -1)
	switch transport {
	case "udp":
		conf += fmt.Sprintf("module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"%d\" ruleset=\"all\")\n", r.port)
	case "tcp":
		conf += fmt.Sprintf("module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"%d\" ruleset=\"all\")\n", r.port)
	default: // tls by the driver of that name
		if _, err := os.Stat("/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_" + transport + ".so"); err != nil {
			t.Skipf("rsyslog-%s is not installed", transport)
		}
		writeCertificate(t, r.dir, "localhost")
		conf += fmt.Sprintf(`global(defaultNetstreamDriverCAFile=%q defaultNetstreamDriverCertFile=%q defaultNetstreamDriverKeyFile=%q)
module(load="imtcp" streamDriver.name=%q streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="%d" ruleset="all")
`, r.dir+"/ca.pem", r.dir+"/cert.pem", r.dir+"/key.pem", transport, r.port)
	}
	if err := os.WriteFile(r.dir+"/conf", []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start(path)
	return r
}

func (r *rsyslogd) start(path string) {
	r.cmd = exec.Command(path, "-n", "-f", r.dir+"/conf", "-i", r.dir+"/pid")
	log, err := os.OpenFile(r.dir+"/log", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		r.t.Fatal(err)
	}
	defer log.Close()
	r.cmd.Stdout, r.cmd.Stderr = log, log
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.stop)
	until(r.t, "rsyslogd to start", func() bool {
		_, err := os.Stat(r.dir + "/pid")
		return err == nil && listening(r.port)
	})
}

func (r *rsyslogd) stop() {
	if r.cmd != nil {
		r.cmd.Process.Signal(syscall.SIGTERM)
		r.cmd.Wait()
		r.cmd = nil
	}
	if log, _ := os.ReadFile(r.dir + "/log"); r.t.Failed() && len(log) > 0 {
		r.t.Logf("rsyslogd says: %s", log)
	}
}

// messages returns what was received, once there are n of them.
func (r *rsyslogd) messages(n int) []parsed {
	r.t.Helper()
	var out []parsed
	until(r.t, fmt.Sprintf("%d messages", n), func() bool {
		out = nil
		data, _ := os.ReadFile(filepath.Join(r.dir, "parsed"))
		for line := range strings.Lines(string(data)) {
			var p parsed
			if err := json.Unmarshal([]byte(line), &p); err == nil {
				out = append(out, p)
			}
		}
		return len(out) >= n
	})
	return out
}

// until waits for what has to come.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 1500 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

// listening reports whether something has bound the port, by the kernel's tables.
func listening(port int) bool {
	suffix := fmt.Sprintf(":%04X ", port)
	for _, table := range []string{"tcp", "udp"} {
		data, _ := os.ReadFile("/proc/net/" + table)
		if strings.Contains(string(data), "0100007F"+suffix) {
			return true
		}
	}
	return false
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// writeCertificate writes ca.pem, cert.pem and key.pem for a host.
func writeCertificate(t *testing.T, dir, host string) {
	t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	write := func(name, kind string, der []byte, err error) {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	write("ca.pem", "CERTIFICATE", der, err)
	der, err = x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	write("cert.pem", "CERTIFICATE", der, err)
	der, err = x509.MarshalECPrivateKey(key)
	write("key.pem", "EC PRIVATE KEY", der, err)
}
