/* c/text.c without its memcpy and the like: the sanitizers bring theirs. */
#define memcpy unused_memcpy
#define memmove unused_memmove
#define memset unused_memset
#define memcmp unused_memcmp
#include "../c/text.c"
