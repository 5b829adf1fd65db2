package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// oldestNode is the first major version of Node that runs the agents.
const oldestNode = 20

// CacheDir is where agents are kept between runs: RAMPART_AGENTS_DIR, else a
// directory that an unprivileged user can read.
func CacheDir() (string, error) {
	if dir := os.Getenv("RAMPART_AGENTS_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	if os.Getuid() == 0 {
		return "/var/cache/rampart-agents", nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place to keep agents: %w; set RAMPART_AGENTS_DIR", err)
	}
	return filepath.Join(dir, "rampart-agents"), nil
}

// Install puts an agent from npm into the cache, unless it is there, and
// returns its program and the directories that its PATH must begin with.
func Install(a Agent) (program string, path []string, err error) {
	cache, err := CacheDir()
	if err != nil {
		return "", nil, err
	}
	if !nodeIsNew() {
		node := filepath.Join(cache, "node")
		if err := npmInstall(node, "node@24", "node"); err != nil {
			return "", nil, err
		}
		path = append(path, filepath.Join(node, "node_modules", ".bin"))
	}
	dir := filepath.Join(cache, a.Name)
	if err := npmInstall(dir, a.Package, a.Bin); err != nil {
		return "", nil, err
	}
	return filepath.Join(dir, "node_modules", ".bin", a.Bin), path, nil
}

func nodeIsNew() bool {
	out, err := exec.Command("node", "--version").Output()
	if err != nil {
		return false
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(string(out), "v"), ".")
	n, err := strconv.Atoi(major)
	return err == nil && n >= oldestNode
}

func npmInstall(dir, pkg, bin string) error {
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".bin", bin)); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	c := exec.Command("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", dir, pkg)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install %s: %w\n%s", pkg, err, out)
	}
	return nil
}
