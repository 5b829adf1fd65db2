/* System calls without a libc: raw, returning -errno. The library must not
 * depend on any libc (one file serves glibc and musl) nor touch errno before
 * its caller's answer is known. */
#ifndef RAMPART_SYS_H
#define RAMPART_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* The kernel's; <limits.h> has them only for hosted programs. */
#ifndef PATH_MAX
#define PATH_MAX 4096
#endif
#ifndef NAME_MAX
#define NAME_MAX 255
#endif

#if defined(__x86_64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    long ret;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}
#elif defined(__aarch64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}
#else
#error "rampart's C side knows x86-64 and aarch64"
#endif

#define SYS_ARG(x) ((long)(uintptr_t)(x))
#define sys0(n) sys6((n), 0, 0, 0, 0, 0, 0)
#define sys1(n, a) sys6((n), SYS_ARG(a), 0, 0, 0, 0, 0)
#define sys2(n, a, b) sys6((n), SYS_ARG(a), SYS_ARG(b), 0, 0, 0, 0)
#define sys3(n, a, b, c) sys6((n), SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define sys4(n, a, b, c, d) sys6((n), SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), 0, 0)
#define sys5(n, a, b, c, d, e) \
    sys6((n), SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), 0)

/* Inline, so that no stack frame lies between an exec door and the kernel. */
static inline long sys_open(const char *path, int flags)
{
    return sys4(SYS_openat, -100 /* AT_FDCWD */, path, flags, 0);
}

static inline long sys_readlink(const char *path, char *buf, size_t size)
{
    return sys4(SYS_readlinkat, -100, path, buf, size);
}

static inline void sys_close(int fd)
{
    sys1(SYS_close, fd);
}

static inline long sys_write(int fd, const void *data, size_t n)
{
    return sys3(SYS_write, fd, data, n);
}

__attribute__((noreturn)) static inline void sys_exit(int status)
{
    for (;;)
        sys1(SYS_exit_group, status);
}

/* Returns NULL if there is no memory. */
static inline void *sys_map(size_t size)
{
    long p = sys6(SYS_mmap, 0, (long)size, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
    return p < 0 && p > -4096 ? NULL : (void *)(uintptr_t)p;
}

static inline void sys_unmap(void *p, size_t size)
{
    sys2(SYS_munmap, p, size);
}

#endif
