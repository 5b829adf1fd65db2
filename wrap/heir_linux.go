package wrap

import (
	"os"
	"path/filepath"
	"syscall"

	"rampart/platform"
)

// leaveHeir starts the program that, if this process is killed, counts the notes
// that were not read (preload/c/heir.h). A session can do without.
func (s *session) leaveHeir() {
	if s.permits == nil {
		return
	}
	life, ours, err := os.Pipe()
	if err != nil {
		return
	}
	defer life.Close()
	words, err := os.OpenFile(filepath.Join(s.dir, platform.LastWords), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		ours.Close()
		return
	}
	defer words.Close()
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		ours.Close()
		return
	}
	defer nothing.Close()
	notes, ring, memory := s.permits.Descriptors()
	pid, err := syscall.ForkExec(s.inject.Heir(), []string{"rampart-heir"}, &syscall.ProcAttr{
		Dir: "/", Env: []string{}, Files: []uintptr{life.Fd(), words.Fd(), nothing.Fd(), notes, ring, memory},
	})
	if err != nil {
		ours.Close()
		return
	}
	s.undo = append(s.undo, func() {
		ours.Write([]byte{'.'}) // a word, so it was not killed
		ours.Close()
		var status syscall.WaitStatus
		for {
			if _, err := syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
				return
			}
		}
	})
}
