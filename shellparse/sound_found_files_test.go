package shellparse

import "testing"

// soundFoundFiles is more of soundFound: what is in files, and in arrays.
var soundFoundFiles = []soundFoundRow{
	{Bash, "echo y > n; rm n; cat n | xargs m", "x m"},
	{Bash, "echo y > n; mv n o; cat n | xargs m", "x m"},
	{Bash, "echo y > d/n; rm -r d; cat d/n | xargs m", "x m"},
	{Bash, "if b; then echo y > n; fi; cat n | xargs m", "x m"},
	{Bash, "for x in 1 2; do test -f a && break; echo y > n; done; cat n | xargs m", "x m"},
	{Bash, "echo y > n; cat n n >> n; cat n | xargs m", "x m ?"},
	{Bash, "echo y > n; cat < n > n; cat n | xargs m", "x m ?"},
	{Bash, "echo y > n; { cat n; echo z; } > n; cat n | xargs m", "x m *z"},
	// Written by one process while another reads.
	{Bash, "echo y > n; cat n | tee n | xargs m", "x m"},
	{Bash, "echo y > n; cat n | { echo z > n; cat; } | xargs m", "x m ?"},
	{Bash, "echo y > n; echo z > n | sh n", "?x ?"},
	{Bash, "echo y > n; { cat n | xargs m; } & echo z > n", "x m ?; x m z"},
	{Bash, "{ echo y > n; } & cat n | xargs m", "x m"},
	{Bash, "echo y > n; cat n <(echo z > n) | xargs m", "x m ?"},
	{Bash, "echo y > n; cat n > >(cat > n); cat n | xargs m", "x m"},
	{Bash, "b <(:); for x in <(:); do m \"${x:1}\"; done", "x m ?"},
	{Bash, "printf 'y\\nz\\n' | { while read x; do test -f a && break; done; cat | xargs m; }", "x m ?"},
	// Keys and values of associative arrays are neither split nor matched.
	{Bash, "declare -A x=(~ y); m \"${!x[@]}\"", "x m ~"},
	{Bash, "declare -A x=(y ~); m \"${x[y]}\"", "x m ~"},
	{Bash, "declare -A x=([y]=~); m \"${x[y]}\"", "x m ~"},
	{Bash, "declare -A x=(y d/*); m \"${x[y]}\"", "x m d/*"},
	{Bash, "declare -A x=(<(:) y); m \"${!x[@]}\"", "x m ?"},
	{Bash, "declare -A x=(y 1 y 2); m \"${x[y]}\"", "x m 2"},
	{Bash, "x=([1]=y:~); m \"${x[1]}\"", "x m y:HOME"},
	// Errors in a process of its own end it.
	{Bash, "m $(readonly x=1; echo y; x=2; echo z)", "x m y; x m y z"},
	{Bash, "m $(echo y; : $((1/0)); echo z)", "x m y; x m y z"},
	{Bash, "printf '#!/bin/sh -e\\nx=1\\ntrap \"m \\\\$x\" 0\\nb\\nx=2\\n' > n; chmod +x n; ./n", "x m 1"},
}

func TestSoundFoundFiles(t *testing.T) { testSoundFound(t, soundFoundFiles) }
