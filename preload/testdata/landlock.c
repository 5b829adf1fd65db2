/* landlock DIR PROGRAM [ARG...]: lets itself read no file but those below /usr, /etc, /dev, /proc and
 * DIR any more, and executes the program. Exits 77 if the kernel knows no such thing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const uint64_t read_file = 1 << 2;
    struct {
        uint64_t handled;
    } rules = {read_file};
    long set = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    const char *below[] = {"/usr", "/etc", "/dev", "/proc", argc > 2 ? argv[1] : "/"};

    if (set < 0)
        return 77;
    for (unsigned i = 0; i < sizeof below / sizeof *below; i++) {
        struct {
            uint64_t allowed;
            int32_t fd;
        } __attribute__((packed)) rule = {read_file, open(below[i], O_PATH | O_CLOEXEC)};
        if (syscall(SYS_landlock_add_rule, set, 1, &rule, 0))
            return 1;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, set, 0))
        return 1;
    execv(argv[2], argv + 2);
    return 1;
}
