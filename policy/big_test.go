package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"rampart/shellparse"
)

// bigPolicy returns a policy of n rules as a large organisation may come to
// have them: programs and their words, command lines, files, hosts, tools,
// in policies of some twenty rules. The same n gives the same text.
func bigPolicy(n int) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	of := func(list ...string) string { return list[r.IntN(len(list))] }
	word := func() string {
		return of("acme", "blue", "core", "data", "edge", "flow", "grid", "hub", "iris", "jade") + fmt.Sprint(r.IntN(5000))
	}
	var b strings.Builder
	b.WriteString("version: \"1\"\ndefault_action: allow\npolicies:\n")
	for i := range n {
		if i%20 == 0 {
			fmt.Fprintf(&b, "  - name: team-%d\n    description: What the team of %s holds\n", i/20, word())
			if i%100 == 0 {
				fmt.Fprintf(&b, "    match: {tool: [mcp__%s__*, mcp__%s__write]}\n", word(), word())
			}
			b.WriteString("    rules:\n")
		}
		fmt.Fprintf(&b, "      - action: %s\n        when:\n", of("deny", "deny", "ask", "watch", "allow"))
		if i/20%5 == 0 {
			fmt.Fprintf(&b, "          tool_param_matches: {query: '*%s*'}\n        message: Queries about %s are not for agents\n", word(), word())
			continue
		}
		switch r.IntN(12) {
		case 0, 1:
			fmt.Fprintf(&b, "          program: [%s, %sctl]\n          args: [\"deploy *\", \"delete %s **\"]\n", word(), word(), word())
		case 2:
			fmt.Fprintf(&b, "          program: %s\n          flags: [force, \"r|recursive\"]\n", of("git", "docker", "kubectl", "terraform", "aws", word()))
		case 3, 4:
			fmt.Fprintf(&b, "          command_matches:\n            - \"%s push *\"\n            - \"kubectl * -n %s*\"\n", word(), word())
		case 5:
			fmt.Fprintf(&b, "          command_matches: [\"*--%s=*\", \"*%s prod*\"]\n", word(), word())
		case 6:
			fmt.Fprintf(&b, "          command_contains: [drop table %s, \"%s.internal\"]\n", word(), word())
		case 7:
			fmt.Fprintf(&b, "          reads: [\"~/.%s/**\", \"**/%s/{secrets,keys}/*\", \"!**/*.pub\"]\n", word(), word())
		case 8:
			fmt.Fprintf(&b, "          writes: [\"/srv/%s/config/**\", \"/etc/%s/*.conf\"]\n", word(), word())
		case 9:
			fmt.Fprintf(&b, "          path_matches: [\"**/*.%s\", \"**/%s_*\", \"**/terraform/%s/*.tfvars\"]\n", word(), word(), word())
		case 10:
			fmt.Fprintf(&b, "          domain_matches: [\"*.%s.example\", \"%s.example.com\"]\n", word(), word())
		default:
			fmt.Fprintf(&b, "          url_matches: \"https://%s.example/api/*\"\n", word())
		}
		fmt.Fprintf(&b, "        message: This belongs to %s; ask there\n", word())
	}
	return []byte(b.String())
}

// dayOfCalls are calls as an agent makes them, with what shellparse would find.
func dayOfCalls() []*Call {
	read := func(path string) shellparse.Effect { return on(shellparse.Read, path, 0) }
	write := func(path string) shellparse.Effect { return on(shellparse.Write, path, 0) }
	remove := func(path string) shellparse.Effect { return on(shellparse.Delete, path, 0) }
	fetch := func(host, url string) shellparse.Effect {
		return shellparse.Effect{Kind: shellparse.Fetch, Host: host, URL: url, Span: shellparse.Span{Start: 1, End: 2}}
	}
	words := func(s string) []string { return strings.Fields(s) }
	gcc := "gcc -c -O2 -g -Wall -Iinclude -Isrc -DX=1 -DY=2 -MMD -MF x.d -o build/x.o src/x.c"
	return []*Call{
		gitStatus(),
		callOf(gcc, execOf(0, words(gcc)...), read(testCwd+"/src/x.c"), write(testCwd+"/build/x.o"), write(testCwd+"/x.d")),
		callOf("ls -la src", execOf(0, "ls", "-la", "src")),
		callOf("cat src/main.go", execOf(0, "cat", "src/main.go"), read(testCwd+"/src/main.go")),
		callOf("go test ./...", execOf(0, "go", "test", "./...")),
		callOf("grep -rn x .", execOf(0, "grep", "-rn", "x", "."), tree(read(testCwd))),
		callOf("rm -rf build", execOf(0, "rm", "-rf", "build"), tree(remove(testCwd+"/build"))),
		callOf("cat src/*.go", execOf(0, "cat", "src/*.go"), read(testCwd+"/src/*.go")),
		callOf("curl -s https://api.example.com/v1/x", execOf(0, "curl", "-s", "https://api.example.com/v1/x"), fetch("api.example.com", "https://api.example.com/v1/x")),
		callOf("git push origin main", execOf(0, "git", "push", "origin", "main"), fetch("", "")),
		callOf("npm install", execOf(0, "npm", "install"), read(testCwd+"/package.json"), tree(write(testCwd+"/node_modules"))),
		callOf("sed -i s/a/b/ src/a.go", execOf(0, "sed", "-i", "s/a/b/", "src/a.go"), read(testCwd+"/src/a.go"), write(testCwd+"/src/a.go")),
		callOf("find . -name x*.go", execOf(0, "find", ".", "-name", "x*.go"), tree(read(testCwd))),
		callOf("make && ./bin/x > out.txt", execOf(0, "make"), read(testCwd+"/Makefile"), execOf(20, "./bin/x"), on(shellparse.Write, testCwd+"/out.txt", 60)),
		{Tool: "read", Path: "src/x.go", Cwd: testCwd, Home: testHome},
		{Tool: "fetch", URL: "https://docs.example.org/a/b?c=d", Cwd: testCwd, Home: testHome},
		{Tool: "mcp__tracker__list_issues", Params: map[string]any{"query": "open"}, Cwd: testCwd, Home: testHome},
	}
}
