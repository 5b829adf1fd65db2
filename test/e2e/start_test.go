package e2e

import (
	"runtime"
	"slices"
	"testing"
)

// TestStart: whichever layers there are, the agent's own start is judged and
// recorded once, and the agent is the first there is.
func TestStart(t *testing.T) {
	t.Parallel()
	need(t, "bash", "ls")
	layers := guarded
	if runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64") {
		layers = append(slices.Clone(layers), kernel)
	}
	for _, layer := range layers {
		w := newWorld(t)
		if got := w.do(layer, "", "bash", "-c", "ls; ls -a; true"); got.exit != 0 {
			t.Fatalf("%s: %+v", layer, got)
		}
		if all := decisions(t, w); len(all) != 3 {
			t.Errorf("%s: %d decisions, want those about the text, and each ls: %+v", layer, len(all), all)
		}

		// An agent below the agent, and no other, is stopped.
		w = newWorld(t)
		w.flags = []string{"--config", w.write("deep.yaml", `version: "1"
policies:
  - name: deep
    rules:
      - action: deny
        when: {agent_depth: {gte: 1}, program: ls}
`)}
		agent := w.write("home/bin/claude", "#!/bin/bash\n\"$@\"; true\n")
		if got := w.do(layer, "", agent, "ls", "-d", "/"); got.stdout != "/\n" {
			t.Errorf("%s: by the agent: %+v", layer, got)
		}
		if got := w.do(layer, "", agent, "bash", "-c", agent+" ls -d /; true"); got.stdout != "" {
			t.Errorf("%s: by an agent of the agent's: %+v", layer, got)
		}
	}
}
