# Targets a person uses:
#   make           builds bin/rampart with all its layers inside
#   make run       starts a guarded bash; AGENT='claude --resume' starts another agent
#   make test      the whole hermetic test suite, without root
#   make bench     what guarding costs, as ratios to bare
#   make fuzz      every fuzz target for FUZZTIME
#   make soundness made-up programs in the real shells, held against the prediction:
#                  PROGRAMS of them, or FOR=2m; SEED=n repeats a run, AT_MOST=n puts up
#                  with n in 1,000 acting runs that nothing predicted, SHELLS="bash dash"
#                  runs them in those alone
#   make precision how much of everyday commands is known exactly
#   make fidelity  real scripts as they are and in canonical form, FIDELITY of each source
#   make soak      KILLS writers of one audit trail killed at any moment, the guard
#                  killed ROUNDS times under load, EXECS programs counted by strace
#   make coverage  scores of each profile over the labelled commands in RAMPART_CORPORA
#   make agents    real agents from npm under guard, driven by a scripted model
#   make workloads builds, tests, databases and a browser under guard: the same results, and
#                  the time they take
#   make install   to PREFIX/bin
#   make clean

GO        ?= go
CC        ?= cc
PREFIX    ?= /usr/local
AGENT     ?= bash
FUZZTIME  ?= 30s
PROGRAMS  ?= 20000
FOR       ?=
SEED      ?= $(shell date +%s)
AT_MOST   ?=
SHELLS    ?=
FIDELITY  ?= 60
KILLS     ?= 10000
ROUNDS    ?= 100
EXECS     ?= 100000
VERSION   := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS   := -s -w -X main.version=$(VERSION)
TARGET    := $(shell $(GO) env GOOS)_$(shell $(GO) env GOARCH)
EMBEDDED  := preload/embedded/$(TARGET)
C_SOURCES := $(wildcard preload/c/*.c preload/c/*.h preload/c/*.sh preload/c/*.map preload/c/*.ld preload/c/*.S)

.DEFAULT_GOAL := all
.PHONY: all run test vet bench fuzz soundness precision soak fidelity workloads coverage agents install clean FORCE

all: bin/rampart bin/rampart-otlp

$(EMBEDDED)/librampart.so: $(C_SOURCES)
	@mkdir -p $(EMBEDDED)
	CC="$(CC)" sh preload/c/build.sh $(EMBEDDED)

bin/librampart.so: $(EMBEDDED)/librampart.so
	@mkdir -p bin
	cp $< $@

bin/rampart: bin/librampart.so FORCE
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/rampart

# OpenTelemetry's library takes milliseconds at every start, so it is in a program of its own.
bin/rampart-otlp: FORCE
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o $@ ./cmd/rampart-otlp

run: bin/rampart
	@bin/rampart wrap -- $(AGENT)

vet:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'not gofmt-ed'; exit 1; }
	$(GO) vet ./...

test: all vet
	$(GO) test ./...

bench: bin/rampart
	$(GO) test -run '^$$' -bench . -benchmem ./shellparse ./policy ./engine ./audit ./preload
	$(GO) run ./test/bench

fuzz:
	@sh test/fuzz.sh $(FUZZTIME)

soundness:
	RAMPART_PROGRAMS=$(PROGRAMS) RAMPART_FOR=$(FOR) RAMPART_SEED=$(SEED) RAMPART_AT_MOST=$(AT_MOST) RAMPART_SHELLS="$(SHELLS)" $(GO) test -count=1 -v -run '^TestSoundness' -timeout 24h ./shellparse

precision:
	$(GO) test -count=1 -v -run '^TestPrecision$$' ./shellparse

soak:
	RAMPART_KILLS=$(KILLS) $(GO) test -count=1 -v -run '^TestKilledWriters$$' -timeout 24h ./audit
	RAMPART_ROUNDS=$(ROUNDS) RAMPART_EXECS=$(EXECS) $(GO) test -count=1 -v -run '^(TestChaos|TestEveryExecIsRecorded)$$' -timeout 24h ./test/e2e

workloads: bin/rampart
	RAMPART_WORKLOADS=1 $(GO) test -count=1 -v -timeout 2h ./test/workloads

fidelity:
	RAMPART_FIDELITY=$(FIDELITY) $(GO) test -count=1 -v -run '^TestRealFidelity' -timeout 24h ./shellparse

coverage: bin/rampart
	$(GO) test -count=1 -v ./test/corpora

agents: bin/rampart
	RAMPART_AGENTS=1 $(GO) test -count=1 -v -timeout 20m ./test/agents

install: all
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 bin/rampart bin/rampart-otlp '$(DESTDIR)$(PREFIX)/bin'

clean:
	rm -rf bin preload/embedded/*_*
