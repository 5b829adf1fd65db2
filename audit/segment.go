package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// A trail is a directory of segments, trail-00000001.jsonl and so on. Only the
// last one is written to.
const (
	segmentPrefix = "trail-"
	segmentSuffix = ".jsonl"
	maxSegment    = 1 << 30 // whatever somebody may plant, there is a next one
)

func segmentName(num int) string {
	return fmt.Sprintf("%s%08d%s", segmentPrefix, num, segmentSuffix)
}

// segmentNumber is the reverse of segmentName; 0 if name is not of a segment.
func segmentNumber(name string) int {
	digits, ok1 := strings.CutPrefix(name, segmentPrefix)
	digits, ok2 := strings.CutSuffix(digits, segmentSuffix)
	n, err := strconv.Atoi(digits)
	if !ok1 || !ok2 || err != nil || n <= 0 || n > maxSegment || segmentName(n) != name {
		return 0
	}
	return n
}

// segments returns the numbers of the segments in dir in ascending order.
func segments(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	return segmentsAmong(entries), nil
}

func segmentsAmong(entries []fs.DirEntry) (nums []int) {
	for _, e := range entries {
		if n := segmentNumber(e.Name()); n > 0 {
			nums = append(nums, n)
		}
	}
	slices.Sort(nums)
	return nums
}

// segment is an open segment of a writer.
type segment struct {
	f    *os.File
	num  int
	path string
	id   fileID

	atHand bool // its file system keeps nobody waiting, but for the disk

	// written is how far this process knows the file to reach. It is stored
	// with the lock held, and read by whoever syncs.
	written atomic.Int64

	syncMu sync.Mutex
	synced int64 // what lies before is on the disk
	closed bool
}

// openSegment opens or creates the segment num in dir.
func openSegment(dir string, num int) (*segment, error) {
	path := filepath.Join(dir, segmentName(num))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|openNoFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = createSegment(dir, path)
	}
	if err != nil {
		return nil, err
	}
	id, err := checkSegment(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	s := &segment{f: f, num: num, path: path, id: id}
	s.atHand = s.isAtHand()
	return s, nil
}

func createSegment(dir, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|openNoFollow, 0o600)
	if err != nil {
		return nil, err
	}
	if err = GiveToOwner(f, dir); err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sync returns when everything before end is on the disk. Callers who come
// while another syncs are served by one sync together.
func (s *segment) sync(end int64) error {
	s.syncMu.Lock()
	defer s.syncMu.Unlock()
	if s.synced >= end || s.closed {
		return nil
	}
	written := s.written.Load()
	if err := dataSync(s.f); err != nil {
		return err
	}
	s.synced = written
	return nil
}

// close syncs and closes the file.
func (s *segment) close() error {
	err := s.sync(s.written.Load())
	s.syncMu.Lock()
	defer s.syncMu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(err, s.f.Close())
}
