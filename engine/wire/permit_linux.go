package wire

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"rampart/platform"
)

// permitLife bounds how long a permit holds, give or take the same again:
// policies and files may change meanwhile.
const permitLife = 100 * time.Millisecond

// permitRipe is how long ago a file must have changed last: its times are those
// of a clock that ticks, so a younger one may change and show it by nothing.
const permitRipe = 50 * time.Millisecond

// permitsKnown is how many of the last permits can be repeated by a note in the
// ring. They are long gone when they are forgotten.
const permitsKnown = 1024

// granted is what a permit is for.
type granted struct {
	permit  uint32
	request *Request // without Environ
}

// Permits is memory that processes below may read, and that only this one can
// write: the kernel seals it against everybody else. All methods are safe for
// concurrent use; those of a nil *Permits do nothing.
type Permits struct {
	file     *os.File // at permitFD, without close-on-exec
	theirs   *os.File // at notesFD, the end that notes are put in
	notes    int      // the end that they come out of
	arrival  *os.File // can be read when some have come, see watch
	ring     *ring
	identity string

	mu         sync.Mutex
	memory     []byte
	generation uint32
	era        atomic.Uint64
	written    [permitSlots]time.Time // zero: the slot is empty
	grants     [permitsKnown]granted  // by number, for who names no more of a permit
	files      bool                   // a table of files is to be there
	ahead      bool                   // programs may start ahead of their answer
	tables     uint64                 // number of the last one
	half       int                    // where it is
	live       int
	sweep      *time.Timer
}

// NewPermits makes the memory, and a descriptor of it that all processes started
// from now on inherit.
func NewPermits() (*Permits, error) {
	fd, err := unix.MemfdCreate("rampart-permits", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("make memory for permits: %w", err)
	}
	defer unix.Close(fd)
	p := new(Permits)
	if err := unix.Ftruncate(fd, tableAt+tableArea); err != nil {
		return nil, fmt.Errorf("make memory for permits: %w", err)
	}
	if p.memory, err = unix.Mmap(fd, 0, tableAt+tableArea, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, fmt.Errorf("map memory for permits: %w", err)
	}
	if err = p.share(fd); err != nil {
		unix.Munmap(p.memory)
		return nil, fmt.Errorf("seal memory for permits: %w", err)
	}
	if err = p.shareNotes(); err != nil {
		p.file.Close()
		unix.Munmap(p.memory)
		return nil, fmt.Errorf("make a socket for notes: %w", err)
	}
	if p.ring, err = newRing(p.memory[ringState : tableAt+tableHeader]); err != nil {
		p.file.Close()
		p.closeNotes()
		unix.Munmap(p.memory)
		return nil, fmt.Errorf("make memory for notes: %w", err)
	}
	p.sweep = time.AfterFunc(time.Hour, p.expire)
	p.sweep.Stop()
	return p, nil
}

func (p *Permits) share(fd int) error {
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_FUTURE_WRITE
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return err
	}
	var err error
	p.file, err = p.inherit(fd, permitFD)
	return err
}

// inherit makes a copy of a descriptor that all processes below have at that
// number, or at a higher one if it is taken, and adds to the identity which file
// it is.
func (p *Permits) inherit(fd, number int) (*os.File, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	p.identity += fmt.Sprintf("%016x%016x", uint64(st.Dev), st.Ino)
	shared, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD, number)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(shared), "rampart-permits"), nil
}

// Identity is what of a session stands in the library behind [IdentityMagic]: device
// and inode of the memory, of the socket for notes; where the session is; whether
// to look after files; whether programs may start ahead of their answer.
func (p *Permits) Identity() string {
	if p == nil {
		return ""
	}
	flag := map[bool]string{false: "-", true: "+"}
	return p.identity + place() + flag[p.files] + flag[p.ahead]
}

// place is what tells the session's mounts and root from those of namespaces made below
// it: the number of the mount of /usr/bin, and the root's inode.
func place() string {
	var mount unix.Statx_t
	var root unix.Stat_t
	if unix.Statx(unix.AT_FDCWD, "/usr/bin", 0, unix.STATX_MNT_ID, &mount) != nil ||
		mount.Mask&unix.STATX_MNT_ID == 0 || unix.Stat("/", &root) != nil {
		return strings.Repeat("-", 2*16)
	}
	return fmt.Sprintf("%016x%016x", mount.Mnt_id, root.Ino)
}

// StartAhead lets libraries that are given the Identity from now on start programs
// while their questions are judged, see [Request.Ahead].
func (p *Permits) StartAhead() {
	if p != nil {
		p.ahead = true
	}
}

// MayStartAhead publishes that a file, as it is, is a program that is sure to come up
// with the library and to run nothing before it.
func (p *Permits) MayStartAhead(f FileID) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memory == nil {
		return
	}
	slot := p.memory[aheadAt+int(f.Inode%aheadSlots)*aheadSlot:][:aheadSlot]
	for i, n := range f.numbers() {
		binary.LittleEndian.PutUint64(slot[8*i:], n)
	}
	binary.LittleEndian.PutUint64(slot[aheadSlot-8:], f.sum())
}

// WatchFiles makes libraries that are given the Identity from now on look after
// files. Until there is a table, they ask about all.
func (p *Permits) WatchFiles() {
	if p != nil {
		p.files = true
	}
}

