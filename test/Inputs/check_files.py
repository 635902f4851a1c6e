"""Fails where a document names a file or folder of the project that does not exist.

check_files.py ROOT DOCUMENT...

A name is what stands in backquotes or is a link's target, and looks like a path: it begins with a top-level folder, or is a
document or a picture beside this one. `<Family>`, `*` and `{h,cpp}` stand for what exists: at least one file must fit.
"""
import pathlib
import re
import sys

INSTALLED = ("lib/nncc/", "lib/cmake/")  # below a prefix, not in the sources
FOLDERS = ("lib", "include", "test", "tools", "docs")
SUFFIXES = ("md", "cpp", "c", "h", "td", "txt", "py", "sh", "nn", "mlir", "test", "json")


def names(text):
    """The paths that a document names, each with its line."""
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            in_code = not in_code
        if in_code:
            continue
        for name in re.findall(r"`([^`\s]+)`", line) + re.findall(r"\]\(([^)#\s]+)\)", line):
            if name.startswith(INSTALLED):
                continue
            if name.startswith(tuple(folder + "/" for folder in FOLDERS + ("images",))) or re.fullmatch(r"[A-Z]\w+\.md", name):
                yield number, name


def alternatives(name):
    """`X.{h,cpp}` is two names."""
    if match := re.search(r"\{([^}]*)\}", name):
        for part in match[1].split(","):
            yield from alternatives(name[: match.start()] + part + name[match.end():])
    else:
        yield name


root = pathlib.Path(sys.argv[1])
bad = []
count = 0
for argument in sys.argv[2:]:
    document = root / argument
    for number, name in names(document.read_text(encoding="utf-8")):
        for one in alternatives(name):
            count += 1
            pattern = re.sub(r"<\w+>", "*", one).rstrip("/")
            if not any(any(base.glob(pattern)) for base in (root, document.parent)):
                bad.append(f"{argument}:{number}: there is no '{one}'")
print("\n".join(bad) if bad else f"{count} names, all exist")
sys.exit(1 if bad or not count else 0)
