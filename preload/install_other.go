//go:build !linux

package preload

import "os"

func checkExecutable(string) error { return nil }

func (*Injection) identify(string) error { return nil }

func writeProgram(path string, data []byte) error { return os.WriteFile(path, data, 0o500) }
