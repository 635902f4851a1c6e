# Sourced by quickstart.sh and test.sh: installs what is missing, then configures and builds.
# Not a command of its own. Needs Debian 12 (or a relative with LLVM 22 packages) and root or sudo.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# package  what it is needed for; the file that shows that it is there
needed_packages() {
  cat <<'LIST'
cmake|the build system|/usr/bin/cmake
ninja-build|the build tool|/usr/bin/ninja
clang-22|the C and C++ compiler|/usr/bin/clang++-22
lld-22|the linker|/usr/bin/ld.lld-22
g++|the C++ standard library|/usr/bin/g++
llvm-22-dev|LLVM|/usr/lib/llvm-22/lib/cmake/llvm/LLVMConfig.cmake
liblld-22-dev|the linker as a library, for compiled models|/usr/lib/llvm-22/lib/liblldELF.a
libmlir-22-dev|MLIR|/usr/lib/llvm-22/lib/cmake/mlir/MLIRConfig.cmake
mlir-22-tools|MLIR's table generator|/usr/lib/llvm-22/bin/mlir-tblgen
llvm-22-tools|lit and FileCheck, which run the tests|/usr/lib/llvm-22/bin/FileCheck
python3|the runner of the tests|/usr/bin/python3
zlib1g-dev|compressed arrays|/usr/include/zlib.h
libpng-dev|pictures in PNG files|/usr/include/png.h
libjpeg62-turbo-dev|pictures in JPEG files|/usr/include/jpeglib.h
libjsmn-dev|the headers of weight files|/usr/include/jsmn.h
librandom123-dev|the random number generator|/usr/include/Random123/philox.h
libgtest-dev|unit tests|/usr/include/gtest/gtest.h
libgmock-dev|unit tests|/usr/include/gmock/gmock.h
gcc-aarch64-linux-gnu|libraries of models for aarch64, and their tests|/usr/bin/aarch64-linux-gnu-gcc
libc6-dev-arm64-cross|libraries of models for aarch64|/usr/aarch64-linux-gnu/lib/libc.so.6
qemu-user|tests of libraries for aarch64|/usr/bin/qemu-aarch64
libclang-rt-22-dev|tests under sanitizers|/usr/lib/llvm-22/lib/clang/22/lib/linux/libclang_rt.tsan-x86_64.a
python3-numpy|tests of models as Python packages|/usr/lib/python3/dist-packages/numpy/__init__.py
valgrind|tests of libraries: no leaks|/usr/bin/valgrind
ccache|faster rebuilds|/usr/bin/ccache
LIST
}

install_missing_packages() {
  local missing=() name reason file
  while IFS='|' read -r name reason file; do
    if [ ! -e "$file" ]; then
      missing+=("$name")
      say "missing: $name ($reason)"
    fi
  done < <(needed_packages)
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "these packages are missing and there is no apt-get to install them: ${missing[*]}.
nncc is built on Debian 12; elsewhere install their equivalents (LLVM and MLIR 22) and run this again."
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "installing packages needs root or sudo. As root: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
  say "installing: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq || fail "apt-get update failed; is there a network?"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get could not install: ${missing[*]}. LLVM 22 comes from Debian's own or apt.llvm.org's repository."
}

# What is built: a preset of CMakePresets.json and its folder.
preset=release folder=build
use_preset() {
  preset=$1 folder=build-$1
  [ -e /usr/lib/llvm-22/lib/clang/22/lib/linux/libclang_rt.asan-x86_64.a ] ||
    fail "the sanitizers are missing: apt-get install libclang-rt-22-dev"
  # LLVM's libraries are not instrumented: what they allocate or unpoison is not known to the sanitizer.
  export ASAN_OPTIONS=detect_container_overflow=0:allow_user_poisoning=0:detect_odr_violation=0 UBSAN_OPTIONS=print_stacktrace=1
}

configure() {
  [ -f "$folder/build.ninja" ] && return
  say "configuring ($folder/)"
  cmake --preset "$preset" >build-configure.log 2>&1 || { cat build-configure.log >&2; rm -f build-configure.log; fail "cmake failed"; }
  rm -f build-configure.log
}

# build TARGET...: configures once, then builds; prints progress, and the errors if there are any.
build() {
  configure
  say "building"
  if [ -t 1 ]; then
    ninja -C "$folder" "$@" || fail "the build failed"
  else
    ninja -C "$folder" --quiet "$@" || fail "the build failed"
  fi
}
