package preload

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
)

//go:embed c/build.sh c/exports.map c/library.ld c/*.c c/*.h
var source embed.FS

//go:embed all:embedded
var embedded embed.FS

// sourceDigest identifies the C source, as build.sh does: SHA-256 over its
// files in the order of their names.
func sourceDigest() string {
	h := sha256.New()
	entries, err := source.ReadDir("c") // sorted
	if err != nil {
		panic(err) // embedded: can't fail
	}
	for _, e := range entries {
		b, err := source.ReadFile("c/" + e.Name())
		if err != nil {
			panic(err)
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// readArtifacts reads what build.sh made in dir, if it is of this source and whole.
func readArtifacts(fsys fs.FS, dir string) (*Artifacts, bool) {
	digest, err := fs.ReadFile(fsys, path.Join(dir, "digest"))
	if err != nil {
		return nil, false
	}
	library, err := fs.ReadFile(fsys, path.Join(dir, libraryName))
	if err != nil {
		return nil, false
	}
	program, err := fs.ReadFile(fsys, path.Join(dir, programName))
	if err != nil {
		return nil, false
	}
	built := sha256.Sum256(append(library[:len(library):len(library)], program...))
	if string(digest) != sourceDigest()+"\n"+hex.EncodeToString(built[:])+"\n" {
		return nil, false // of another source, or damaged
	}
	return &Artifacts{Library: library, Program: program}, true
}
