#!/usr/bin/env bash
# Installs the Debian package into a bare Debian 12 root and uses it there, without a compiler; then removes it.
set -euo pipefail

usage="usage: test/Package/install-deb.sh ROOT NNCC.deb
  ROOT  a folder with a Debian 12 system, as \`debootstrap --variant=minbase bookworm ROOT\` makes it, that can install LLVM 22's packages
Needs root. The package is installed there, tested, and purged."
[ $# -eq 2 ] || { echo "$usage" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "error: needs root; $usage" >&2; exit 2; }
root=$(realpath "$1")
package=$(realpath "$2")
project=$(realpath "$(dirname "$0")/../..")

say() { printf '== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
# inside COMMAND: in the root, in a folder of its own.
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes LC_ALL=C.UTF-8 sh -ec "cd /tmp/nncc-test; $1"; }
# Everything but what packages leave in dpkg's and apt's own folders, caches and logs.
list_files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./tmp -o -path ./etc/ld.so.cache \) -prune -o -print | sort); }
clean_up() {
  mountpoint -q "$root/proc" && umount "$root/proc"
  rm -rf "$root/tmp/nncc-test"
}
trap clean_up EXIT

mkdir -p "$root/tmp/nncc-test"
cp "$package" "$root/tmp/nncc-test/nncc.deb"
cp "$project/docs/examples/shapes.nn" "$root/tmp/nncc-test/"
mkdir "$root/tmp/nncc-test/other"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"

say "installing with apt"
inside "apt-get update -qq"
# First what it depends on, which stays: the files that nncc itself brings are those between these two lists.
depends=$(dpkg-deb -f "$package" Depends | sed 's/ *([^)]*)//g; s/,/ /g')
inside "apt-get install -o Dpkg::Use-Pty=0 -y -qq --no-install-recommends $depends >/dev/null"
list_files >"$root/tmp/nncc-test/before"
inside "apt-get install -o Dpkg::Use-Pty=0 -y -qq --no-install-recommends ./nncc.deb >/dev/null"
inside "nncc --version"
for tool in cc gcc g++ clang clang-22 ld ld.lld as; do
  inside "! command -v $tool" >/dev/null || fail "$tool is there: the test shows nothing about a machine without a compiler"
done

say "training the built-in example"
inside "nncc -jit train --epochs 1"

say "an executable"
inside "nncc shapes.nn -emit=exe -o shapes && ./shapes train --epochs 1 --save w.safetensors && ./shapes evaluate --weights w.safetensors"

say "a library, a shared library, an object file"
inside "nncc shapes.nn -emit=lib -o libshapes.a && test -s libshapes.a && test -s shapes.h && test -s shapes.hpp"
inside "nncc shapes.nn -emit=shared -o libshapes.so && test -s libshapes.so"
inside "nncc shapes.nn -emit=obj -o shapes.o && test -s shapes.o"
inside "nncc shapes.nn -emit=lib -target=aarch64-linux-gnu -o other/libshapes.a && test -s other/libshapes.a"

say "manual, completion, CMake and pkg-config packages"
for file in share/man/man1/nncc.1.gz share/man/man1/nncc-opt.1.gz share/bash-completion/completions/nncc \
  share/zsh/vendor-completions/_nncc share/fish/vendor_completions.d/nncc.fish lib/cmake/nncc/nnccConfig.cmake \
  share/pkgconfig/nncc.pc share/doc/nncc/copyright; do
  inside "test -s /usr/$file" || fail "/usr/$file is missing"
done
inside "zcat /usr/share/man/man1/nncc.1.gz | grep -q '^.SH SYNOPSIS'"
inside "bash -c '. /usr/share/bash-completion/completions/nncc; COMP_WORDS=(nncc -emit = summ); COMP_CWORD=3; _nncc; test \"\$COMPREPLY\" = summary'"

say "removing"
inside "apt-get purge -o Dpkg::Use-Pty=0 -y -qq nncc >/dev/null"
list_files >"$root/tmp/nncc-test/after"
diff "$root/tmp/nncc-test/before" "$root/tmp/nncc-test/after" || fail "purging left files, or removed others"
say "passed"
