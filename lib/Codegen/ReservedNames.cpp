// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ReservedNames.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace nncc::codegen {

/// Words of C23 and C++20 that are no identifiers in one of the two.
constexpr StringLiteral kKeywords =
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class "
    "co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype "
    "default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int "
    "long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch "
    "template this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using "
    "virtual void volatile wchar_t while xor xor_eq ";

/// What the headers of ISO C and POSIX, as glibc 2.36 has them, declare or define in lower case and without an underscore; and macros that
/// compilers define. Left out are variants (`sinf`, `fopen64`) and long names with the prefixes of such families.
constexpr StringLiteral kLibraryNames =
    "a64l abort abs accept accept4 access acct acos acosh adjtime alarm alloca alphasort arc4random asctime asin "
    "asinh asprintf assert atan atan2 atanh atexit atof atoi atol basename bcmp bcopy be16toh be32toh be64toh bind "
    "brk bsearch bzero cabs cacos cacosh calloc canonicalize carg casin casinh catan catanh cbrt ccos ccosh ceil cexp "
    "chdir chmod chown chroot cimag clearenv clearerr clock clog clog10 clone close closedir closefrom complex "
    "confstr conj connect copysign cos cosh cpow cproj creal creat crypt csin csinh csqrt ctan ctanh ctermid ctime "
    "cuserid daddl daemon daylight ddivl dfmal difftime dirfd dirname div dmull dprintf drand48 drem dsqrtl dsubl dup "
    "dup2 dup3 duplocale dysize eaccess ecvt endusershell environ erand48 erf erfc err errno error errx euidaccess "
    "exec execl execle execlp execv execve execveat execvp execvpe exit exp exp10 exp2 expm1 fabs faccessat fadd "
    "fallocate fchdir fchmod fchmodat fchown fchownat fclose fcloseall fcntl fcvt fdatasync fdim fdiv fdopen "
    "fdopendir fegetenv fegetmode fenv feof ferror fesetenv fesetmode fexecve fflush ffma ffs fgetc fgetpos fgets "
    "fileno finite flockfile floor fma fmax fmaximum fmaxmag fmemopen fmin fminimum fminmag fmod fmul fopen "
    "fopencookie fork fpathconf fpclassify fprintf fputc fputs fread free freelocale freopen frexp fromfp fromfpx "
    "fscanf fseek fseeko fsetpos fsqrt fstat fstatat fsub fsync ftell ftello ftruncate ftrylockfile funlockfile "
    "futimens futimes futimesat fwrite gamma gcvt getc getchar getcpu getcwd getdate getdelim getegid getenv geteuid "
    "getgid getgroups gethostid getitimer getline getlogin getopt getpass getpgid getpgrp getpid getppid getpt "
    "getresgid getresuid getsid getsubopt gettid getuid getumask getw getwd glob gmtime grantpt gsignal htobe16 "
    "htobe32 htole16 htole32 hypot i386 ilogb imaxabs index initstate ioctl isalnum isalpha isascii isatty isblank "
    "iscntrl isctype isdigit iseqsig isfdtype isfinite isgraph isgreater isinf isless islower isnan isnormal isprint "
    "ispunct isspace isupper isxdigit iszero j0 j1 jn jrand48 kill killpg l64a labs lchmod lchown lcong48 ldexp ldiv "
    "le16toh le32toh le64toh lgamma link linkat linux listen llabs lldiv llogb llrint llround localeconv localtime "
    "lockf log log10 log1p log2 logb logf longjmp lrand48 lrint lround lseek lstat lutimes madvise main malloc mblen "
    "mbstowcs mbtowc memccpy memchr memcmp memcpy memfrob memmem memmove mempcpy memrchr memset mincore mkdir mkdirat "
    "mkdtemp mkfifo mkfifoat mknod mknodat mkostemp mkostemps mkstemp mkstemps mktemp mktime mlock mlock2 mlockall "
    "mmap modf mount mprotect mrand48 mremap msync munlock munlockall munmap nan nanosleep nearbyint newlocale "
    "nextafter nextdown nexttoward nextup nice nrand48 offsetof open openat opendir optarg opterr optind optopt "
    "pathconf pause pclose perror pipe pipe2 poll popen pow ppoll pread printf profil pselect psiginfo psignal ptrace "
    "ptsname putc putchar putenv puts putw pwrite qecvt qfcvt qgcvt qsort raise rand random rawmemchr read readahead "
    "readdir readlink readlinkat realloc reallocarray realpath recv recvfrom recvmmsg recvmsg remainder remove remquo "
    "rename renameat renameat2 revoke rewind rewinddir rindex rint rmdir round roundeven rpmatch sbrk scalb scalbln "
    "scalbn scandir scandirat scanf seed48 seekdir select send sendmmsg sendmsg sendto setbuf setbuffer setegid "
    "setenv seteuid setgid sethostid setitimer setjmp setlocale setlogin setns setpgid setpgrp setregid setresgid "
    "setresuid setreuid setsid setstate setuid setvbuf shutdown sigaction sigaddset sigandset sigblock sigdelset "
    "sighold sigignore sigmask signal signbit signgam sigorset sigpause sigqueue sigrelse sigreturn sigset sigsetjmp "
    "sigstack sigwait sin sincos sinh sleep snprintf sockatmark socket socketpair splice sprintf sqrt srand srand48 "
    "srandom sscanf ssignal stat statx stderr stdin stdout stime stpcpy stpncpy strcat strchr strchrnul strcmp "
    "strcoll strcpy strcspn strdup strdupa strerror strfromd strfromf strfroml strfry strftime strlen strncat strncmp "
    "strncpy strndup strndupa strnlen strpbrk strptime strrchr strsep strsignal strspn strstr strtod strtof strtok "
    "strtol strtold strtoq strtoul strtouq strxfrm swab symlink symlinkat sync syncfs syscall sysconf sysinfo system "
    "tan tanh tcgetpgrp tcsetpgrp tee telldir tempnam tgamma tgkill time timegm timelocal timeradd timerclear "
    "timercmp timerisset timersub times timezone tmpfile tmpnam toascii tolower toupper trunc truncate tsearch "
    "ttyname ttyslot tzname tzset ualarm ufromfp ufromfpx uint ulong umask umount uname ungetc unix unlink unlinkat "
    "unlockpt unsetenv unshare uselocale ushort usleep utime utimensat utimes valloc vasprintf vdprintf verr verrx "
    "versionsort vfork vfprintf vfscanf vhangup vmsplice vprintf vscanf vsnprintf vsprintf vsscanf vwarn vwarnx wait "
    "wait3 wait4 waitid waitpid warn warnx wcstombs wctomb write y0 y1 yn ";

static StringSet<> split(StringRef text) {
  SmallVector<StringRef> words;
  text.split(words, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  StringSet<> result;
  result.insert_range(words);
  return result;
}

bool isKeyword(StringRef name) {
  static const StringSet<> words = split(kKeywords);
  return words.contains(name);
}

bool isLibraryName(StringRef name) {
  static const StringSet<> names = split(kLibraryNames);
  return names.contains(name);
}

} // namespace nncc::codegen
