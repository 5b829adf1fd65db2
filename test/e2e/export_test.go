package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/protobuf/proto"

	"rampart/test/binary"
)

// buildOTLP puts rampart-otlp beside the program under test.
var buildOTLP = sync.OnceValue(func() error {
	root, err := binary.Root()
	if err != nil {
		return err
	}
	c := exec.Command("go", "build", "-o", filepath.Join(filepath.Dir(program), "rampart-otlp"), "./cmd/rampart-otlp")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
})

// program is the path of the program under test, for buildOTLP.
var program string

// collected takes OTLP logs, and keeps their bodies.
type collected struct {
	mu     sync.Mutex
	bodies []string
	auth   string
}

func (c *collected) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		return
	}
	b, _ := io.ReadAll(z)
	var req collector.ExportLogsServiceRequest
	if proto.Unmarshal(b, &req) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.auth = r.Header.Get("Authorization")
	for _, rl := range req.ResourceLogs {
		for _, sl := range rl.ScopeLogs {
			for _, l := range sl.LogRecords {
				c.bodies = append(c.bodies, l.Body.GetStringValue())
			}
		}
	}
}

// rsyslogd starts Debian's, which appends messages to the file that is returned.
func (w *world) rsyslogd(port int) string {
	w.t.Helper()
	const path = "/usr/sbin/rsyslogd"
	if _, err := os.Stat(path); err != nil {
		w.t.Skip("rsyslogd is not installed")
	}
	file := filepath.Join(w.root, "messages")
	conf := w.write("rsyslog.conf", fmt.Sprintf(`global(workDirectory=%q)
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="%d")
action(type="omfile" file=%q template="RSYSLOG_FileFormat")
`, w.root, port, file))
	c := exec.Command(path, "-n", "-f", conf, "-i", filepath.Join(w.root, "rsyslog.pid"))
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Process.Signal(syscall.SIGTERM); c.Wait() })
	for range 500 {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			conn.Close()
			return file
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatal("rsyslogd does not listen")
	return ""
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (w *world) audit(args ...string) result {
	c := exec.Command(binary.Path(w.t), append([]string{"audit"}, args...)...)
	c.Dir, c.Env = w.work, w.env
	return w.finish(c)
}

func linesOf(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// TestExport: all of a session's records reach every destination, the last seal
// included, whatever the environment says; and what arrived is an anchor that shows
// a trail whose end was cut off.
func TestExport(t *testing.T) {
	program = binary.Path(t)
	if err := buildOTLP(); err != nil {
		t.Fatal(err)
	}
	for _, layer := range guarded {
		t.Run(layer, func(t *testing.T) {
			w := newTrail(t)
			elsewhere := false
			thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
			defer thief.Close()
			c := &collected{}
			server := httptest.NewServer(c)
			defer server.Close()
			port := freePort(t)
			messages := w.rsyslogd(port)
			file := filepath.Join(w.root, "copy.jsonl")
			headers := w.write("headers", "# for the collector\nAuthorization: Bearer sesame\n")
			w.flags = append(w.flags, "--syslog", fmt.Sprintf("tcp://127.0.0.1:%d", port), "--json-file", file,
				"--cef-file", filepath.Join(w.root, "copy.cef"), "--otlp", server.URL, "--otlp-headers", headers)
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"} {
				w.env = append(w.env, name+"="+thief.URL)
			}
			script := `echo hi; touch FORBIDDEN; echo x >> ` + file + `; cat ` + headers + `; rm -rf ~/.rampart/audit/export; rm ` + w.root + `/copy.cef; true`
			for _, command := range strings.Split(script, "; ") {
				got := w.do(layer, "", "sh", "-c", command)
				if want := map[bool]int{true: 0, false: 126}[command == "echo hi" || command == "true"]; got.exit != want || strings.Contains(got.stdout, "sesame") || strings.Contains(got.stderr, "export:") {
					t.Errorf("%s: exit %d, %s%s", command, got.exit, got.stdout, got.stderr)
				}
			}
			trail := filepath.Join(w.home, ".rampart/audit/trail-00000001.jsonl")
			want := linesOf(t, trail)
			if got := linesOf(t, file); !slices.Equal(got, want) {
				t.Errorf("the file holds %d lines, the trail %d", len(got), len(want))
			}
			if !slices.Equal(c.bodies, want) || c.auth != "Bearer sesame" {
				t.Errorf("the collector has %d records, the trail %d; authorization %q", len(c.bodies), len(want), c.auth)
			}
			for range 500 { // rsyslogd writes when it likes
				if data, _ := os.ReadFile(messages); bytes.Count(data, []byte("\n")) >= len(want) {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			logged := linesOf(t, messages)
			for i, line := range want {
				if i >= len(logged) || !strings.HasSuffix(logged[i], line) {
					t.Fatalf("rsyslogd has %d of %d lines; line %d is not %s", len(logged), len(want), i, line)
				}
			}
			if elsewhere {
				t.Error("something went where the environment said")
			}
			if !strings.Contains(want[len(want)-1], `"event":"seal"`) {
				t.Errorf("the last record is no seal: %s", want[len(want)-1])
			}

			// The end is cut off, and the key removed, so that the rest looks whole.
			if err := os.WriteFile(trail, []byte(strings.Join(want[:3], "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(filepath.Dir(trail), "seal.key")); err != nil {
				t.Fatal(err)
			}
			if got := w.audit("verify"); got.exit != 3 {
				t.Errorf("verify: exit %d, %s", got.exit, got.stdout)
			}
			for _, anchor := range []string{messages, file, filepath.Join(w.root, "copy.cef")} {
				if got := w.audit("verify", "--anchor", anchor); got.exit != 1 || !strings.Contains(got.stdout, "the end was cut off") {
					t.Errorf("verify --anchor %s: exit %d, %s", filepath.Base(anchor), got.exit, got.stdout)
				}
			}
		})
	}
}

// TestExportKilled: a session that is killed, while its destination is there or not,
// loses nothing: the next one goes on.
func TestExportKilled(t *testing.T) {
	w := newTrail(t)
	file := filepath.Join(w.root, "out", "copy.jsonl") // whose directory is not there yet
	w.flags = append(w.flags, "--json-file", file)
	trail := filepath.Join(w.home, ".rampart/audit/trail-00000001.jsonl")
	for i := range 4 {
		mark := fmt.Sprint("mark-", i)
		c := w.command(preload, "sh", "-c", "/bin/echo "+mark+"; sleep 60")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			data, _ := os.ReadFile(trail)
			if bytes.Contains(data, []byte("/bin/echo "+mark)) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Duration(i) * 100 * time.Millisecond)
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		c.Wait()
		if i == 1 {
			if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := w.do(preload, "", "true"); got.exit != 0 || strings.Contains(got.stderr, "export:") {
		t.Errorf("%+v", got)
	}
	var got []string
	for _, line := range linesOf(t, file) { // some may be there twice
		if !slices.Contains(got, line) {
			got = append(got, line)
		}
	}
	if want := linesOf(t, trail); !slices.Equal(got, want) {
		t.Errorf("%d different lines of %d arrived in order", len(got), len(want))
	}
}

// TestExportProcessKilled: the process that sends to a collector is started anew.
func TestExportProcessKilled(t *testing.T) {
	program = binary.Path(t)
	if err := buildOTLP(); err != nil {
		t.Fatal(err)
	}
	w := newTrail(t)
	c := &collected{}
	server := httptest.NewServer(c)
	defer server.Close()
	w.flags = append(w.flags, "--otlp", server.URL)
	agent := w.write("agent", "#!/bin/sh\n/bin/echo one\nwhile ! test -e "+w.root+"/stop; do sleep 0.1; done\n")
	cmd := w.command(preload, agent)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	child := func() (pid int) {
		all, _ := filepath.Glob("/proc/[0-9]*/stat")
		for _, name := range all {
			data, _ := os.ReadFile(name)
			var one, parent int
			var comm, state string
			if n, _ := fmt.Sscanf(string(data), "%d %s %s %d", &one, &comm, &state, &parent); n == 4 && comm == "(rampart-otlp)" && parent == cmd.Process.Pid && state != "Z" {
				return one
			}
		}
		return 0
	}
	wait := func(what string, done func() bool) {
		t.Helper()
		for range 1000 {
			if done() {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Errorf("waited in vain for %s", what)
	}
	first := 0
	wait("the process", func() bool { first = child(); return first > 0 })
	if environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", first)); err == nil && len(environ) > 0 {
		t.Errorf("it has an environment: %q", environ)
	}
	syscall.Kill(first, syscall.SIGKILL)
	wait("another one", func() bool { second := child(); return second > 0 && second != first })
	w.write("stop", "")
	if got := w.wait(cmd, &stdout, &stderr); got.exit != 0 || strings.Contains(got.stderr, "export:") {
		t.Errorf("%+v", got)
	}
	want := linesOf(t, filepath.Join(w.home, ".rampart/audit/trail-00000001.jsonl"))
	var got []string
	for _, line := range c.bodies {
		if !slices.Contains(got, line) {
			got = append(got, line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d different records of %d arrived in order", len(got), len(want))
	}
	if !slices.ContainsFunc(want, func(l string) bool { return strings.Contains(l, `"event":"export_down"`) }) {
		t.Error("its end is not recorded")
	}
}

// TestExportFlags: what can't be meant is said before anything runs.
func TestExportFlags(t *testing.T) {
	w := newWorld(t)
	base := w.flags
	for _, tt := range []struct {
		flags []string
		want  string
	}{
		{[]string{"--cef"}, "--cef-file"},
		{[]string{"--syslog", "http://x"}, "tls://HOST:PORT"},
		{[]string{"--syslog", "tls://x", "--export-ca", "nothing"}, "can't read the authorities"},
		{[]string{"--syslog", "x:1", "--syslog", "udp://x:1"}, "twice"},
		{[]string{"--otlp", "ftp://x"}, "no address of a collector"},
		{[]string{"--otlp", "https://u:sesame@x"}, "holds a password"},
		{[]string{"--otlp-headers", "x"}, "is for --otlp"},
		{[]string{"--otlp", "http://192.0.2.1", "--otlp-headers", w.write("h", "a: b\n")}, "use https"},
		{[]string{"--otlp", "https://x", "--otlp-headers", w.write("bad", "a b\n")}, "bad:1:"},
		{[]string{"--export-backlog", "much"}, "much"},
	} {
		w.flags = append(slices.Clone(base), tt.flags...)
		got := w.do(preload, "", "touch", "ran")
		if got.exit != 2 || !strings.Contains(got.stderr, tt.want) || strings.Contains(got.stderr, "sesame") || w.has("ran") {
			t.Errorf("%q: exit %d, %s", tt.flags, got.exit, got.stderr)
		}
	}
}
