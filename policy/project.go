package policy

import "path/filepath"

// ProjectFile is where a project keeps its policy, below its root.
const ProjectFile = ".rampart/policy.yaml"

// FindProject returns the project policy that holds for cwd: the nearest one
// from cwd upward, not beyond the repository root (the directory that holds
// .git) and, outside of a repository, only in cwd itself. "" if there is none.
func FindProject(cwd string, exists func(path string) bool) string {
	if !filepath.IsAbs(cwd) {
		return ""
	}
	root := ProjectRoot(cwd, exists)
	for dir := filepath.Clean(cwd); ; dir = filepath.Dir(dir) {
		if f := filepath.Join(dir, filepath.FromSlash(ProjectFile)); exists(f) {
			return f
		}
		if dir == root {
			return ""
		}
	}
}

// ProjectRoot returns the directory of the project that cwd belongs to: the
// nearest one from cwd upward that holds .git, else cwd itself.
func ProjectRoot(cwd string, exists func(path string) bool) string {
	for dir := filepath.Clean(cwd); ; dir = filepath.Dir(dir) {
		switch {
		case exists(filepath.Join(dir, ".git")):
			return dir
		case dir == filepath.Dir(dir):
			return filepath.Clean(cwd)
		}
	}
}
