package audit

// The tables of what counts as a secret. Sources: the public documentation of
// the services that issue the tokens.

// token is a shape that is a secret wherever it stands: a fixed beginning and
// at least min more characters of a class.
type token struct {
	prefix string
	class  *charClass
	min    int
	name   string
	dot    bool // there must be a dot in it
}

type charClass [256]bool

func class(sets ...string) *charClass {
	var c charClass
	for _, s := range sets {
		for i := range len(s) {
			c[s[i]] = true
		}
	}
	return &c
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

var (
	upperNum  = class(upper, digits)
	alnum     = class(lower, upper, digits)
	hexNum    = class("abcdefABCDEF", digits)
	wordChars = class(lower, upper, digits, "_")
	tokenSet  = class(lower, upper, digits, "_-")
	dotted    = class(lower, upper, digits, "_-.")
	base64Set = class(lower, upper, digits, "+/=_-")
	bearerSet = class(lower, upper, digits, "+/=_-.~")
)

var tokens = []token{
	{"AKIA", upperNum, 12, "aws", false},
	{"ASIA", upperNum, 12, "aws", false},
	{"ghp_", alnum, 20, "github", false},
	{"gho_", alnum, 20, "github", false},
	{"ghu_", alnum, 20, "github", false},
	{"ghs_", dotted, 20, "github", false},
	{"ghr_", alnum, 20, "github", false},
	{"github_pat_", wordChars, 20, "github", false},
	{"glpat-", dotted, 16, "gitlab", false},
	{"gldt-", dotted, 16, "gitlab", false},
	{"glrt-", dotted, 16, "gitlab", false},
	{"glptt-", dotted, 16, "gitlab", false},
	{"glcbt-", dotted, 16, "gitlab", false},
	{"xoxb-", tokenSet, 10, "slack", false},
	{"xoxp-", tokenSet, 10, "slack", false},
	{"xoxa-", tokenSet, 10, "slack", false},
	{"xoxr-", tokenSet, 10, "slack", false},
	{"xoxs-", tokenSet, 10, "slack", false},
	{"xoxe-", tokenSet, 10, "slack", false},
	{"xapp-", tokenSet, 10, "slack", false},
	{"npm_", alnum, 30, "npm", false},
	{"pypi-", tokenSet, 30, "pypi", false},
	{"sk-ant-", tokenSet, 16, "anthropic", false},
	{"sk-proj-", tokenSet, 16, "openai", false},
	{"sk-svcacct-", tokenSet, 16, "openai", false},
	{"sk-or-", tokenSet, 16, "openrouter", false},
	{"sk-", alnum, 20, "openai", false},
	{"sk_live_", alnum, 10, "stripe", false},
	{"sk_test_", alnum, 10, "stripe", false},
	{"rk_live_", alnum, 10, "stripe", false},
	{"rk_test_", alnum, 10, "stripe", false},
	{"whsec_", base64Set, 20, "stripe", false},
	{"AIza", tokenSet, 30, "google", false},
	{"ya29.", dotted, 20, "google", false},
	{"GOCSPX-", tokenSet, 20, "google", false},
	{"hf_", alnum, 30, "huggingface", false},
	{"gsk_", alnum, 30, "groq", false},
	{"xai-", alnum, 40, "xai", false},
	{"dop_v1_", hexNum, 32, "digitalocean", false},
	{"dckr_pat_", tokenSet, 20, "docker", false},
	{"shpat_", hexNum, 24, "shopify", false},
	{"shpss_", hexNum, 24, "shopify", false},
	{"SG.", dotted, 40, "sendgrid", false},
	{"hvs.", tokenSet, 20, "vault", false},
	{"hvb.", tokenSet, 20, "vault", false},
	{"lin_api_", alnum, 30, "linear", false},
	{"ntn_", alnum, 30, "notion", false},
	{"tskey-", tokenSet, 16, "tailscale", false},
	{"eyJ", dotted, 30, "jwt", true},
}

// A key is a name of words, as DB_PASSWORD, apiKey or client-secret are. What
// it holds is a secret by its last word: if that ends in one of secretEnds, is
// one of secretWords, or is in secretPairs with the word before it.
var (
	secretEnds = []string{
		"password", "passwd", "passphrase", "passwort", "token", "secret", "apikey", "secretkey", "accesskey", "privatekey", "credentials",
	}
	secretWords = map[string]bool{"pass": true, "sshpass": true, "credential": true, "pat": true, "jwt": true, "dsn": true}
	secretPairs = map[string]map[string]bool{
		"key":  words("api", "access", "secret", "private", "auth", "account", "encryption", "signing", "master", "deploy", "storage", "license", "shared", "app"),
		"pwd":  words("mysql", "db", "database", "pg", "redis", "user", "admin", "root"),
		"auth": words("basic", "proxy", "http", "npm"),
	}
)

func words(list ...string) map[string]bool {
	m := map[string]bool{}
	for _, w := range list {
		m[w] = true
	}
	return m
}

// headers are secret to the end of the line or of the quotes, blanks and all.
// True: the first word names a scheme.
var headers = map[string]bool{"authorization": true, "proxy-authorization": true, "cookie": false, "set-cookie": false}

// secretOption is an option of one program whose argument is a secret.
type secretOption struct {
	program string
	command string // only together with this word near the program's name
	option  string
	glued   bool // the secret follows without a blank, and only so
	after   byte // only what comes after this character is secret: user:SECRET
}

var secretOptions = []secretOption{
	{program: "mysql", option: "-p", glued: true},
	{program: "mysqldump", option: "-p", glued: true},
	{program: "mysqladmin", option: "-p", glued: true},
	{program: "mariadb", option: "-p", glued: true},
	{program: "mariadb-dump", option: "-p", glued: true},
	{program: "sshpass", option: "-p"},
	{program: "mongo", option: "-p"},
	{program: "mongosh", option: "-p"},
	{program: "mongodump", option: "-p"},
	{program: "docker", command: "login", option: "-p"},
	{program: "podman", command: "login", option: "-p"},
	{program: "redis-cli", option: "-a"},
	{program: "ldapsearch", option: "-w"},
	{program: "ldapmodify", option: "-w"},
	{program: "sqlcmd", option: "-P"},
	{program: "bcp", option: "-P"},
	{program: "zip", option: "-P"},
	{program: "unzip", option: "-P"},
	{program: "7z", option: "-p", glued: true},
	{program: "curl", option: "-u", after: ':'},
	{program: "curl", option: "--user", after: ':'},
	{program: "curl", option: "-U", after: ':'},
	{program: "curl", option: "--proxy-user", after: ':'},
	{program: "http", option: "-a", after: ':'},
	{program: "smbclient", option: "-U", after: '%'},
}

// references begin values that say where a secret is, or what is to be put in
// its place: docker build --secret id=x, openssl -pass env:X, printf 'TOKEN=%s'.
var references = []string{"id=", "type=", "env:", "file:", "fd:", "%s", "%q", "%v"}
