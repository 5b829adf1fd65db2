package platform

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxNames is how many entries of a directory are listed at most.
const maxNames = 100_000

// HostFS is the file system of this machine as the analysis of commands sees
// it. It only looks: it opens nothing but regular files and directories, so
// that no FIFO can block it and no device notices. Safe for concurrent use.
type HostFS struct{}

// Lstat returns what is at path, without following a link.
func (HostFS) Lstat(path string) (fs.FileInfo, error) {
	if isMissing(path) {
		return nil, &fs.PathError{Op: "lstat", Path: path, Err: fs.ErrNotExist}
	}
	return os.Lstat(path)
}

// Readlink returns where the link at path points.
func (HostFS) Readlink(path string) (string, error) { return os.Readlink(path) }

// ReadDirNames returns the names in the directory path, in no order. More than
// 100,000 are an error.
func (HostFS) ReadDirNames(path string) ([]string, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", path)
	}
	f, err := openDir(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(maxNames + 1)
	if len(names) > maxNames {
		return nil, fmt.Errorf("%s has more than %d entries", path, maxNames)
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	return names, nil
}

// ReadFile returns the content of the regular file at path. A file of more
// than limit bytes, or one that is not regular, is an error.
func (HostFS) ReadFile(path string, limit int64) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := readable(path, fi, limit); err != nil {
		return nil, err
	}
	return readRegular(path, limit)
}

func readable(path string, fi fs.FileInfo, limit int64) error {
	switch {
	case !fi.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	case fi.Size() > limit:
		return tooLong(path, limit)
	}
	return nil
}

func tooLong(path string, limit int64) error {
	return fmt.Errorf("%s has more than %d bytes", path, limit)
}
