/* table: the table of files as a filter. Reads size u32 and a table, then
 * for each question doing u8, then path and cwd, NUL after each; writes 'y' or
 * 'n'. A doing of 0 brings the next table. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../c/table.h"

static char path[1 << 16], cwd[1 << 16];

static const char *find(void *context)
{
    return context;
}

static void string(char *to)
{
    int c;

    while ((c = getchar()) > 0)
        *to++ = (char)c;
    *to = 0;
}

int main(void)
{
    uint32_t size;
    int doing;

    while (fread(&size, sizeof size, 1, stdin) == 1) {
        unsigned char *data = malloc(size + 1); /* exact, for the sanitizer */
        if (fread(data, 1, size, stdin) != size)
            return 1;
        struct table t = {data, size};
        while ((doing = getchar()) > 0) {
            string(path);
            string(cwd);
            struct table_place p = {find, cwd, NULL};
            putchar(table_concerns(&t, (unsigned)doing, path, &p) ? 'y' : 'n');
            fflush(stdout);
        }
        free(data);
    }
    return 0;
}
