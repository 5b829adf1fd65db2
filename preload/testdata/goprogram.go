// Command goprogram runs touch from a dynamically linked Go program.
package main

// #include <stdlib.h>
import "C"

import (
	"os"
	"os/exec"
)

func main() {
	C.abs(1)
	cmd := exec.Command("touch", os.Args[1]+os.Args[2])
	cmd.Stderr = os.Stderr
	cmd.Run()
	os.Exit(cmd.ProcessState.ExitCode())
}