// PublishFiles puts another table of files in force. A table that does not fit
// has every file asked about, as has nil.
func (p *Permits) PublishFiles(table []byte) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memory == nil {
		return
	}
	number := (*uint64)(unsafe.Pointer(&p.memory[tableAt])) // aligned to a page
	atomic.StoreUint64(number, 0)
	if table == nil || len(table) > tableHalf {
		return
	}
	p.half ^= 1
	place := tableHeader + p.half*tableHalf
	copy(p.memory[tableAt+place:], table)
	header := p.memory[tableAt+8:]
	binary.LittleEndian.PutUint32(header, uint32(place))
	binary.LittleEndian.PutUint32(header[4:], uint32(len(table)))
	p.tables++
	atomic.StoreUint64(number, p.tables)
}

// descriptor is the memory's, for processes that have lost theirs.
func (p *Permits) descriptor() (int, bool) {
	if p == nil {
		return 0, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memory == nil {
		return 0, false
	}
	return int(p.file.Fd()), true
}

// Clear takes all permits back: what asks from now on is judged.
func (p *Permits) Clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.era.Add(1)
	if p.live > 0 {
		p.clear(time.Time{})
	}
}

// Era changes whenever all permits are taken back: what was judged before gets
// none any more.
func (p *Permits) Era() uint64 {
	if p == nil {
		return 0
	}
	return p.era.Load()
}

// Descriptors are those by which somebody else can tell what of the notes was not
// read: the end that packets come out of, the ring, and the memory. They are p's.
func (p *Permits) Descriptors() (notes, ring, memory uintptr) {
	return uintptr(p.notes), p.ring.file.Fd(), p.file.Fd()
}

// Close takes all permits back for good.
func (p *Permits) Close() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memory == nil {
		return nil
	}
	p.sweep.Stop()
	p.clear(time.Time{})
	atomic.StoreUint64((*uint64)(unsafe.Pointer(&p.memory[tableAt])), 0)
	memory := p.memory
	p.memory = nil
	p.file.Close()
	p.closeNotes()
	p.ring.close()
	return unix.Munmap(memory)
}

// Next returns the number for another permit.
func (p *Permits) Next() uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.generation++; p.generation == 0 {
		p.generation++ // 0 is none
	}
	return p.generation
}

// Grant publishes that the question r may be taken for allowed by whoever would
// ask it about the same file.
func (p *Permits) Grant(r *Request, standing *Standing) {
	if message, err := EncodeRequest(r); err == nil {
		p.grant(r, message, standing)
	}
}

// grant is Grant for a question whose message is given.
func (p *Permits) grant(r *Request, message []byte, standing *Standing) {
	if p == nil || len(message)-requestHeader > permitSlot-permitHeader {
		return
	}
	key := permitKey(r)
	i := int(key % permitSlots)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memory == nil || standing.Era != p.era.Load() {
		return
	}
	slot := p.memory[i*permitSlot : (i+1)*permitSlot]
	p.empty(i)
	body, file := message[requestHeader:], standing.File
	for n, v := range [...]uint64{key, file.Device, file.Inode, file.Size, file.Modified, file.Changed} {
		binary.LittleEndian.PutUint64(slot[8+8*n:], v)
	}
	for n, v := range [...]int{len(body), len(r.Argv), len(r.Environ), 0} {
		binary.LittleEndian.PutUint32(slot[56+4*n:], uint32(v))
	}
	copy(slot[permitHeader:], body)
	p.grants[standing.Permit%permitsKnown] = granted{standing.Permit, &Request{Layer: r.Layer, Path: r.Path, Argv: r.Argv, Cwd: r.Cwd}}
	atomic.StoreUint64(p.generationOf(i), uint64(standing.Permit))
	p.written[i] = time.Now()
	if p.live++; p.live == 1 {
		p.sweep.Reset(permitLife)
	}
}

// full is the latest permit whose number has these low bits.
func (p *Permits) full(low uint32) uint32 {
	return p.generation - (p.generation-low)&(1<<ringPermitBits-1)
}

// granted returns a permit by the low bits of its number, and what it is for, to
// be changed; nil if there was none lately.
func (p *Permits) granted(low uint32) (permit uint32, r *Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	permit = p.full(low)
	g := &p.grants[permit%permitsKnown]
	if g.permit != permit || g.request == nil {
		return permit, nil
	}
	copied := *g.request
	return permit, &copied
}

// generationOf is the word of a slot that says whether the rest of it holds.
func (p *Permits) generationOf(i int) *uint64 {
	return (*uint64)(unsafe.Pointer(&p.memory[i*permitSlot])) // slots are aligned to pages
}

func (p *Permits) empty(i int) {
	if !p.written[i].IsZero() {
		atomic.StoreUint64(p.generationOf(i), 0)
		p.written[i] = time.Time{}
		p.live--
	}
}

// clear takes back what was written before t; the zero time means all.
func (p *Permits) clear(t time.Time) {
	for i := range permitSlots {
		if t.IsZero() || p.written[i].Before(t) {
			p.empty(i)
		}
	}
}

func (p *Permits) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.memory == nil {
		return
	}
	p.clear(time.Now().Add(-permitLife))
	if p.live > 0 {
		p.sweep.Reset(permitLife)
	}
}

// IdentifyFile returns what a permit says about the file of that name, and
// false if none may be given for it: a file that can't be looked at, or that
// has changed a moment ago.
func IdentifyFile(path string, now time.Time) (FileID, bool) {
	var st unix.Statx_t
	if platform.StatFile(path, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return FileID{}, false
	}
	id := FileID{
		Device: unix.Mkdev(st.Dev_major, st.Dev_minor), Inode: st.Ino, Size: st.Size,
		Modified: uint64(nano(st.Mtime)), Changed: uint64(nano(st.Ctime)),
	}
	return id, time.Unix(0, nano(st.Ctime)).Before(now.Add(-permitRipe))
}

func nano(t unix.StatxTimestamp) int64 { return t.Sec*1e9 + int64(t.Nsec) }
