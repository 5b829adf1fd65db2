package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"time"

	"rampart/audit"
)

// markup is HTML that this package wrote. Constants become markup by
// themselves; a string from anywhere else does not, so that the compiler keeps
// what agents wrote out of it. (html/template would do so at run time, and make
// every start of the program slower: with it no unused method can be left out.)
type markup string

// block is text whose line feeds are kept.
type block string

// markupWriter writes HTML.
type markupWriter struct {
	b *bufio.Writer
}

// shownText is the longest text that is shown, in characters.
const shownText = 1000

// put writes m with each {} replaced by an argument, which stands between tags or
// in a quoted attribute: texts with everything that could be markup or not be
// seen spelled out, numbers, times, and other markup.
func (w markupWriter) put(m markup, args ...any) {
	rest := string(m)
	for _, arg := range args {
		before, after, ok := strings.Cut(rest, "{}")
		if !ok {
			panic("no place for " + fmt.Sprint(arg) + " in " + string(m))
		}
		w.b.WriteString(before)
		rest = after
		switch v := arg.(type) {
		case markup:
			w.b.WriteString(string(v))
		case string:
			w.b.WriteString(html.EscapeString(audit.Visible(v, shownText)))
		case block:
			for i, line := range strings.Split(string(v), "\n") {
				if i > 0 {
					w.b.WriteByte('\n')
				}
				w.b.WriteString(html.EscapeString(audit.Visible(line, shownText)))
			}
		case int:
			w.b.WriteString(strconv.Itoa(v))
		case time.Time:
			w.b.WriteString(stamp(v))
		default:
			panic(fmt.Sprintf("%T can't be written", arg))
		}
	}
	w.b.WriteString(rest)
}

// heading is one column of a table.
type heading struct {
	text   string
	number bool
}

// table writes a table of n rows, or a sentence if there are none.
func (w markupWriter) table(caption, none string, n int, head []heading, row func(i int)) {
	if n == 0 {
		w.put("<p>{}</p>\n", none)
		return
	}
	w.put("<div class=\"scroll\"><table>\n<caption>{}</caption>\n<thead><tr>", caption)
	for _, h := range head {
		class := markup("")
		if h.number {
			class = ` class="n"`
		}
		w.put(`<th scope="col"{}>{}</th>`, class, h.text)
	}
	w.put("</tr></thead>\n<tbody>\n")
	for i := range n {
		w.put("<tr>")
		row(i)
		w.put("</tr>\n")
	}
	w.put("</tbody></table></div>\n")
}

// section writes a part of the page that has a name of its own.
func (w markupWriter) section(id, title string, body func()) {
	w.put("<section id=\"{}\" aria-labelledby=\"h-{}\">\n<h2 id=\"h-{}\">{}</h2>\n", id, id, id, title)
	body()
	w.put("</section>\n")
}

func newMarkupWriter(w io.Writer) markupWriter { return markupWriter{bufio.NewWriterSize(w, 64<<10)} }
