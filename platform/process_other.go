//go:build !linux

package platform

// ParentOf returns the parent of a process, 0 if that is gone; here always 0.
func ParentOf(int) int { return 0 }

// ProgramOf returns the file that a process runs; here always "".
func ProgramOf(int) string { return "" }

// CommandLine returns a process's arguments; here always none.
func CommandLine(int) []string { return nil }

// HasVariable reports whether a process was started with a variable; it can't be told.
func HasVariable(int, string) bool { return true }

// SystemsOwn reports whether a file is a program of the system; here never.
func SystemsOwn(string) bool { return false }
