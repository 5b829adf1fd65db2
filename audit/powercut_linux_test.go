package audit

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A power cut is simulated at every write boundary: strace says what a writer
// had the kernel do, and what a disk may hold then is made from that.

// inode is a file as programs see it, and as the disk has it for sure.
type inode struct{ seen, synced []byte }

// disk is a directory under a writer.
type disk struct {
	seen, synced map[string]*inode // by name
	fds          map[string]*inode
	acked        map[uint64]string // records of refusals that were answered for: hash by number
}

var hexString = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"|<((?:\\x[0-9a-f]{2})*)>`)

// padded is what strace puts between a call and what it returned.
var padded = regexp.MustCompile(`\)\s+= `)

// unhexed makes strace's hex strings into text.
func unhexed(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		panic(err)
	}
	return b
}

// syscalls are the whole lines of a trace, each where it returned.
func syscalls(trace string) (calls []string) {
	begun := map[string]string{}
	for line := range strings.Lines(trace) {
		pid, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		call = strings.TrimSpace(call)
		if start, ok := strings.CutSuffix(call, " <unfinished ...>"); ok {
			begun[pid] = start
			continue
		}
		if strings.HasPrefix(call, "<... ") {
			_, end, _ := strings.Cut(call, " resumed>")
			call = begun[pid] + end
		}
		call = padded.ReplaceAllString(call, ") = ")
		if strings.Contains(call, ") = ") && !strings.Contains(call, ") = -1") {
			calls = append(calls, call)
		}
	}
	return calls
}

// apply does to d what a system call did. It returns false if that was nothing
// in dir that matters.
func (d *disk) apply(dir, call string, refusals map[string]bool) bool {
	name, _, _ := strings.Cut(call, "(")
	var words []string // strings and the paths of descriptors, in order
	for _, m := range hexString.FindAllStringSubmatch(call, -1) {
		words = append(words, string(unhexed(m[1]+m[2])))
	}
	local := func(path string) (string, bool) { return strings.CutPrefix(path, dir+"/") }
	_, fd, _ := strings.Cut(call, "(")
	fd, _, _ = strings.Cut(fd, "<")
	switch name {
	case "openat": // AT_FDCWD<cwd>, "path", ...) = fd<path>
		file, ok := local(words[1])
		fd = call[strings.LastIndex(call, ") = ")+4:]
		fd, _, _ = strings.Cut(fd, "<")
		delete(d.fds, fd)
		if !ok {
			return false
		}
		created := d.seen[file] == nil
		if created {
			d.seen[file] = new(inode)
		}
		d.fds[fd] = d.seen[file]
		return created
	case "write":
		if fd == "1" {
			if seq, hash, ok := strings.Cut(strings.TrimSpace(words[1]), " "); ok && refusals[hash] {
				n, _ := strconv.ParseUint(seq, 10, 64)
				d.acked[n] = hash
			}
			return false
		}
		if _, ok := local(words[0]); ok && d.fds[fd] != nil {
			d.fds[fd].seen = append(d.fds[fd].seen, words[1]...)
			return true
		}
	case "pwrite64":
		if _, ok := local(words[0]); ok {
			at, _ := strconv.Atoi(call[strings.LastIndex(call[:strings.LastIndex(call, ")")], ", ")+2 : strings.LastIndex(call, ")")])
			f := d.fds[fd]
			f.seen = append(bytes.Clone(f.seen), make([]byte, max(0, at+len(words[1])-len(f.seen)))...)
			copy(f.seen[at:], words[1])
			return true
		}
	case "fdatasync", "fsync":
		if words[0] == dir {
			d.synced = maps.Clone(d.seen)
			return true
		}
		if _, ok := local(words[0]); ok {
			d.fds[fd].synced = bytes.Clone(d.fds[fd].seen)
			return true
		}
	case "renameat", "linkat":
		from, ok := local(words[1])
		to, _ := local(words[3])
		if ok {
			d.seen[to] = d.seen[from]
			if name == "renameat" {
				delete(d.seen, from)
			}
			return true
		}
	case "unlinkat":
		if file, ok := local(words[1]); ok {
			delete(d.seen, file)
			return true
		}
	}
	return false
}

