package notify

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rampart/audit"
)

// Message is one decision.
type Message struct {
	Time    time.Time `json:"time"`
	Action  string    `json:"action"`  // deny, ask, watch or allow
	Outcome string    `json:"outcome"` // refused, run, or waiting for an answer
	Mode    string    `json:"mode"`
	Tool    string    `json:"tool"`
	Command string    `json:"command"` // or what else the Call is about
	Cwd     string    `json:"cwd,omitempty"`
	Agent   string    `json:"agent,omitempty"`
	Session string    `json:"session,omitempty"`
	User    string    `json:"user,omitempty"`
	Host    string    `json:"host,omitempty"`
	Policy  string    `json:"policy,omitempty"`
	Rule    string    `json:"rule,omitempty"`
	Reason  string    `json:"message,omitempty"`
}

// Waiting is the outcome of what is being asked about.
const Waiting = "waiting"

// The longest that texts are, in characters. The sum is below what each of the
// services takes.
const (
	maxCommand = 700
	maxText    = 300
)

// clean returns m as it may leave: without secrets, on single lines, short.
func (m Message) clean() Message {
	m.Command = text(audit.Redact(m.Command[:min(len(m.Command), 16<<10)]), maxCommand)
	for _, s := range []*string{&m.Cwd, &m.Reason} {
		*s = text(audit.Redact(*s), maxText)
	}
	for _, s := range []*string{&m.Action, &m.Outcome, &m.Mode, &m.Tool, &m.Agent, &m.Session, &m.User, &m.Host, &m.Policy, &m.Rule} {
		*s = text(*s, maxText/2)
	}
	return m
}

// text returns s without what is not printable, and at most so long.
func text(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + "…"
	}
	return s
}

// headline says what happened. There is nothing of the agent's choice in it.
func (m *Message) headline() string {
	switch {
	case m.Outcome == Waiting:
		return "Rampart asks: waiting for an answer in the session's terminal"
	case m.Action == "deny" && m.Outcome == "run":
		return "Rampart would have refused (monitor mode)"
	case m.Action == "deny":
		return "Rampart refused"
	case m.Action == "ask" && m.Outcome == "run":
		return "Rampart would have asked (monitor mode)"
	case m.Action == "ask":
		return "Rampart refused: there was nobody to ask"
	case m.Action == "watch":
		return "Rampart watched"
	}
	return "Rampart allowed"
}

// facts are the lines below the command.
func (m *Message) facts() (out [][2]string) {
	for _, f := range [...][2]string{
		{"Why", m.Reason}, {"Rule", m.Rule}, {"In", m.Cwd}, {"Agent", m.Agent}, {"Session", m.Session}, {"Machine", strings.Trim(m.User+"@"+m.Host, "@")},
	} {
		if f[1] != "" {
			out = append(out, f)
		}
	}
	return out
}

// The platforms.
const (
	Slack   = "slack"
	Discord = "discord"
	Teams   = "teams"
	Webhook = "webhook"
)

// hosts are where the platforms take messages, with their subdomains.
var hosts = []struct{ host, platform string }{
	{"hooks.slack.com", Slack}, {"hooks.slack-gov.com", Slack},
	{"discord.com", Discord}, {"discordapp.com", Discord},
	{"webhook.office.com", Teams}, {"logic.azure.com", Teams}, {"api.powerplatform.com", Teams}, {"logic.azure.us", Teams},
}

// platformOf returns whose form a message to an address has.
func platformOf(named, address string) string {
	if named != "" && named != "auto" {
		return named
	}
	u, err := url.Parse(address)
	if err != nil {
		return Webhook
	}
	host := strings.ToLower(u.Hostname())
	for _, h := range hosts {
		if host == h.host || strings.HasSuffix(host, "."+h.host) {
			return h.platform
		}
	}
	return Webhook
}

// payload is the body of a request for a clean message.
func payload(platform string, m *Message) ([]byte, error) {
	switch platform {
	case Slack:
		return json.Marshal(slackPayload(m))
	case Discord:
		return json.Marshal(discordPayload(m))
	case Teams:
		return json.Marshal(teamsPayload(m))
	}
	return json.Marshal(struct {
		Version int    `json:"version"`
		Text    string `json:"text"`
		*Message
	}{1, m.headline(), m})
}

type object = map[string]any

// slackEscapes are those that Slack asks for: nothing else calls people or makes a
// link where names and links are not looked for.
var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// slackPayload puts everything of the agent's into plain text, which Slack does
// not format.
func slackPayload(m *Message) object {
	plain := func(s string) object {
		return object{"type": "plain_text", "text": slackEscapes.Replace(s), "emoji": false}
	}
	blocks := []object{
		{"type": "section", "text": plain(m.headline())},
		{"type": "section", "text": plain(orNothing(m.Command))},
	}
	var context []object
	for _, f := range m.facts() {
		context = append(context, plain(f[0]+": "+f[1]))
	}
	if len(context) > 0 {
		blocks = append(blocks, object{"type": "context", "elements": context})
	}
	return object{
		"text": slackEscapes.Replace(m.headline()), "blocks": blocks,
		"parse": "none", "link_names": false, "unfurl_links": false, "unfurl_media": false,
	}
}

// orNothing stands in for a text that must not be empty.
func orNothing(s string) string {
	if strings.TrimSpace(s) == "" {
		return "(nothing)"
	}
	return s
}

// discordColors are those of the bar beside a message.
var discordColors = map[string]int{"deny": 0xc0392b, "ask": 0xe67e22, "watch": 0x2980b9}

// discordCode is a block of code, which Discord shows as it is. A backtick would
// end it.
func discordCode(s string) string {
	return "```\n" + strings.ReplaceAll(orNothing(s), "`", "ˋ") + "\n```"
}

func discordPayload(m *Message) object {
	var fields []object
	for _, f := range m.facts() {
		fields = append(fields, object{"name": f[0], "value": discordCode(f[1]), "inline": false})
	}
	return object{
		"allowed_mentions": object{"parse": []string{}},
		"embeds": []object{{
			"title": m.headline(), "description": discordCode(m.Command), "color": discordColors[m.Action],
			"timestamp": m.Time.UTC().Format(time.RFC3339), "fields": fields,
		}},
	}
}

// teamsText breaks what a card would fill in by itself.
var teamsText = strings.NewReplacer("{{", "{ {", "${", "$ {")

// teamsPayload is an Adaptive Card as Workflows take it. Runs of text are not
// formatted; text blocks would be.
func teamsPayload(m *Message) object {
	run := func(s string, more ...any) object {
		o := object{"type": "TextRun", "text": teamsText.Replace(s)}
		for i := 0; i+1 < len(more); i += 2 {
			o[more[i].(string)] = more[i+1]
		}
		return o
	}
	rich := func(runs ...object) object { return object{"type": "RichTextBlock", "inlines": runs} }
	body := []object{
		{"type": "TextBlock", "text": m.headline(), "weight": "Bolder", "size": "Medium", "wrap": true},
		rich(run(orNothing(m.Command), "fontType", "Monospace")),
	}
	for _, f := range m.facts() {
		body = append(body, rich(run(f[0]+": ", "weight", "Bolder"), run(f[1])))
	}
	return object{"type": "message", "attachments": []object{{
		"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil,
		"content": object{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body},
	}}}
}
