package execwatch

import "golang.org/x/sys/unix"

// exitInstead makes a task at its exec event leave with status 126, as a shell
// does for what it may not execute, in place of its program's first
// instructions. Registers would not do: the call's result is yet to be put
// into one.
func exitInstead(pid int) error {
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(pid, &regs); err != nil {
		return err
	}
	code := []byte{
		0xb8, 231, 0, 0, 0, // mov eax, exit_group
		0xbf, 126, 0, 0, 0, // mov edi, 126
		0x0f, 0x05, // syscall
	}
	if regs.Cs == 0x23 { // a 32-bit program
		code = []byte{
			0xb8, 252, 0, 0, 0, // mov eax, exit_group
			0xbb, 126, 0, 0, 0, // mov ebx, 126
			0xcd, 0x80, // int 0x80
		}
	}
	_, err := unix.PtracePokeText(pid, uintptr(regs.Rip), code)
	return err
}
