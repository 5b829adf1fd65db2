package engine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"rampart/policy"
)

// PolicyFiles lists the policy files in a directory, sorted; none if it isn't
// there.
func PolicyFiles(dir string) ([]string, error) { return yamlFiles(dir) }

// FormatFile brings a policy file into canonical form and reports whether it
// was in another. Without write it only reports.
func FormatFile(name string, write bool) (changed bool, err error) {
	given := name
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return false, fmt.Errorf("can't read policy %s: %w", given, err)
	}
	data, err := readPolicy(name)
	if err != nil {
		return false, err
	}
	out, err := policy.Format(name, data)
	if err != nil || bytes.Equal(out, data) {
		return false, err
	}
	if !write {
		return true, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return false, err
	}
	return true, replaceFile(name, out, info.Mode().Perm())
}
