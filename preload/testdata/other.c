/* Somebody else's preload, which counts on its constructor. */
#include <stdlib.h>
static void __attribute__((constructor)) start(void) { setenv("OTHER", "was here", 1); }
