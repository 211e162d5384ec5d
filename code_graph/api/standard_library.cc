#include "code_graph/api/standard_library.h"

#include <algorithm>

namespace code_graph::api {
namespace {

// Sorted, for the search by halves.

constexpr std::string_view kPython[] = {
    "__future__",   "abc",          "aifc",         "antigravity", "argparse",    "array",
    "ast",          "asynchat",     "asyncio",      "asyncore",    "atexit",      "audioop",
    "base64",       "bdb",          "binascii",     "bisect",      "builtins",    "bz2",
    "cProfile",     "calendar",     "cgi",          "cgitb",       "chunk",       "cmath",
    "cmd",          "code",         "codecs",       "codeop",      "collections", "colorsys",
    "compileall",   "concurrent",   "configparser", "contextlib",  "contextvars", "copy",
    "copyreg",      "crypt",        "csv",          "ctypes",      "curses",      "dataclasses",
    "datetime",     "dbm",          "decimal",      "difflib",     "dis",         "distutils",
    "doctest",      "email",        "encodings",    "ensurepip",   "enum",        "errno",
    "faulthandler", "fcntl",        "filecmp",      "fileinput",   "fnmatch",     "fractions",
    "ftplib",       "functools",    "gc",           "genericpath", "getopt",      "getpass",
    "gettext",      "glob",         "graphlib",     "grp",         "gzip",        "hashlib",
    "heapq",        "hmac",         "html",         "http",        "idlelib",     "imaplib",
    "imghdr",       "imp",          "importlib",    "inspect",     "io",          "ipaddress",
    "itertools",    "json",         "keyword",      "lib2to3",     "linecache",   "locale",
    "logging",      "lzma",         "mailbox",      "mailcap",     "marshal",     "math",
    "mimetypes",    "mmap",         "modulefinder", "msilib",      "msvcrt",      "multiprocessing",
    "netrc",        "nis",          "nntplib",      "nt",          "ntpath",      "nturl2path",
    "numbers",      "opcode",       "operator",     "optparse",    "os",          "ossaudiodev",
    "pathlib",      "pdb",          "pickle",       "pickletools", "pipes",       "pkgutil",
    "platform",     "plistlib",     "poplib",       "posix",       "posixpath",   "pprint",
    "profile",      "pstats",       "pty",          "pwd",         "py_compile",  "pyclbr",
    "pydoc",        "pydoc_data",   "pyexpat",      "queue",       "quopri",      "random",
    "re",           "readline",     "reprlib",      "resource",    "rlcompleter", "runpy",
    "sched",        "secrets",      "select",       "selectors",   "shelve",      "shlex",
    "shutil",       "signal",       "site",         "smtpd",       "smtplib",     "sndhdr",
    "socket",       "socketserver", "spwd",         "sqlite3",     "sre_compile", "sre_constants",
    "sre_parse",    "ssl",          "stat",         "statistics",  "string",      "stringprep",
    "struct",       "subprocess",   "sunau",        "symtable",    "sys",         "sysconfig",
    "syslog",       "tabnanny",     "tarfile",      "telnetlib",   "tempfile",    "termios",
    "textwrap",     "this",         "threading",    "time",        "timeit",      "tkinter",
    "token",        "tokenize",     "tomllib",      "trace",       "traceback",   "tracemalloc",
    "tty",          "turtle",       "turtledemo",   "types",       "typing",      "unicodedata",
    "unittest",     "urllib",       "uu",           "uuid",        "venv",        "warnings",
    "wave",         "weakref",      "webbrowser",   "winreg",      "winsound",    "wsgiref",
    "xdrlib",       "xml",          "xmlrpc",       "zipapp",      "zipfile",     "zipimport",
    "zlib",         "zoneinfo"};

constexpr std::string_view kNode[] = {"assert",
                                      "async_hooks",
                                      "buffer",
                                      "child_process",
                                      "cluster",
                                      "console",
                                      "constants",
                                      "crypto",
                                      "dgram",
                                      "diagnostics_channel",
                                      "dns",
                                      "domain",
                                      "events",
                                      "fs",
                                      "http",
                                      "http2",
                                      "https",
                                      "inspector",
                                      "module",
                                      "net",
                                      "os",
                                      "path",
                                      "perf_hooks",
                                      "process",
                                      "punycode",
                                      "querystring",
                                      "readline",
                                      "repl",
                                      "stream",
                                      "string_decoder",
                                      "sys",
                                      "timers",
                                      "tls",
                                      "trace_events",
                                      "tty",
                                      "url",
                                      "util",
                                      "v8",
                                      "vm",
                                      "wasi",
                                      "worker_threads",
                                      "zlib"};

constexpr std::string_view kC[] = {"assert.h",   "complex.h",  "ctype.h",  "errno.h",       "fenv.h",    "float.h",
                                   "inttypes.h", "iso646.h",   "limits.h", "locale.h",      "math.h",    "setjmp.h",
                                   "signal.h",   "stdalign.h", "stdarg.h", "stdatomic.h",   "stdbool.h", "stddef.h",
                                   "stdint.h",   "stdio.h",    "stdlib.h", "stdnoreturn.h", "string.h",  "tgmath.h",
                                   "threads.h",  "time.h",     "uchar.h",  "wchar.h",       "wctype.h"};

constexpr std::string_view kCpp[] = {"algorithm",
                                     "any",
                                     "array",
                                     "atomic",
                                     "barrier",
                                     "bit",
                                     "bitset",
                                     "cassert",
                                     "cctype",
                                     "cerrno",
                                     "cfenv",
                                     "cfloat",
                                     "charconv",
                                     "chrono",
                                     "cinttypes",
                                     "climits",
                                     "clocale",
                                     "cmath",
                                     "codecvt",
                                     "compare",
                                     "complex",
                                     "concepts",
                                     "condition_variable",
                                     "coroutine",
                                     "csetjmp",
                                     "csignal",
                                     "cstdarg",
                                     "cstddef",
                                     "cstdint",
                                     "cstdio",
                                     "cstdlib",
                                     "cstring",
                                     "ctime",
                                     "cuchar",
                                     "cwchar",
                                     "cwctype",
                                     "deque",
                                     "exception",
                                     "execution",
                                     "expected",
                                     "filesystem",
                                     "format",
                                     "forward_list",
                                     "fstream",
                                     "functional",
                                     "future",
                                     "generator",
                                     "initializer_list",
                                     "iomanip",
                                     "ios",
                                     "iosfwd",
                                     "iostream",
                                     "istream",
                                     "iterator",
                                     "latch",
                                     "limits",
                                     "list",
                                     "locale",
                                     "map",
                                     "mdspan",
                                     "memory",
                                     "memory_resource",
                                     "mutex",
                                     "new",
                                     "numbers",
                                     "numeric",
                                     "optional",
                                     "ostream",
                                     "print",
                                     "queue",
                                     "random",
                                     "ranges",
                                     "ratio",
                                     "regex",
                                     "scoped_allocator",
                                     "semaphore",
                                     "set",
                                     "shared_mutex",
                                     "source_location",
                                     "span",
                                     "spanstream",
                                     "sstream",
                                     "stack",
                                     "stacktrace",
                                     "stdexcept",
                                     "stop_token",
                                     "streambuf",
                                     "string",
                                     "string_view",
                                     "strstream",
                                     "syncstream",
                                     "system_error",
                                     "thread",
                                     "tuple",
                                     "type_traits",
                                     "typeindex",
                                     "typeinfo",
                                     "unordered_map",
                                     "unordered_set",
                                     "utility",
                                     "valarray",
                                     "variant",
                                     "vector",
                                     "version"};

constexpr std::string_view kRuby[] = {
    "English",     "abbrev",    "base64",   "benchmark",   "bigdecimal",   "bundler", "cgi",        "coverage",
    "csv",         "date",      "delegate", "digest",      "drb",          "erb",     "etc",        "fiber",
    "fiddle",      "fileutils", "find",     "forwardable", "getoptlong",   "io",      "ipaddr",     "irb",
    "json",        "logger",    "matrix",   "minitest",    "monitor",      "mutex_m", "net",        "nkf",
    "observer",    "open-uri",  "open3",    "openssl",     "optparse",     "ostruct", "pathname",   "pp",
    "prettyprint", "prime",     "pstore",   "psych",       "pty",          "racc",    "rdoc",       "readline",
    "reline",      "resolv",    "rinda",    "ripper",      "securerandom", "set",     "shellwords", "singleton",
    "socket",      "stringio",  "strscan",  "syslog",      "tempfile",     "time",    "timeout",    "tmpdir",
    "tsort",       "un",        "uri",      "weakref",     "yaml",         "zlib"};

template <std::size_t N>
bool is_one_of(const std::string_view (&names)[N], std::string_view name) {
  return std::ranges::binary_search(names, name);
}

std::string_view up_to(std::string_view text, char stop) { return text.substr(0, text.find(stop)); }

// The first word of a path like "java.util" or "std::io".
bool begins_with_word(std::string_view target, std::string_view word) {
  if (!target.starts_with(word)) return false;
  const std::string_view rest = target.substr(word.size());
  return rest.empty() || rest[0] == '.' || rest[0] == ':' || rest[0] == '\\';
}

}  // namespace

bool is_standard_library(graph::Language language, std::string_view target) {
  using graph::Language;
  switch (language) {
    case Language::kPython:
      return is_one_of(kPython, up_to(target, '.'));
    case Language::kJavaScript:
    case Language::kTypeScript:
      return target.starts_with("node:") || is_one_of(kNode, up_to(target, '/'));
    case Language::kC:
      return is_one_of(kC, target);
    case Language::kCpp:
      return is_one_of(kCpp, target) || is_one_of(kC, target);
    case Language::kRuby:
      return is_one_of(kRuby, up_to(target, '/'));
    // Import paths of modules begin with a host name, which has a dot; those of the library do not.
    case Language::kGo:
      return up_to(target, '/').find('.') == std::string_view::npos;
    case Language::kJava:
      return begins_with_word(target, "java") || begins_with_word(target, "javax") || begins_with_word(target, "jdk");
    case Language::kKotlin:
      return begins_with_word(target, "kotlin") || begins_with_word(target, "java") ||
             begins_with_word(target, "javax");
    case Language::kScala:
      return begins_with_word(target, "scala") || begins_with_word(target, "java") || begins_with_word(target, "javax");
    case Language::kCSharp:
      return begins_with_word(target, "System");
    case Language::kRust:
      return begins_with_word(target, "std") || begins_with_word(target, "core") || begins_with_word(target, "alloc");
    case Language::kSwift:
      return target == "Foundation" || target == "Swift" || target == "Dispatch" || target == "UIKit" ||
             target == "SwiftUI";
    default:
      return false;
  }
}

}  // namespace code_graph::api