// cuts are what a disk may hold after a power cut, by what becomes of the
// content and of the names that were not synced.
var cuts = []struct {
	name    string
	content func(f *inode) []byte
	names   func(d *disk) map[string]*inode
}{
	{"all is there", func(f *inode) []byte { return f.seen }, func(d *disk) map[string]*inode { return d.seen }},
	{"only what was synced", func(f *inode) []byte { return f.synced }, func(d *disk) map[string]*inode { return d.synced }},
	{"names without content", func(f *inode) []byte { return f.synced }, func(d *disk) map[string]*inode { return d.seen }},
	{"content without names", func(f *inode) []byte { return f.seen }, func(d *disk) map[string]*inode { return d.synced }},
	{"half of the content", func(f *inode) []byte {
		if !bytes.HasPrefix(f.seen, f.synced) {
			return f.seen
		}
		return f.seen[:(len(f.seen)+len(f.synced))/2]
	}, func(d *disk) map[string]*inode { return d.seen }},
	{"half of the content, then zeros", func(f *inode) []byte {
		if !bytes.HasPrefix(f.seen, f.synced) {
			return f.seen
		}
		half := (len(f.seen) + len(f.synced)) / 2
		return append(bytes.Clone(f.seen[:half]), make([]byte, len(f.seen)-half)...)
	}, func(d *disk) map[string]*inode { return d.seen }},
}

func TestPowerCut(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed: it is what says in which order the disk was written")
	}
	base, err := os.MkdirTemp("/dev/shm", "rampart-audit-") // where syncing costs nothing
	if err != nil {
		base = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	dir := filepath.Join(base, "traced")
	os.Mkdir(dir, 0o700)
	trace := filepath.Join(base, "trace")
	cmd := exec.Command("strace", "-f", "-y", "-xx", "-s", "100000", "-o", trace,
		"-e", "trace=openat,write,pwrite64,fdatasync,fsync,renameat,linkat,unlinkat", os.Args[0])
	cmd.Env = append(os.Environ(), "AUDIT_TEST_WRITER="+dir, "AUDIT_TEST_RECORDS=50", "AUDIT_TEST_DENY=5", "AUDIT_TEST_SEAL=8", "AUDIT_TEST_SEGMENT=8000")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("strace can't trace here: %v\n%s", err, out)
	}
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	refusals := map[string]bool{}
	for _, line := range lines(t, dir) {
		if r, err := ParseRecord([]byte(line)); err == nil && r.Action == "deny" {
			refusals[r.Hash] = true
		}
	}
	d := &disk{seen: map[string]*inode{}, synced: map[string]*inode{}, fds: map[string]*inode{}, acked: map[uint64]string{}}
	boundaries := 0
	for _, call := range syscalls(string(b)) {
		if !d.apply(dir, call, refusals) {
			continue
		}
		boundaries++
		for _, cut := range cuts {
			files := map[string][]byte{}
			for name, f := range cut.names(d) {
				files[name] = cut.content(f)
			}
			if why := afterCut(filepath.Join(base, "cut"), files, d.acked); why != "" {
				name, _, _ := strings.Cut(call, "(")
				t.Fatalf("%s after boundary %d, %s: %s", cut.name, boundaries, name, why)
			}
		}
	}
	for name, f := range d.seen { // else the model says nothing
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, f.seen) {
			t.Errorf("the model of %s is wrong: %v, %d bytes for %d", name, err, len(f.seen), len(got))
		}
	}
	if len(d.acked) != len(refusals) || len(refusals) < 5 || boundaries < 100 {
		t.Errorf("%d of %d refusals, %d boundaries", len(d.acked), len(refusals), boundaries)
	}
	t.Logf("%d boundaries, %d disks each", boundaries, len(cuts))
}

// afterCut starts again on a disk, and says what is wrong then.
func afterCut(dir string, files map[string][]byte, acked map[uint64]string) string {
	os.RemoveAll(dir)
	os.Mkdir(dir, 0o700)
	for name, b := range files {
		os.WriteFile(filepath.Join(dir, name), b, 0o600)
	}
	if r, err := Verify(dir); err == nil && !r.Intact {
		return "before the start: " + r.String()
	}
	l, err := Open(dir, Options{SealRecords: 1 << 20})
	if err != nil {
		return err.Error()
	}
	if err := l.Append(decision("deny", "after")); err != nil {
		return err.Error()
	}
	if err := l.Seal(); err != nil {
		return err.Error()
	}
	l.Close()
	r, err := Verify(dir)
	if err != nil {
		return err.Error()
	}
	if !r.Intact || r.Unsealed != 0 {
		return r.String()
	}
	found := 0
	eachLine(dir, func(line []byte) error {
		if c, ok := readChained(line); ok && acked[c.seq] == fmt.Sprintf("%x", c.hash) {
			found++
		}
		return nil
	})
	if found != len(acked) {
		return fmt.Sprintf("%d of %d refusals that were answered for are left", found, len(acked))
	}
	return ""
}
