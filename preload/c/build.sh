#!/bin/sh
# build.sh OUTDIR: builds librampart.so and rampart-program with $CC (cc).
#
# Both are freestanding. The library needs no other and names no version, so
# that one file loads into glibc and musl programs; it is linked tightly, as
# every exec pays for its pages.
set -eu

out=$(cd "$1" && pwd)
cd "$(dirname "$0")"

compile="-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -ffreestanding -fno-stack-protector
	-fno-asynchronous-unwind-tables -fvisibility=hidden -ffunction-sections -U_FORTIFY_SOURCE"
case $(${CC:-cc} -dumpmachine) in
aarch64*) compile="$compile -mno-outline-atomics" ;; # else they are libgcc's functions
esac
link="-nostdlib -nostartfiles -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro
	-Wl,-z,noexecstack -s"

both="text.c session.c env.c codec.c channel.c ask.c mark.c identity.c permit.c ring.c snapshot.c ahead.c judge.c"
library="search.c exec.c symbol.c spawn.c inherit.c lookup.c cmdline.c script.c auxiliary.c sanitizer.c start.c table.c files.c filepath.c fileops.c filenames.c filemounts.c filedoors.c logindoors.c namedoors.c processdoors.c filter.c filterdoors.c spawnfiles.c filecalls.c"

# shellcheck disable=SC2086 # the lists are lists of words
${CC:-cc} $compile -fPIC -shared $link -Wl,--hash-style=gnu -Wl,-Bsymbolic -Wl,-z,now -Wl,-z,initfirst \
	-Wl,-soname,librampart.so -Wl,--version-script=exports.map -Wl,-T,library.ld \
	-o "$out/librampart.so" $both $library
# shellcheck disable=SC2086
${CC:-cc} $compile -fno-pie -static $link -o "$out/rampart-program" $both launch.c keep.c heir.c keepkill.c image.c place.c program.c

# What it was built from and what came of it, so that nobody takes an old or a
# damaged one for this one.
LC_ALL=C
# shellcheck disable=SC2046
{
	cat $(printf '%s\n' *.c *.h build.sh exports.map library.ld | sort) | sha256sum | cut -d ' ' -f 1
	cat "$out/librampart.so" "$out/rampart-program" | sha256sum | cut -d ' ' -f 1
} >"$out/digest"
