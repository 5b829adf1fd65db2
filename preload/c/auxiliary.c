#include "auxiliary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOST 64 /* entries; the kernel has some twenty */

extern unsigned long getauxval(unsigned long) __attribute__((weak));

const ElfW(auxv_t) *auxiliary_find(int argc, char *const *argv, char *const *envp)
{
    bool name = false, program = false;

    if (!argv || envp != argv + argc + 1)
        return NULL;
    while (*envp)
        envp++;
    const ElfW(auxv_t) *vector = (const void *)(envp + 1);
    /* Where variables were taken out before us, others follow here, or nothing. */
    for (int i = 0; i < MOST && vector[i].a_type && vector[i].a_type < 4096; i++) {
        name |= vector[i].a_type == AT_EXECFN;
        program |= vector[i].a_type == AT_PHDR;
    }
    return name && program ? vector : NULL;
}

unsigned long auxiliary(const ElfW(auxv_t) *vector, unsigned long type)
{
    if (!vector)
        return getauxval ? getauxval(type) : 0;
    for (; vector->a_type; vector++)
        if (vector->a_type == type)
            return vector->a_un.a_val;
    return 0;
}

void auxiliary_set(const ElfW(auxv_t) *vector, unsigned long type, unsigned long number)
{
    for (; vector && vector->a_type; vector++)
        if (vector->a_type == type)
            ((ElfW(auxv_t) *)(uintptr_t)vector)->a_un.a_val = number;
}
