package policy_test

import (
	"strings"
	"testing"

	"rampart/policy"
)

// TestProtect: places that a session names are kept out of reach as the usual
// ones are, whatever characters their names have, and what holds them is not.
func TestProtect(t *testing.T) {
	src, err := policy.Profile("standard")
	if err != nil {
		t.Fatal(err)
	}
	places := []string{"/data/guard", "/tmp/rampart-7", "/home/dev/odd [x]{a,b}*$y", "/home/dev/app/bin/rampart"}
	set, err := policy.Compile([]policy.Source{src, policy.Protect(places, []string{"/data/token.txt"}, 4711)})
	if err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]policy.Action{
		"echo x > /data/guard/policies/a.yaml":            policy.Deny,
		"rm -r /data/guard":                               policy.Deny,
		"mv /data/guard /data/old":                        policy.Deny,
		"rm -rf /data":                                    policy.Deny,
		"cp -r x /data/guard":                             policy.Deny,
		"rm -rf /tmp/*":                                   policy.Deny,
		"rm -rf /tmp/rampart-7/s1/sock":                   policy.Deny,
		"tar xf x.tar -C /tmp/rampart-7":                  policy.Deny,
		"echo x > '/home/dev/odd [x]{a,b}*$y'":            policy.Deny,
		"chmod -x bin/rampart":                            policy.Deny,
		"go build -o bin/rampart ./cmd/rampart":           policy.Deny,
		"cat /data/guard/seal.key":                        policy.Deny,
		"dd if=/data/guard/audit/seal.old":                policy.Deny,
		"cp -r /data/guard /tmp/g":                        policy.Deny,
		"cat /data/guard/token":                           policy.Deny,
		"cat /data/guard/trail-00000001.jsonl":            policy.Allow,
		"grep -r foo /home/dev/app":                       policy.Allow,
		"cp -r /home/dev/app /home/dev/app2":              policy.Allow,
		"kill -9 4711":                                    policy.Deny,
		"kill 1 4711 2":                                   policy.Deny,
		"kill -s STOP -- -4711":                           policy.Deny,
		"kill -TERM -4711":                                policy.Deny,
		"x=47; /bin/kill ${x}11":                          policy.Deny,
		"echo 4711 | xargs kill -9":                       policy.Deny,
		"kill -0 4711":                                    policy.Allow,
		"kill -9 47110 471; echo 4711":                    policy.Allow,
		"cat /data/guard/policies/a.yaml":                 policy.Allow,
		"tar xf x.tar -C /tmp":                            policy.Allow,
		"rm -rf /tmp/rampart-8 /tmp/build":                policy.Allow,
		"echo x > '/home/dev/app/odd x'; ls bin/rampart":  policy.Allow,
		"bin/rampart version; go build -o bin/other ./x":  policy.Allow,
		"mkdir -p /data/other && echo x > /data/guardian": policy.Allow,
	} {
		c := &policy.Call{Tool: "exec", Command: command}
		analyse(c)
		if d := set.Evaluate(c); d.Action != want {
			t.Errorf("%s: got %v by %s (%s), want %v", command, d.Action, d.Rule, d.Message, want)
		}
	}

	yolo, err := policy.Profile("yolo")
	if err != nil {
		t.Fatal(err)
	}
	if set, err = policy.Compile([]policy.Source{yolo, policy.Protect(places, []string{"/data/token.txt"}, 4711)}); err != nil {
		t.Fatal(err)
	}
	c := &policy.Call{Tool: "exec", Command: "rm -rf /data/guard"}
	analyse(c)
	if d := set.Evaluate(c); d.Action != policy.Watch {
		t.Errorf("yolo: %v by %s", d.Action, d.Rule)
	}
}

// TestProtectSaysWhy: the refusal names a way out that is one.
func TestProtectSaysWhy(t *testing.T) {
	src, _ := policy.Profile("standard")
	set, err := policy.Compile([]policy.Source{src, policy.Protect([]string{"/data/guard"}, nil, 0)})
	if err != nil {
		t.Fatal(err)
	}
	c := &policy.Call{Tool: "exec", Command: "rm -r /data/guard"}
	analyse(c)
	if d := set.Evaluate(c); !strings.Contains(d.AllowBy, "outside of the session") {
		t.Errorf("%+v", d)
	}
}
