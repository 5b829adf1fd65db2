#include "cmdline.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>

#include "sys.h"
#include "text.h"

extern unsigned long getauxval(unsigned long) __attribute__((weak));

/* The kernel puts argc, argv and envp one after the other on the stack, below
 * the strings. Another library's constructor may have moved envp elsewhere. */
static char **before(char **envp)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), list = (uintptr_t)envp;
    uintptr_t strings = getauxval ? getauxval(AT_EXECFN) : 0;

    if (list <= here || list >= strings || envp[-1])
        return NULL;
    for (uintptr_t argc = 0; (uintptr_t)(envp - 2 - argc) > here; argc++)
        if ((uintptr_t)envp[-2 - (intptr_t)argc] == argc)
            return envp - 1 - argc;
    return NULL;
}

/* Reads /proc/self/cmdline into a mapping that stays. */
static char **from_kernel(void)
{
    size_t size = 65536, used = 0, argc = 0;
    char *text = NULL;

    for (;;) {
        long n = -1, fd = sys_open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || !(text = sys_map(size))) {
            sys_close((int)fd);
            return NULL;
        }
        for (used = 0; used < size && (n = sys3(SYS_read, fd, text + used, size - used)) > 0;)
            used += (size_t)n;
        sys_close((int)fd);
        if (n < 0)
            return NULL;
        if (used < size)
            break;
        sys_unmap(text, size);
        size *= 4;
    }
    for (size_t i = 0; i < used; i++)
        argc += !text[i];
    char **argv = sys_map((argc + 1) * sizeof *argv);
    for (size_t i = 0, at = 0; argv && i < argc; i++) {
        argv[i] = text + at;
        at += text_length(text + at) + 1;
    }
    return argv;
}

bool cmdline_find(struct cmdline *c, int argc, char **argv, char **envp)
{
    (void)argc;
    if (!argv)
        argv = before(envp);
    c->in_place = argv != NULL;
    c->argv = argv ? argv : from_kernel();
    return c->argv != NULL;
}

bool cmdline_replace(struct cmdline *c, size_t index, const char *text)
{
    size_t size = text_length(text) + 1;
    char *copy = c->in_place ? sys_map(size) : NULL;

    if (!copy)
        return false;
    for (size_t i = 0; i < size; i++)
        copy[i] = text[i];
    c->argv[index] = copy;
    return true;
}
