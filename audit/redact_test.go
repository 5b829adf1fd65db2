package audit

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The tokens are put together here so that no scanner takes this file for a leak.
var (
	letters40 = strings.Repeat("a1B2c3D4", 5)
	ghToken   = "ghp_" + letters40[:36]
	awsKey    = "AKIA" + "IOSFODNN7EXAMPLE"
	jwtToken  = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	antKey    = "sk-" + "ant-api03-" + letters40
	pemKey    = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc+/=\n-----END RSA PRIVATE KEY-----"
)

// What goes in, and what is left of it. An empty want: nothing changes.
var redactTests = []struct{ in, want string }{
	// Tokens by their shape.
	{"echo " + awsKey, "echo [redacted:aws]"},
	{"git clone https://x/" + ghToken, "git clone https://x/[redacted:github]"},
	{"x='" + ghToken + "';y", "x='[redacted:github]';y"},
	{"glpat-" + letters40[:20], "[redacted:gitlab]"},
	{"xoxb-" + "123456789012-abcdefghij", "[redacted:slack]"},
	{"npm_" + letters40[:36], "[redacted:npm]"},
	{"pypi-" + letters40 + "_-x", "[redacted:pypi]"},
	{antKey, "[redacted:anthropic]"},
	{"sk-" + letters40, "[redacted:openai]"},
	{"sk-" + "proj-" + letters40, "[redacted:openai]"},
	{"sk_" + "live_" + letters40[:24], "[redacted:stripe]"},
	{"AIza" + "SyA-" + letters40[:32], "[redacted:google]"},
	{"hf_" + letters40[:34], "[redacted:huggingface]"},
	{jwtToken, "[redacted:jwt]"},
	{"a " + awsKey + " b " + ghToken + " c", "a [redacted:aws] b [redacted:github] c"},
	{"disk-" + letters40, ""},
	{"task-aaaaaaaaaaaaaaaaaaaaaaaa", ""},
	{"sk-learn sk-image", ""},
	{"npm_config_cache=/x", ""},
	{"eyJhbGciOiJIUzI1NiJ9eyJhbGciOiJIUzI1NiJ9", ""},
	{"MAKIAVELLIAN AKIA", ""},

	// Values by the name of their key.
	{"PASSWORD=hunter2 ./run", "PASSWORD=[redacted] ./run"},
	{"export DB_PASSWORD='a b c'; x", "export DB_PASSWORD='[redacted]'; x"},
	{`API_KEY="x y" go`, `API_KEY="[redacted]" go`},
	{"PGPASSWORD=x psql", "PGPASSWORD=[redacted] psql"},
	{"MYSQL_PWD=x mysql", "MYSQL_PWD=[redacted] mysql"},
	{"aws_secret_access_key = abcdef", "aws_secret_access_key = [redacted]"},
	{"GITHUB_TOKEN2=abc x", "GITHUB_TOKEN2=[redacted] x"},
	{"clientSecret=abc", "clientSecret=[redacted]"},
	{"x --password=a --y", "x --password=[redacted] --y"},
	{"curl 'http://h/?a=1&api_key=abc&b=2'", "curl 'http://h/?a=1&api_key=[redacted]&b=2'"},
	{`curl -d '{"user":"u","password":"p w"}'`, `curl -d '{"user":"u","password":"[redacted]"}'`},
	{`echo "{\"token\": \"abc\"}"`, `echo "{\"token\": \"[redacted]\"}"`},
	{"password: hunter2", "password: [redacted]"},
	{"kubectl create secret generic s --from-literal=password=abc", "kubectl create secret generic s --from-literal=password=[redacted]"},
	{"npm config set //r/:_authToken=abc", "npm config set //r/:_authToken=[redacted]"},
	{"Server=x;Password=abc;Y=z", "Server=x;Password=[redacted];Y=z"},
	{"TOKEN=$OTHER x", ""},
	{"TOKEN=${OTHER} x", ""},
	{`TOKEN="$OTHER" x`, ""},
	{`TOKEN="$(pass show x)" y`, ""},
	{"TOKEN=$(pass show x) y", ""},
	{"TOKEN= x", ""},
	{"TOKEN='' x", ""},
	{"PWD=/home/u OLDPWD=/", ""},
	{"max_tokens=4096", ""},
	{"TOKEN_FILE=/run/x", ""},
	{"if [ $token == abc ]", ""},
	{"SECRETARY=bob", ""},
	{"author: me", ""},
	{"permissions: token:write", ""},
	{"--pretty=format:%h", ""},

	// Headers.
	{`curl -H "Authorization: Bearer abc.def"`, `curl -H "Authorization: Bearer [redacted]"`},
	{`curl -H 'authorization: token abc'`, `curl -H 'authorization: token [redacted]'`},
	{`curl -H 'Cookie: a=b; c=d' x`, `curl -H 'Cookie: [redacted]' x`},
	{`curl -H "Authorization: Bearer $T"`, ""},
	{"curl -H 'X-Api-Key: abcdef'", "curl -H 'X-Api-Key: [redacted]'"},
	{"Basic dXNlcjpwYXNzd29yZDE=", "Basic [redacted]"},
	{"basic authentication", ""},
	{"bearer of bad news", ""},

	// URLs.
	{"psql postgres://u:p@h/db", "psql postgres://u:[redacted]@h/db"},
	{"git clone https://u:p%40x@h/r.git", "git clone https://u:[redacted]@h/r.git"},
	{"https://" + letters40 + "@h/", "https://[redacted]@h/"},
	{"git clone ssh://git@h/r", ""},
	{"curl http://h:80/@x", ""},
	{"https://u:$PASS@h", ""},

	// Options.
	{"mysql -u root -pgeheim db", "mysql -u root -p[redacted] db"},
	{"mysql -p db", ""},
	{"mkdir -p a/b", ""},
	{"mysql -pa; mkdir -px", "mysql -p[redacted]; mkdir -px"},
	{"sshpass -p 'a b' ssh h", "sshpass -p '[redacted]' ssh h"},
	{"curl -u me:abc http://h", "curl -u me:[redacted] http://h"},
	{"curl -u me http://h", ""},
	{"docker login -u u -p abc", "docker login -u u -p [redacted]"},
	{"docker run -p 80:80 x", ""},
	{"docker build --secret id=x,src=/y .", ""},
	{"openssl enc -pass env:P", ""},
	{"openssl enc -pass pass:abc -p", "openssl enc -pass [redacted] -p"},
	{`printf 'DEPLOY_KEY=%s\n' x`, ""},
	{`read -s -p "Password: " x`, ""},
	{"redis-cli -a abc", "redis-cli -a [redacted]"},
	{"x --token abc --y", "x --token [redacted] --y"},
	{"x --token-file abc", ""},
	{"x --password-stdin abc", ""},
	{"psql --no-password db", ""},
	{"x --api-key $KEY", ""},

	// Private keys.
	{"echo '" + pemKey + "' > k", "echo '-----BEGIN RSA PRIVATE KEY-----[redacted:key]-----END RSA PRIVATE KEY-----' > k"},
	{"-----BEGIN OPENSSH PRIVATE KEY-----\nabc", "-----BEGIN OPENSSH PRIVATE KEY-----[redacted:key]"},
	{"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", ""},

	{"", ""},
	{"git commit -m 'add password reset form' && git push", ""},
	{"grep -rn password src/", ""},
}

