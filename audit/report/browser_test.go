package report

import (
	"bytes"
	"context"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// chromium runs the browser without a window; what it prints is returned.
func chromium(t *testing.T, page string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	home := t.TempDir()
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1200,1600", "--user-data-dir=" + home}, args...)
	cmd := exec.CommandContext(ctx, program, append(args, "file://"+page)...)
	cmd.Env = append(os.Environ(), "HOME="+home)
	cmd.WaitDelay = time.Second
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return string(out)
}

func saved(t *testing.T, name, page string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A browser makes of the page what was meant, and runs nothing that is in it:
// not even a script that got in, since the page's policy forbids it.
func TestBrowser(t *testing.T) {
	const script = `<script>document.title="pwned"</script></body>`
	page := htmlOf(t, hostile(t))
	dom := chromium(t, saved(t, "report.html", strings.Replace(page, "</body>", script, 1)), "--dump-dom")
	if !strings.Contains(dom, "<title>What the agents did: host&lt;b&gt;,") || !strings.Contains(dom, "&lt;script&gt;document.title=") ||
		strings.Count(dom, "<script") != 1 || strings.Contains(dom, "<img") {
		t.Errorf("%.2000s", dom)
	}
	for _, part := range []string{"<tr", "<rect", "<td"} {
		if got, want := strings.Count(dom, part), strings.Count(page, part); got != want {
			t.Errorf("%d of %d %s", got, want, part)
		}
	}
	bare := `<!DOCTYPE html><html><head><title>x</title></head><body>` + script + `</html>`
	if dom := chromium(t, saved(t, "bare.html", bare), "--dump-dom"); !strings.Contains(dom, "<title>pwned") {
		t.Errorf("a script does not run without the policy either: %s", dom)
	}
}

// The style is taken, and the page can be printed.
func TestBrowserDraws(t *testing.T) {
	dir := t.TempDir()
	page := saved(t, "report.html", htmlOf(t, sample(t)))
	shot, print := filepath.Join(dir, "shot.png"), filepath.Join(dir, "print.pdf")
	chromium(t, page, "--screenshot="+shot)
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	want := map[color.RGBA]string{
		{0xb9, 0xc7, 0xb9, 255}: "allowed", {0x1b, 0x6f, 0x8a, 255}: "watched", {0x95, 0x5f, 0x00, 255}: "asked", {0xb4, 0x23, 0x18, 255}: "denied", {0xf4, 0xf6, 0xf8, 255}: "panels",
	}
	seen := map[color.RGBA]int{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			seen[color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)]++
		}
	}
	for c, what := range want {
		if seen[c] < 100 {
			t.Errorf("the colour of %s is drawn at %d places", what, seen[c])
		}
	}
	chromium(t, page, "--print-to-pdf="+print, "--no-pdf-header-footer")
	pdf, err := os.ReadFile(print)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.Contains(pdf, []byte("/Type /Page")) {
		t.Errorf("%v, %d bytes", err, len(pdf))
	}
}
