// Command launchgo is launch.c's brother in Go, which execs by raw system
// calls: launchgo A B runs `cp -v /dev/null AB` and prints its status. With a third
// word, cp is given the environment.
package main

import (
	"fmt"
	"os"
	"os/exec"
)

func main() {
	cmd := exec.Command("/bin/cp", "-v", "/dev/null", os.Args[1]+os.Args[2])
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if len(os.Args) < 4 {
		cmd.Env = []string{}
	}
	cmd.Run()
	fmt.Println("status", cmd.ProcessState.ExitCode())
}
