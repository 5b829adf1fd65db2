package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// The measures of the chart.
const (
	chartWidth  = 960
	chartHeight = 240
	chartLeft   = 56 // room for the numbers
	chartBottom = 24 // room for the times
	chartTop    = 8

	maxBars = 120 // hours or days that are drawn
)

// chart is the timeline, ready to be drawn.
type chart struct {
	unit, head    string
	desc, caption string
	bars          []bar
	lines         []gridLine
	labels        []label
	key           []keyEntry
	rows          []chartRow
}

type bar struct {
	class      markup
	x, y, w, h float64
	title      string
}

type gridLine struct {
	y float64
	n int
}

type label struct {
	x    float64
	text string
}

type keyEntry struct {
	class markup
	text  string
}

type chartRow struct {
	name string
	Period
}

// parts of a bar, from the bottom to the top.
var parts = []struct {
	class markup
	name  string
	of    func(*Period) int
}{
	{"b-allow", "allowed", func(p *Period) int { return p.Allow }},
	{"b-watch", "watched", func(p *Period) int { return p.Watch }},
	{"b-ask", "asked", func(p *Period) int { return p.Ask }},
	{"b-deny", "denied", func(p *Period) int { return p.Deny }},
}

func newChart(s *Summary) chart {
	c := chart{unit: "day", head: "Day"}
	periods, layout := s.Periods()
	step := 24 * time.Hour
	if len(layout) > len("2006-01-02") {
		c.unit, c.head, step = "hour", "Hour", time.Hour
	}
	if len(periods) == 0 {
		return c
	}
	// The last of them, as far as they can be told apart.
	last := periods[len(periods)-1].Start
	first := 0
	for index(periods[first].Start, last, step) >= maxBars {
		first++
	}
	c.caption = fmt.Sprintf("The %ss in which something was decided", c.unit)
	if first > 0 {
		c.caption += fmt.Sprintf("; %s before %s are not shown", number(first, c.unit), periods[first].Start.Format(layout))
	}
	periods = periods[first:]
	slots := index(periods[0].Start, last, step) + 1
	most := 0
	total := Period{}
	for i := range periods {
		p := &periods[i]
		most = max(most, p.all())
		total.Allow, total.Watch, total.Ask, total.Deny = total.Allow+p.Allow, total.Watch+p.Watch, total.Ask+p.Ask, total.Deny+p.Deny
		c.rows = append(c.rows, chartRow{p.Start.Format(layout), *p})
	}
	for _, part := range parts {
		c.key = append(c.key, keyEntry{part.class, fmt.Sprintf("%s: %d", part.name, part.of(&total))})
	}
	c.desc = fmt.Sprintf("Stacked bars from %s to %s; the highest stands for %s. The table below has the numbers.",
		periods[0].Start.Format(layout), last.Format(layout), number(most, "decision"))

	floor := float64(chartHeight - chartBottom)
	scale := (floor - chartTop) / float64(most)
	slot := float64(chartWidth-chartLeft) / float64(max(slots, 12))
	for i := range periods {
		p := &periods[i]
		x := chartLeft + slot*float64(index(periods[0].Start, p.Start, step))
		y := floor
		for _, part := range parts {
			n := part.of(p)
			if n == 0 {
				continue
			}
			h := max(float64(n)*scale, 2) // a single refusal among thousands is to be seen
			y -= h
			c.bars = append(c.bars, bar{part.class, x + slot*0.1, max(y, 0), slot * 0.8, h, fmt.Sprintf("%s: %d %s", p.Start.Format(layout), n, part.name)})
		}
	}
	for _, n := range slices.Compact([]int{0, most / 2, most}) {
		c.lines = append(c.lines, gridLine{floor - float64(n)*scale, n})
	}
	every := int(math.Ceil(float64(slots) / 6))
	for i := 0; i < slots; i += every {
		at, short := periods[0].Start.Add(time.Duration(i)*step), "01-02"
		if step == time.Hour {
			short = "02. 15:04"
		} else {
			at = periods[0].Start.AddDate(0, 0, i)
		}
		c.labels = append(c.labels, label{chartLeft + slot*float64(i), at.Format(short)})
	}
	return c
}

// index is how many steps lie between two moments; days may have 23 or 25 hours.
func index(from, to time.Time, step time.Duration) int {
	return int(math.Round(float64(to.Unix()-from.Unix()) / step.Seconds()))
}

func px(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
