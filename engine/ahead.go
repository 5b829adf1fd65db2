package engine

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"rampart/engine/wire"
	"rampart/platform"
	"rampart/policy"
)

// maxLooked bounds how many programs are remembered as having been looked at.
const maxLooked = 1024

// looked are programs that were looked at, and whether they may start ahead of the
// answer to the question about them.
type looked struct {
	mu    sync.Mutex
	files map[wire.FileID]bool
}

// systemPlaces are those of which the library knows by itself; preload/c/ahead.c.
var systemPlaces = map[string]bool{"/usr/bin/": true, "/bin/": true, "/usr/sbin/": true, "/sbin/": true}

// offerAhead lets a program that was allowed just now start ahead of its next answers, if it is
// sure to come up with the library and to run nothing before it.
//
// Only what was allowed once: a file that is made to run code before its first
// instruction has run it then.
func (e *Engine) offerAhead(file string, o *Outcome) {
	if dir, _ := path.Split(file); o.Action != policy.Allow || len(o.Excuses) > 0 || systemPlaces[dir] {
		return
	}
	id, ok := wire.IdentifyFile(file, time.Now())
	if !ok {
		return
	}
	l := &e.looked
	l.mu.Lock()
	may, known := l.files[id]
	l.mu.Unlock()
	if !known {
		may = isPlainProgram(file)
		l.mu.Lock()
		if l.files == nil || len(l.files) >= maxLooked {
			l.files = make(map[wire.FileID]bool)
		}
		l.files[id] = may
		l.mu.Unlock()
	}
	if now, ok := wire.IdentifyFile(file, time.Now()); may && ok && now == id {
		e.cfg.Permits.MayStartAhead(id)
	}
}

