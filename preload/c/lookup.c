/* dlsym and dlvsym: a program that asks libc itself for one of the doors is
 * given ours. Everything else is libc's answer to the original caller, whose
 * address means something to it (RTLD_NEXT): hence the jump, not a call. */
#include <dlfcn.h>
#include <stddef.h>

#include "doors.h"
#include "symbol.h"
#include "text.h"

#define DOORS(D)                                                                              \
    D(execl) D(execle) D(execlp) D(execv) D(execve) D(execveat) D(execvp) D(execvpe)          \
    D(fexecve) D(pidfd_spawn) D(pidfd_spawnp) D(popen) D(posix_spawn) D(posix_spawnp)         \
    D(syscall) D(system) D(wordexp) D(_IO_popen) D(_IO_proc_open) D(__libc_system)            \
    D(__open_nocancel) D(__open64_nocancel) D(__openat_nocancel) D(__openat64_nocancel) D(_IO_fopen)\
    D(open) D(open64) D(__open) D(__open64) D(openat) D(openat64) D(creat) D(creat64)         \
    D(__open_2) D(__open64_2) D(__openat_2) D(__openat64_2) D(fopen) D(fopen64)               \
    D(freopen) D(freopen64) D(mkstemp) D(mkstemp64) D(mkostemp) D(mkostemp64)                 \
    D(mkstemps) D(mkstemps64) D(mkostemps) D(mkostemps64) D(unlink) D(unlinkat) D(rmdir)      \
    D(remove) D(rename) D(renameat) D(renameat2) D(link) D(linkat) D(symlink)                 \
    D(symlinkat) D(truncate) D(truncate64) D(chmod) D(lchmod) D(fchmod) D(fchmodat)           \
    D(chown) D(lchown) D(fchown) D(fchownat) D(posix_spawn_file_actions_addopen)

#define DECLARE(name) extern char door_##name[] __asm__(#name);
DOORS(DECLARE)

struct answer_or_jump {
    void *answer; /* NULL: jump */
    void *jump;
};

__attribute__((used)) struct answer_or_jump lookup_door(void *handle, const char *name,
                                                        const char *real_name)
{
    struct answer_or_jump r = {NULL, symbol_next(real_name)};

    if (guard.active && handle != RTLD_NEXT && name) {
#define COMPARE(door) if (text_equal(name, #door)) r.answer = door_##door;
        DOORS(COMPARE)
    }
    return r;
}

#if defined(__x86_64__)
#define LOOKUP(name)                                                               \
    __asm__(".section .rodata\n.L" #name "_name: .asciz \"" #name "\"\n.text\n"    \
            ".globl " #name "\n.type " #name ", @function\n" #name ":\n"           \
            "\tpush %rdi\n\tpush %rsi\n\tpush %rdx\n"                              \
            "\tlea .L" #name "_name(%rip), %rdx\n\tcall lookup_door\n"             \
            "\tmov %rdx, %r11\n\tpop %rdx\n\tpop %rsi\n\tpop %rdi\n"               \
            "\ttest %rax, %rax\n\tjnz 1f\n\ttest %r11, %r11\n\tjz 1f\n"            \
            "\tjmp *%r11\n1:\tret\n.size " #name ", .-" #name "\n")
#elif defined(__aarch64__)
#define LOOKUP(name)                                                               \
    __asm__(".section .rodata\n.L" #name "_name: .asciz \"" #name "\"\n.text\n"    \
            ".balign 4\n.globl " #name "\n.type " #name ", %function\n" #name ":\n" \
            "\tstp x29, x30, [sp, #-48]!\n\tstp x0, x1, [sp, #16]\n\tstr x2, [sp, #32]\n" \
            "\tadrp x2, .L" #name "_name\n\tadd x2, x2, :lo12:.L" #name "_name\n"  \
            "\tbl lookup_door\n\tmov x9, x0\n\tmov x16, x1\n"                      \
            "\tldp x0, x1, [sp, #16]\n\tldr x2, [sp, #32]\n\tldp x29, x30, [sp], #48\n" \
            "\tcbnz x9, 1f\n\tcbz x16, 1f\n\tbr x16\n1:\tmov x0, x9\n\tret\n"      \
            ".size " #name ", .-" #name "\n")
#endif

LOOKUP(dlsym);
LOOKUP(dlvsym);
