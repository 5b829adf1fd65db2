package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// The key of the current epoch lies beside the segments. Whoever seals holds
// sealLockName all the while; nobody else changes the others.
const (
	sealKeyName  = "seal.key"
	sealNewName  = "seal.new" // the next content, before it takes the name
	sealOldName  = "seal.old" // the last content, until it is overwritten
	sealLockName = "seal.lock"
	sealKeyHead  = "rampart seal key 1"
	maxSealKey   = 4 << 10
)

// sealKey is the content of the key file.
type sealKey struct {
	epoch uint64
	start uint64    // number of the seal before
	since time.Time // and its time
	seed  [ed25519.SeedSize]byte

	// A seal of this epoch is being written, or was when somebody died: it names
	// the key of next, and if it is in the trail, it is there after this place.
	pending bool
	next    [ed25519.SeedSize]byte
	segment int
	offset  int64
}

var errBadSealKey = errors.New("it is not a sealing key")

// wipe removes the secrets from memory.
func (k *sealKey) wipe() {
	clear(k.seed[:])
	clear(k.next[:])
}

func (k *sealKey) public() ed25519.PublicKey     { return publicOf(k.seed[:]) }
func (k *sealKey) nextPublic() ed25519.PublicKey { return publicOf(k.next[:]) }

func publicOf(seed []byte) ed25519.PublicKey {
	private := ed25519.NewKeyFromSeed(seed)
	defer clear(private)
	return bytes.Clone(private[ed25519.SeedSize:])
}

// newSealKey makes the first key. The seal of epoch 0 names it, and it is used
// again for epoch 1.
func newSealKey() (*sealKey, error) {
	k := new(sealKey)
	if _, err := rand.Read(k.seed[:]); err != nil {
		return nil, err
	}
	return k, nil
}

// begin chooses the key of the next epoch.
func (k *sealKey) begin(segment int, offset int64) error {
	k.segment, k.offset = segment, offset
	if k.pending {
		return nil
	}
	k.pending = true
	if k.epoch == 0 {
		k.next = k.seed
		return nil
	}
	_, err := rand.Read(k.next[:])
	return err
}

// finish moves on to the next epoch.
func (k *sealKey) finish(start uint64, since time.Time) {
	k.epoch++
	k.start, k.since = start, since
	k.seed = k.next
	clear(k.next[:])
	k.pending, k.segment, k.offset = false, 0, 0
}

// readSealKey reads the key file in dir. The error is fs.ErrNotExist if there
// is none, errBadSealKey if it is something else.
func readSealKey(dir string) (*sealKey, error) {
	f, err := os.OpenFile(filepath.Join(dir, sealKeyName), os.O_RDONLY|openNoFollow, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() || fi.Size() > maxSealKey {
		return nil, fmt.Errorf("%s: %w", f.Name(), errBadSealKey)
	}
	b := make([]byte, fi.Size())
	defer clear(b)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	k := new(sealKey)
	if !k.parse(b) {
		k.wipe()
		return nil, fmt.Errorf("%s: %w", f.Name(), errBadSealKey)
	}
	return k, nil
}

// parse reads the lines that encode writes, and no others.
func (k *sealKey) parse(b []byte) bool {
	lines := bytes.Split(b, []byte("\n"))
	if len(lines) != 7 || string(lines[0]) != sealKeyHead || len(lines[6]) != 0 {
		return false
	}
	field := func(i int, name string) string {
		v, ok := bytes.CutPrefix(lines[i], []byte(name+" "))
		if !ok {
			return ""
		}
		return string(v)
	}
	var err1, err2, err3 error
	k.epoch, err1 = strconv.ParseUint(field(1, "epoch"), 10, 63)
	k.start, err2 = strconv.ParseUint(field(2, "start"), 10, 63)
	if since := field(3, "since"); since != "-" {
		k.since, err3 = time.Parse(timeLayout, since)
	}
	if err1 != nil || err2 != nil || err3 != nil || !readSeed(&k.seed, lines[4], "seed ") {
		return false
	}
	if string(lines[5]) == "-" {
		return true
	}
	k.pending = true
	place, next, ok := bytes.Cut(lines[5], []byte(" next "))
	if _, err := fmt.Sscanf(string(place), "at %d %d", &k.segment, &k.offset); err != nil {
		return false
	}
	return ok && readSeed(&k.next, next, "") && k.segment > 0 && k.offset >= 0
}

func readSeed(seed *[ed25519.SeedSize]byte, b []byte, prefix string) bool {
	b, ok := bytes.CutPrefix(b, []byte(prefix))
	return ok && len(b) == hex.EncodedLen(len(seed)) && unhex(seed[:], b)
}

func (k *sealKey) encode() []byte {
	since := "-"
	if !k.since.IsZero() {
		since = k.since.UTC().Format(timeLayout)
	}
	b := make([]byte, 0, maxSealKey) // never moved, so that one clear gets it all
	b = fmt.Appendf(b, "%s\nepoch %d\nstart %d\nsince %s\nseed ", sealKeyHead, k.epoch, k.start, since)
	b = append(hex.AppendEncode(b, k.seed[:]), '\n')
	if !k.pending {
		return append(b, "-\n"...)
	}
	b = fmt.Appendf(b, "at %d %d next ", k.segment, k.offset)
	return append(hex.AppendEncode(b, k.next[:]), '\n')
}

// write replaces the key file and returns when that is on the disk and the old
// content is overwritten. A death in between leaves the old or the new content,
// and cleanUp overwrites what else is left.
func (k *sealKey) write(dir string) error {
	if err := cleanUp(dir); err != nil {
		return err
	}
	path, fresh, old := filepath.Join(dir, sealKeyName), filepath.Join(dir, sealNewName), filepath.Join(dir, sealOldName)
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL|openNoFollow, 0o600)
	if err != nil {
		return err
	}
	b := k.encode()
	defer clear(b)
	_, err = f.Write(b)
	if err == nil {
		err = GiveToOwner(f, dir)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, erase(fresh))
	}
	if err := os.Link(path, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, erase(fresh))
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	return cleanUp(dir)
}

// cleanUp overwrites and removes the contents that are no longer, or not yet,
// that of the key file.
func cleanUp(dir string) error {
	current, err := os.Lstat(filepath.Join(dir, sealKeyName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range []string{sealNewName, sealOldName} {
		path := filepath.Join(dir, name)
		fi, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if current != nil && os.SameFile(current, fi) || !fi.Mode().IsRegular() {
			err = os.Remove(path) // a second name, or something planted
		} else {
			err = erase(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leftKeys says whether somebody died before all old keys were overwritten.
func leftKeys(dir string) bool {
	for _, name := range []string{sealNewName, sealOldName} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// erase overwrites a file before it is removed. What copies the file system or
// the disk's own electronics keep is out of reach.
func erase(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|openNoFollow, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, maxSealKey), 0)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(path))
}