func isPlainProgram(file string) bool {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may be a pipe by now
	if err != nil {
		return false
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() || st.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 || platform.HasCapabilities(f) {
		return false
	}
	return comesUpPlain(f)
}

// linkers are glibc's, which heed that the library's constructor is to be the first.
var linkers = map[string]struct {
	machine   elf.Machine
	path      string
	irelative uint32
}{
	"amd64": {elf.EM_X86_64, "/lib64/ld-linux-x86-64.so.2", uint32(elf.R_X86_64_IRELATIVE)},
	"arm64": {elf.EM_AARCH64, "/lib/ld-linux-aarch64.so.1", uint32(elf.R_AARCH64_IRELATIVE)},
}

// plainTags are what a dynamic section may have: nothing that brings in code from elsewhere
// than the system's directories, or has any run before constructors.
var plainTags = map[elf.DynTag]bool{
	elf.DT_NEEDED: true, elf.DT_INIT: true, elf.DT_FINI: true, elf.DT_INIT_ARRAY: true, elf.DT_INIT_ARRAYSZ: true,
	elf.DT_FINI_ARRAY: true, elf.DT_FINI_ARRAYSZ: true, elf.DT_HASH: true, elf.DT_GNU_HASH: true, elf.DT_STRTAB: true,
	elf.DT_SYMTAB: true, elf.DT_STRSZ: true, elf.DT_SYMENT: true, elf.DT_DEBUG: true, elf.DT_PLTGOT: true,
	elf.DT_PLTRELSZ: true, elf.DT_PLTREL: true, elf.DT_JMPREL: true, elf.DT_RELA: true, elf.DT_RELASZ: true,
	elf.DT_RELAENT: true, elf.DT_RELACOUNT: true, elf.DT_VERNEED: true, elf.DT_VERNEEDNUM: true, elf.DT_VERSYM: true,
	elf.DT_VERDEF: true, elf.DT_VERDEFNUM: true, elf.DT_FLAGS: true, elf.DT_FLAGS_1: true, elf.DT_BIND_NOW: true,
	35: true, 36: true, 37: true, // DT_RELRSZ, DT_RELR, DT_RELRENT
}

// plainFlags are those of DT_FLAGS_1 that change nothing of that.
const plainFlags = elf.DF_1_NOW | elf.DF_1_GLOBAL | elf.DF_1_NODELETE | elf.DF_1_PIE

// calledEarly are functions that the linker, or the library before it has its answer, takes from
// whoever defines them first.
var calledEarly = map[string]bool{
	"malloc": true, "calloc": true, "realloc": true, "free": true, "getauxval": true, "__errno_location": true,
}

// program is a file as the linker sees it: by its segments, not by its sections.
type program struct {
	io.ReaderAt
	*elf.File
	tags map[elf.DynTag]uint64
}

// maxTable bounds what is read of one table.
const maxTable = 64 << 20

// at returns size bytes from an address on; nil if the file does not have them.
func (p *program) at(address, size uint64) []byte {
	for _, s := range p.Progs {
		if s.Type != elf.PT_LOAD || address < s.Vaddr || address-s.Vaddr > s.Filesz || size > s.Filesz-(address-s.Vaddr) || size > maxTable {
			continue
		}
		b := make([]byte, size)
		if _, err := p.ReaderAt.ReadAt(b, int64(s.Off+address-s.Vaddr)); err != nil {
			return nil
		}
		return b
	}
	return nil
}

// comesUpPlain reports whether a program is one that glibc's dynamic linker starts
// without running anything of it, or of a library that is not the system's, before
// the constructor of what is preloaded.
func comesUpPlain(r io.ReaderAt) bool {
	f, err := elf.NewFile(r)
	linker, known := linkers[runtime.GOARCH]
	if err != nil || !known || f.Class != elf.ELFCLASS64 || f.Machine != linker.machine {
		return false
	}
	p := &program{r, f, make(map[elf.DynTag]uint64)}
	var needed []uint64
	interpreter := false
	for _, s := range f.Progs {
		switch s.Type {
		case elf.PT_INTERP:
			text := make([]byte, len(linker.path)+1)
			if n, _ := s.ReadAt(text, 0); n != len(text) || string(text) != linker.path+"\x00" {
				return false
			}
			interpreter = true
		case elf.PT_DYNAMIC:
			var ok bool
			if needed, ok = p.readTags(p.at(s.Vaddr, s.Filesz)); !ok {
				return false
			}
		}
	}
	names := p.at(p.tags[elf.DT_STRTAB], p.tags[elf.DT_STRSZ])
	return interpreter && names != nil && needsSystems(needed, names) && p.definesPlain(linker.irelative, names)
}

// readTags returns what is needed.
func (p *program) readTags(dynamic []byte) (needed []uint64, ok bool) {
	for ; len(dynamic) >= 16; dynamic = dynamic[16:] {
		tag, value := elf.DynTag(binary.LittleEndian.Uint64(dynamic)), binary.LittleEndian.Uint64(dynamic[8:])
		switch {
		case tag == elf.DT_NULL:
			return needed, elf.DynFlag(p.tags[elf.DT_FLAGS])&elf.DF_TEXTREL == 0 && elf.DynFlag1(p.tags[elf.DT_FLAGS_1])&^plainFlags == 0
		case tag == elf.DT_NEEDED:
			needed = append(needed, value)
		case !plainTags[tag] && (tag < elf.DT_LOPROC || tag > elf.DT_LOPROC+7): // a processor's tell how to call; DT_AUXILIARY and such are the last ones
			return nil, false
		}
		p.tags[tag] = value
	}
	return nil, false
}

// needsSystems: by a name alone a library is looked for in the system's directories.
func needsSystems(needed []uint64, names []byte) bool {
	for _, at := range needed {
		if name := nameAt(names, at); name == "" || strings.ContainsAny(name, "/$") {
			return false
		}
	}
	return true
}

func nameAt(names []byte, at uint64) string {
	if at >= uint64(len(names)) {
		return ""
	}
	name, _, _ := strings.Cut(string(names[at:min(uint64(len(names)), at+256)]), "\x00")
	return name
}

// definesPlain: no symbol and no relocation has code called that finds out where something is.
func (p *program) definesPlain(irelative uint32, names []byte) bool {
	symbols, ok := p.hashed()
	if !ok {
		return false
	}
	for _, t := range [...][2]elf.DynTag{{elf.DT_RELA, elf.DT_RELASZ}, {elf.DT_JMPREL, elf.DT_PLTRELSZ}} {
		if p.tags[t[1]] == 0 {
			continue
		}
		table := p.at(p.tags[t[0]], p.tags[t[1]])
		if table == nil {
			return false
		}
		for ; len(table) >= 24; table = table[24:] {
			info := binary.LittleEndian.Uint64(table[8:])
			if uint32(info) == irelative {
				return false
			}
			symbols = max(symbols, info>>32+1)
		}
	}
	if symbols > maxTable/elf.Sym64Size {
		return false
	}
	table := p.at(p.tags[elf.DT_SYMTAB], symbols*elf.Sym64Size)
	for ; len(table) > 0; table = table[elf.Sym64Size:] {
		if binary.LittleEndian.Uint16(table[6:]) == uint16(elf.SHN_UNDEF) {
			continue
		}
		if elf.ST_TYPE(table[4]) == elf.STT_GNU_IFUNC || calledEarly[nameAt(names, uint64(binary.LittleEndian.Uint32(table)))] {
			return false
		}
	}
	return table != nil
}

// hashed returns how many symbols there are up to the last that the hash table leads to.
func (p *program) hashed() (uint64, bool) {
	if head := p.at(p.tags[elf.DT_GNU_HASH], 16); p.tags[elf.DT_GNU_HASH] != 0 && head != nil {
		word := func(b []byte, i uint64) uint64 { return uint64(binary.LittleEndian.Uint32(b[4*i:])) }
		buckets, first, bloom := word(head, 0), word(head, 1), word(head, 2)
		start := p.tags[elf.DT_GNU_HASH] + 16 + 8*bloom
		table := p.at(start, 4*buckets)
		last := uint64(0)
		for i := range uint64(len(table) / 4) {
			last = max(last, word(table, i))
		}
		if last < first {
			return first, table != nil
		}
		for ; ; last++ { // to the end of its chain
			chain := p.at(start+4*buckets+4*(last-first), 4)
			if chain == nil {
				return 0, false
			}
			if chain[0]&1 != 0 {
				return last + 1, true
			}
		}
	}
	head := p.at(p.tags[elf.DT_HASH], 8)
	if p.tags[elf.DT_HASH] == 0 || head == nil {
		return 0, false
	}
	return uint64(binary.LittleEndian.Uint32(head[4:])), true
}
