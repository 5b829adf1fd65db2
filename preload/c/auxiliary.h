/* What the kernel tells a new program of itself, read where the kernel puts it:
 * libc's own getauxval lies in a page of libc that few programs touch. */
#ifndef RAMPART_AUXILIARY_H
#define RAMPART_AUXILIARY_H

#include <elf.h>
#include <link.h>

/* The vector behind the variables; NULL if they are not where the kernel put them. */
const ElfW(auxv_t) *auxiliary_find(int argc, char *const *argv, char *const *envp);

/* A number of the vector, or where there is none, of libc's; 0 if there is none. */
unsigned long auxiliary(const ElfW(auxv_t) *vector, unsigned long type);

/* Has the vector say another number. */
void auxiliary_set(const ElfW(auxv_t) *vector, unsigned long type, unsigned long number);

#endif
