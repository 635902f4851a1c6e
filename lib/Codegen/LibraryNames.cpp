// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Codegen/LibraryNames.h"

#include "nncc/Codegen/Program.h"
#include "nncc/Support/SnakeCase.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace nncc::codegen {

/// Words of C23 and C++20 that are no identifiers in one of the two.
static const StringSet<> &keywords() {
  static const StringSet<> words = {
      "alignas",   "alignof",   "and",       "and_eq",       "asm",           "auto",     "bitand",    "bitor",      "bool",
      "break",     "case",      "catch",     "char",         "char16_t",      "char32_t", "char8_t",   "class",      "co_await",
      "co_return", "co_yield",  "compl",     "concept",      "const",         "const_cast", "consteval", "constexpr", "constinit",
      "continue",  "decltype",  "default",   "delete",       "do",            "double",   "dynamic_cast", "else",    "enum",
      "explicit",  "export",    "extern",    "false",        "float",         "for",      "friend",    "goto",       "if",
      "inline",    "int",       "long",      "mutable",      "namespace",     "new",      "noexcept",  "not",        "not_eq",
      "nullptr",   "operator",  "or",        "or_eq",        "private",       "protected", "public",   "register",
      "reinterpret_cast", "requires", "restrict", "return",  "short",         "signed",   "sizeof",    "static",
      "static_assert", "static_cast", "struct", "switch",    "template",      "this",     "thread_local", "throw",   "true",
      "try",       "typedef",   "typeid",    "typename",     "typeof",        "typeof_unqual", "union", "unsigned",  "using",
      "virtual",   "void",      "volatile",  "wchar_t",      "while",         "xor",      "xor_eq",
      // Not words, but macros that compilers define.
      "linux",     "unix",      "i386"};
  return words;
}

/// Names of the C library without an underscore in them (its others meet no model's: `res_init` is not `res`): functions, types and macros
/// of the standard's and POSIX' headers, and what one is likely to find in a program.
static const StringSet<> &libraryNames() {
  static const StringSet<> names = {
      "abort",  "abs",    "accept", "access", "acos",   "alarm",  "asin",   "assert", "atan",   "atof",   "atoi",   "atol",
      "basename", "bind", "brk",    "bsearch", "calloc", "cbrt",  "ceil",   "chdir",  "chmod",  "chown",  "clock",  "clone",
      "close",  "complex", "connect", "conj", "copysign", "cos",  "cosh",   "creal",  "ctime",  "daemon", "difftime", "dirname",
      "div",    "drem",   "dup",    "environ", "erf",   "erfc",   "err",    "errno",  "error",  "exec",   "execl",  "execv",
      "exit",   "exp",    "exp2",   "expm1",  "fabs",   "fclose", "fcntl",  "fdim",   "fenv",   "fflush", "ffs",    "fgetc",
      "floor",  "fma",    "fmax",   "fmin",   "fmod",   "fopen",  "fork",   "fputs",  "fread",  "free",   "frexp",  "fstat",
      "fsync",  "ftell",  "fwrite", "gamma",  "getc",   "getenv", "getline", "glob",  "hypot",  "ilogb",  "imaxabs", "index",
      "ioctl",  "isinf",  "isnan",  "j0",     "j1",     "jn",     "jrand48", "kill",  "labs",   "ldexp",  "ldiv",   "lgamma",
      "link",   "listen", "log",    "log10",  "log1p",  "log2",   "logb",   "logf",   "longjmp", "lseek", "main",   "malloc",
      "memchr", "memcmp", "memcpy", "memset", "mkdir",  "mktime", "mlock",  "mmap",   "modf",   "mount",  "nan",    "nanosleep",
      "nice",   "offsetof", "open", "pause",  "perror", "pipe",   "poll",   "popen",  "pow",    "printf", "profil", "ptrace",
      "putc",   "puts",   "qsort",  "raise",  "rand",   "random", "read",   "realloc", "recv",  "remove", "rename", "rewind",
      "rindex", "rint",   "rmdir",  "round",  "sbrk",   "scanf",  "select", "send",   "setenv", "setjmp", "shutdown", "signal",
      "signgam", "sin",   "sinh",   "sleep",  "socket", "splice", "sqrt",   "srand",  "stat",   "stderr", "stdin",  "stdout",
      "stime",  "strcat", "strchr", "strcmp", "strcpy", "strlen", "strtod", "swab",   "symlink", "sync",  "syscall", "sysinfo",
      "system", "tan",    "tanh",   "tee",    "tempnam", "tgamma", "time",  "timezone", "times", "tmpfile", "tmpnam", "trunc",
      "truncate", "tsearch", "umask", "umount", "uname", "ungetc", "unlink", "usleep", "utime", "vfork",  "vprintf", "wait",
      "warn",   "write",  "y0",     "y1",     "yn",     "std",    "nncc"};
  return names;
}

/// Letters, digits and underscores, no digit first, not empty; `otherwise` stands before or for what isn't there.
static std::string identifier(StringRef text, StringRef otherwise) {
  std::string result;
  for (char c : text)
    result += isAlnum(c) ? c : '_';
  if (result.empty())
    return otherwise.str();
  // What begins with an underscore is reserved at file scope; Keras says "private" too.
  if (result.front() == '_')
    return "private" + result;
  return isDigit(result.front()) ? (otherwise + "_" + result).str() : result;
}

static std::string freeIdentifier(StringRef text) {
  std::string name = identifier(text, "model");
  return keywords().contains(name) || libraryNames().contains(name) ? name + "_model" : name;
}

LibraryNames LibraryNames::of(StringRef modelName) {
  LibraryNames names;
  names.prefix = freeIdentifier(snakeCase(modelName));
  names.cppClass = freeIdentifier(modelName);
  names.macro = StringRef(names.prefix).upper();
  names.fileBase = names.prefix;
  return names;
}

std::vector<std::string> inputParameters(ArrayRef<Tensor> inputs) {
  if (inputs.size() == 1)
    return {"input"};
  // The other parameters of the functions, and what the C++ class calls within them.
  StringSet<> taken = {"model", "labels",  "batch",  "loss",     "output",           "output_gradient", "output_elements", "label_elements",
                       "check", "samples", "expect", "batch_of", "labeled_batch_of", "pointer",         "handle_",         "std"};
  std::vector<std::string> names;
  for (const Tensor &input : inputs) {
    std::string name = identifier(input.name, "input");
    auto isTaken = [&](const std::string &one) { return taken.contains(StringRef(one).lower()); }; // macros are upper case
    while (keywords().contains(name) || isTaken(name) || isTaken(name + "_gradient"))
      name += "_input";
    taken.insert(StringRef(name).lower());
    taken.insert(StringRef(name + "_gradient").lower());
    names.push_back(name);
  }
  return names;
}

} // namespace nncc::codegen
