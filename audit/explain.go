package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// ways says what can be done about an error.
var ways = []struct {
	err error
	way string
}{
	{syscall.ENOSPC, "make room on that disk"},
	{syscall.EDQUOT, "make room within your disk quota"},
	{syscall.EFBIG, "raise the limit on file sizes (ulimit -f)"},
	{syscall.EROFS, "make it writable, or choose another with --audit-dir"},
	{syscall.ENOLCK, "its file system can't lock files; choose another with --audit-dir"},
	{errLocked, "end that process, or choose another directory with --audit-dir"},
	{fs.ErrPermission, "it must be yours and writable; else choose another with --audit-dir"},
	{fs.ErrNotExist, "make it anew, or choose another with --audit-dir"},
	{syscall.ENOTDIR, "choose another with --audit-dir"},
}

// explain adds to err what it is about and the way out.
func (l *Log) explain(err error) error {
	if err == nil {
		return nil
	}
	for _, w := range ways {
		if errors.Is(err, w.err) {
			return fmt.Errorf("can't record in %s: %w; %s", l.dir, err, w.way)
		}
	}
	if errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("can't record in %s: the log is closed", l.dir)
	}
	return fmt.Errorf("can't record in %s: %w", l.dir, err)
}
