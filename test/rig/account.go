package rig

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Account is whom agents run as. Some refuse to work for root.
type Account struct {
	Name     string
	UID, GID int
	drop     bool // this process is root and must become the account
}

// Ordinary is the caller, or if that is root an unprivileged account of this
// machine: one that a person could log in to, else the one with least rights.
func Ordinary() Account {
	if uid := os.Getuid(); uid != 0 {
		return Account{Name: os.Getenv("USER"), UID: uid, GID: os.Getgid()}
	}
	best := Account{Name: "nobody", UID: 65534, GID: 65534, drop: true}
	f, err := os.Open("/etc/passwd")
	if err != nil {
		return best
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		p := strings.Split(lines.Text(), ":")
		if len(p) < 7 {
			continue
		}
		uid, err1 := strconv.Atoi(p[2])
		gid, err2 := strconv.Atoi(p[3])
		login := slices.Contains([]string{"/bin/bash", "/bin/sh", "/usr/bin/bash", "/usr/bin/sh"}, p[6])
		if err1 == nil && err2 == nil && uid >= 1000 && uid < 60000 && login {
			return Account{Name: p[0], UID: uid, GID: gid, drop: true}
		}
	}
	return best
}

// Own gives files to the account.
func (a Account) Own(paths ...string) error {
	if !a.drop {
		return nil
	}
	for _, p := range paths {
		if out, err := exec.Command("chown", "-R", strconv.Itoa(a.UID)+":"+strconv.Itoa(a.GID), p).CombinedOutput(); err != nil {
			os.Stderr.Write(out)
			return err
		}
	}
	return nil
}

// Become makes a command run as the account, in a process group of its own.
func (a Account) Become(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.UID), Gid: uint32(a.GID)}
	}
}
