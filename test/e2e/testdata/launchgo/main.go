// Command launchgo is launch.c's brother in Go, which execs by raw system
// calls: launchgo A B runs `cp -v /dev/null AB` and prints its status.
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	cmd := exec.Command("/bin/cp", "-v", "/dev/null", os.Args[1]+os.Args[2])
	cmd.Stdout, cmd.Stderr, cmd.Env = os.Stdout, os.Stderr, []string{}
	cmd.Run()
	fmt.Println("status", cmd.ProcessState.ExitCode())
}
