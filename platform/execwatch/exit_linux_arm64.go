package execwatch

import "golang.org/x/sys/unix"

// exitInstead makes a task at its exec event leave with status 126, as a shell
// does for what it may not execute, in place of its program's first
// instructions. Registers would not do: the call's result is yet to be put
// into one.
func exitInstead(pid int) error {
	var regs unix.PtraceRegsArm64
	if err := unix.PtraceGetRegSetArm64(pid, unix.NT_PRSTATUS, &regs); err != nil {
		return err
	}
	_, err := unix.PtracePokeText(pid, uintptr(regs.Pc), []byte{
		0xc0, 0x0f, 0x80, 0xd2, // mov x0, #126
		0xc8, 0x0b, 0x80, 0xd2, // mov x8, #94: exit_group
		0x01, 0x00, 0x00, 0xd4, // svc #0
	})
	return err
}
