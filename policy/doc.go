// Package policy is the rule language: it loads YAML policies, compiles them
// and judges Calls by them.
//
// What holds: a [Set] is read-only after [Compile] and safe for concurrent
// use; deny beats ask beats watch beats allow, whatever the order of files and
// policies; a project's policy can only make the outcome stricter; a file that
// is not understood to the last key does not load.
//
// What it never does: touch the file system, the network or a clock of its own
// while judging (a Call brings its time), or parse commands: the effects of a
// Call come from package shellparse.
//
// A reader starts at schema.go (what a file may say), goes on to rule.go (what
// it means) and evaluate.go (how rules become a Decision).
package policy
