// shell ARGV0 [ARG...]: executes $SHELL with this argv. Linked statically, so
// that no library of anybody's is in it and the program that SHELL names is
// what runs.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  const char *shell = getenv("SHELL");
  if (argc < 2 || !shell) return 98;
  execv(shell, argv + 1);
  perror(shell);
  return 97;
}
