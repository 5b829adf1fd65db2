package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"rampart/audit"
)

//go:embed page.css
var styleText string

// How many rows of a table are shown.
const (
	shownRefusals = 60
	shownSessions = 300
	shownCounts   = 15
)

// Origin is what a report says about itself.
type Origin struct {
	Host, Version string
	Made          time.Time
	Filtered      bool          // it does not cover the whole trail
	Verified      *audit.Report // nil: the trail was not checked
}

// WriteHTML writes one page that needs nothing else: no script, no picture, no
// network. Its own policy forbids it all but its style.
func WriteHTML(out io.Writer, s *Summary, o Origin) error {
	w := newMarkupWriter(out)
	style := strings.TrimSpace(styleText)
	sum := sha256.Sum256([]byte(style))
	w.put(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="referrer" content="no-referrer"/>
<title>What the agents did: {}, {} to {}</title>
<style>{}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<h1>What the agents did</h1>
`, base64.StdEncoding.EncodeToString(sum[:]), o.Host, day(s.From), day(s.To), markup(style))
	w.put(`<p class="soft">On <bdi>{}</bdi>, {} to {}, local time. Made {} by Rampart {}`, o.Host, s.From, s.To, o.Made, o.Version)
	if o.Filtered {
		w.put(" from records that were chosen")
	}
	w.put(`.</p>
<nav aria-label="Contents"><ul>
<li><a href="#timeline">Timeline</a></li><li><a href="#refusals">Refusals</a></li><li><a href="#unpredicted">Not foreseen</a></li>
<li><a href="#rules">Rules and programs</a></li><li><a href="#sessions">Sessions</a></li><li><a href="#events">Other events</a></li>
</ul></nav>
</header>
<main id="main">
`)
	w.section("short", "In short", func() { w.inShort(s, o) })
	w.section("timeline", "Timeline", func() { w.timeline(newChart(s)) })
	w.section("refusals", "What was refused most", func() { w.refusals(s) })
	w.section("unpredicted", "Programs that no judgement had foreseen", func() { w.unpredicted(s) })
	w.section("rules", "Rules and programs", func() {
		w.counts("Rules that decided", "Rule", "No rule decided anything.", s.Rules)
		w.counts("Programs in commands that were refused", "Program", "No program was in a command that was refused.", s.RefusedPrograms)
	})
	w.section("sessions", "Sessions", func() { w.sessions(s) })
	w.section("events", "Other events", func() { w.others(s) })
	w.put("</main>\n<footer>\n<p>")
	if o.Verified != nil {
		w.put("The trail ends with record {}, whose hash is <code>{}</code>. ", int(o.Verified.HeadSeq), o.Verified.Head)
	}
	w.put("<code>rampart audit verify</code> checks the trail; this page is no proof of itself.</p>\n</footer>\n</body>\n</html>\n")
	return w.b.Flush()
}

func (w markupWriter) inShort(s *Summary, o Origin) {
	w.put("<dl class=\"tiles\">\n")
	for _, tile := range []struct {
		name  string
		n     int
		class markup
	}{
		{"Decisions", s.Decisions, ""}, {"Refused", s.Refused, ` class="deny"`}, {"Not foreseen", s.Stats.Unpredicted, ""},
		{"Unknown effects", s.Stats.Unresolved, ""}, {"Sessions", s.sessionCount(), ""}, {"Records", s.Records, ""},
	} {
		if tile.n == 0 {
			tile.class = ""
		}
		w.put("<div><dt>{}</dt><dd{}>{}</dd></div>\n", tile.name, tile.class, tile.n)
	}
	class, title, text := verdict(o.Verified)
	w.put("</dl>\n<p class=\"verdict{}\"><strong>{}</strong> {}</p>\n", class, title, text)
	if s.Unreadable > 0 {
		w.put("<p class=\"verdict bad\"><strong>{} in the trail are no records</strong> and are not counted here.</p>\n", number(s.Unreadable, "line"))
	}
}

// verdict is what verify says of the trail.
func verdict(r *audit.Report) (class markup, title, text string) {
	switch {
	case r == nil:
		return " open", "The trail was not checked.", "Run rampart audit verify."
	case !r.Intact:
		first := ""
		if len(r.Problems) > 0 {
			first = " The first: " + r.Problems[0].String() + "."
		}
		return " bad", "The trail was tampered with.", number(r.Found, "problem") + "." + first + " rampart audit verify lists them."
	case r.Unsealed > 0:
		return " open", "The trail is intact.", "Not sealed yet, and as safe as today's key: " + number(int(r.Unsealed), "record") + " at its end."
	case !r.EndKnown:
		return " open", "The trail is intact.", "Whether later records were cut off shows only with an anchor."
	}
	return "", "The trail is intact and sealed to the end.", number(r.Seals, "seal") + " for " + number(int(r.Sealed), "record") + "."
}

func (w markupWriter) timeline(c chart) {
	if len(c.bars) == 0 {
		w.put("<p>Nothing was decided.</p>\n")
		return
	}
	w.put("<figure>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"c-title c-desc\">\n<title id=\"c-title\">Decisions for each {}</title>\n<desc id=\"c-desc\">{}</desc>\n",
		chartWidth, chartHeight, c.unit, c.desc)
	for _, l := range c.lines {
		w.put(`<line class="axis" x1="{}" y1="{}" x2="{}" y2="{}"/>`, px(chartLeft), px(l.y), chartWidth, px(l.y))
		w.put("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", px(chartLeft-6), px(l.y+4), l.n)
	}
	for _, b := range c.bars {
		w.put("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n", b.class, px(b.x), px(b.y), px(b.w), px(b.h), b.title)
	}
	for _, l := range c.labels {
		w.put("<text x=\"{}\" y=\"{}\">{}</text>\n", px(l.x), chartHeight-6, l.text)
	}
	w.put("</svg>\n<ul class=\"key\" aria-label=\"Colours\">\n")
	for _, k := range c.key {
		w.put("<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{}\" width=\"10\" height=\"10\"/></svg>{}</li>\n", k.class, k.text)
	}
	w.put("</ul>\n</figure>\n")
	w.table(c.caption, "", len(c.rows), []heading{{c.head, false}, {"Allowed", true}, {"Watched", true}, {"Asked", true}, {"Denied", true}, {"Did not run", true}}, func(i int) {
		r := &c.rows[i]
		w.put(`<td class="t">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td>`,
			r.name, r.Allow, r.Watch, r.Ask, r.Deny, r.Refused)
	})
}

// colour is the class of what is decided so.
func colour(action string) markup {
	switch action {
	case "deny":
		return ` class="deny"`
	case "ask":
		return ` class="ask"`
	case "watch":
		return ` class="watch"`
	}
	return ""
}

func (w markupWriter) refusals(s *Summary) {
	n := min(len(s.Refusals), shownRefusals)
	w.table(shownOf(len(s.Refusals), n, "the most frequent"), "Nothing was refused.", n,
		[]heading{{"Times", true}, {"Decided", false}, {"What", false}, {"Why", false}, {"Rule", false}, {"Last", false}}, func(i int) {
			r := &s.Refusals[i]
			decided := r.Action
			if r.Outcome != "refused" {
				decided += ", " + r.Outcome
			}
			w.put(`<td class="n">{}</td><td{}>{}</td><td><code>{}</code></td><td>{}</td><td><code>{}</code> {}</td><td class="t">{}</td>`,
				r.Count, colour(r.Action), decided, r.What, r.Why, r.Rule, r.Policy, r.Last)
		})
}

func (w markupWriter) unpredicted(s *Summary) {
	if len(s.Unpredicted) > 0 {
		w.put("<p>Each was judged by itself when it started. That it came as a surprise says that the command around it was not understood to the end.</p>\n")
	}
	w.table(shownOf(s.Stats.Unpredicted, len(s.Unpredicted), "the latest"), "None: the judgement of the command around it had foreseen every program.", len(s.Unpredicted),
		[]heading{{"When", false}, {"Program", false}, {"Details", false}, {"Session", false}}, func(i int) {
			e := &s.Unpredicted[i]
			w.put(`<td class="t">{}</td><td><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td>`, e.Time, e.What, block(e.Details), e.Session)
		})
}

func (w markupWriter) counts(title, head, none string, rows []Count) {
	n := min(len(rows), shownCounts)
	w.table(title+": "+shownOf(len(rows), n, "the most frequent"), none, n, []heading{{"Times", true}, {head, false}}, func(i int) {
		w.put(`<td class="n">{}</td><td><code>{}</code></td>`, rows[i].Count, rows[i].Name)
	})
}

func (w markupWriter) sessions(s *Summary) {
	shown := s.Sessions[max(0, len(s.Sessions)-shownSessions):]
	w.table(shownOf(s.sessionCount(), len(shown), "the latest"), "None.", len(shown),
		[]heading{{"Session", false}, {"Agent", false}, {"From", false}, {"To", false}, {"Decisions", true}, {"Refused", true}, {"Asked", true}, {"Watched", true}, {"Not foreseen", true}}, func(i int) {
			e := &shown[i]
			w.put(`<td><code>{}</code>`, e.ID)
			if e.Mode == "monitor" {
				w.put(` <span class="ask">monitor mode</span>`)
			}
			if e.Failures > 0 {
				w.put(` <span class="deny">{}</span>`, number(e.Failures, "failure"))
			}
			if e.Command != "" {
				w.put(`<br/><code class="soft">{}</code>`, e.Command)
			}
			if len(e.First) > 0 {
				w.put("<br/>Refused:<ul>")
				for _, what := range e.First {
					w.put("<li><code>{}</code></li>", what)
				}
				if e.Refused > len(e.First) {
					w.put("<li>and {} more</li>", e.Refused-len(e.First))
				}
				w.put("</ul>")
			}
			refused := markup("")
			if e.Refused > 0 {
				refused = " refused"
			}
			w.put(`</td><td>{}</td><td class="t">{}</td><td class="t">{}</td><td class="n">{}</td><td class="n{}">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td>`,
				e.Agent, e.Start, e.End, e.Decisions, refused, e.Refused, e.Asked, e.Watched, e.Unpredicted)
		})
}

func (w markupWriter) others(s *Summary) {
	w.table(shownOf(s.OtherCount, len(s.Others), "the latest"), "None.", len(s.Others),
		[]heading{{"When", false}, {"Event", false}, {"What", false}, {"Session", false}}, func(i int) {
			e := &s.Others[i]
			w.put(`<td class="t">{}</td><td>{}</td><td>`, e.Time, e.Event)
			if e.What != "" {
				w.put(`<code>{}</code> `, e.What)
			}
			w.put(`{}`, e.Why)
			if e.Details != "" {
				w.put(`<br/><code class="soft">{}</code>`, block(e.Details))
			}
			w.put(`</td><td><code>{}</code></td>`, e.Session)
		})
}

func (s *Summary) sessionCount() int { return len(s.Sessions) + s.MoreOf }

func day(t time.Time) string { return t.Local().Format("2006-01-02") }

// shownOf says how many rows of a table there are.
func shownOf(all, shown int, which string) string {
	if all > shown {
		return fmt.Sprintf("%d of %d, %s", shown, all, which)
	}
	return fmt.Sprintf("%d in all", all)
}
