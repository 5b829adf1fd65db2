package main

import (
	"fmt"
	"os"
	"os/exec"
)

// sudoersFile must lie in the directory that sudo includes: it can't be told of another one.
const sudoersFile = "/etc/sudoers.d/rampart-bench"

// sudos measures the same execs under sudo's intercept, the nearest thing that
// systems bring along: a library, or a tracer, that asks sudo before each exec. The library does not see posix_spawn.
func sudos(env []string, loop string, modes []string) error {
	sudo, err := exec.LookPath("sudo")
	if err != nil {
		return nil
	}
	if os.Getenv("RAMPART_CHANGE_SYSTEM") == "" || os.Getuid() != 0 {
		fmt.Println("exec under sudo intercept: set RAMPART_CHANGE_SYSTEM=1, as root, to let it be set up in " + sudoersFile)
		return nil
	}
	defer os.Remove(sudoersFile)
	for _, kind := range []string{"dso", "trace"} {
		rule := fmt.Sprintf("Defaults!%s intercept, intercept_type=%s, !syslog\n", loop, kind)
		if err := os.WriteFile(sudoersFile, []byte(rule), 0o440); err != nil {
			return err
		}
		if err := execsUnder("sudo's intercept, "+kind, env, loop, modes, sudo, "-n", "--"); err != nil {
			return err
		}
	}
	return nil
}
