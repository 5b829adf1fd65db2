//go:build !unix

package engine

func isFile(string, uint64, uint64) bool { return false }
