package audit

import (
	"os"

	"golang.org/x/sys/unix"
)

// dataSync puts the content and the length of f on the disk.
func dataSync(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return err
		}
	}
}