func TestRedact(t *testing.T) {
	for _, tt := range redactTests {
		want := tt.want
		if want == "" {
			want = tt.in
		}
		got := Redact(tt.in)
		if got != want {
			t.Errorf("%q:\n got %q\nwant %q", tt.in, got, want)
		}
		if again := Redact(got); again != got {
			t.Errorf("%q: the second time %q", got, again)
		}
	}
}

func TestRedactArgv(t *testing.T) {
	for _, tt := range []struct{ in, want string }{ // words are parted by |
		{"mysql|-u|root|-pgeheim x|db", "mysql|-u|root|-p[redacted]|db"},
		{"sudo|/usr/bin/mysql|-pgeheim", "sudo|/usr/bin/mysql|-p[redacted]"},
		{"sshpass|-p|a b|ssh|h", "sshpass|-p|[redacted]|ssh|h"},
		{"curl|-u|me:a b|http://h", "curl|-u|me:[redacted]|http://h"},
		{"curl|-u|me|http://h", ""},
		{"x|--token|abc|--y", "x|--token|[redacted]|--y"},
		{"x|--token|--y", ""},
		{"x|--token|$T", ""},
		{"x|--token=abc|y", "x|--token=[redacted]|y"},
		{"env|TOKEN=abc|x", "env|TOKEN=[redacted]|x"},
		{"bash|-c|TOKEN=abc x y", "bash|-c|TOKEN=[redacted] x y"},
		{"docker|login|-u|u|-p|abc", "docker|login|-u|u|-p|[redacted]"},
		{"docker|run|-p|80:80", ""},
		{"mkdir|-p|a/b", ""},
		{"git|status", ""},
		{"", ""},
	} {
		in := strings.Split(tt.in, "|")
		was := slices.Clone(in)
		want := tt.want
		if want == "" {
			want = tt.in
		}
		got := redactArgv(in)
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q:\n got %q\nwant %q", tt.in, s, want)
		}
		if !slices.Equal(in, was) {
			t.Errorf("%q: the caller's words were changed", tt.in)
		}
		if again := redactArgv(got); !slices.Equal(again, got) {
			t.Errorf("%q: the second time %q", got, again)
		}
	}
	if got := redactArgv(nil); got != nil {
		t.Errorf("%q", got)
	}
}

func FuzzRedact(f *testing.F) {
	for _, tt := range redactTests {
		f.Add(tt.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Redact(s)
		if twice := Redact(once); twice != once {
			t.Errorf("%q\nonce  %q\ntwice %q", s, once, twice)
		}
	})
}

// Texts made to be slow. Quadratic time would be minutes.
func TestRedactLinear(t *testing.T) {
	for _, s := range []string{
		"eyJ-", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "://", "http://a:", `password="$(`, "password=", `token: "`,
		"--token ", "sk-", "curl -u ", "a=", "\\\"", "bearer ", "Authorization: ", `password=\\\\`,
		"%41", "%2541", "%", "a%", "QUJD", "QUJDQUJDQUJDQUJD ", "UVVKRFFVSkRRVUpE", strings.Repeat("QUJD", 12) + "\n", "dG9rZW49YWJjZGVm ", "<token>", "sk-%41",
	} {
		text := strings.Repeat(s, 1<<20/len(s))
		start := time.Now()
		Redact(text)
		t.Logf("1 MiB of %q takes %v", s, time.Since(start))
	}
}

func BenchmarkRedact(b *testing.B) {
	for name, s := range map[string]string{
		"git": "git status --short && git diff HEAD~1 -- src/main.go",
		"gcc": "gcc -O2 -Wall -Wextra -g -Iinclude -I/usr/include/glib-2.0 -DNAME=\"x\" -c src/main.c -o build/main.o -MMD -MP -std=c11",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Redact(s)
			}
		})
	}
}
