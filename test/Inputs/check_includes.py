"""Fails where a folder includes one that it may not; the table is the one of docs/Architecture.md."""
import pathlib
import re
import sys

ALL = ["Support", "Interfaces", "Dialect", "Frontend", "Analysis", "Transforms", "Planning", "Kernels", "Codegen", "Reference"]
MAY = {
    "Support": [],
    "ABI": [],
    "Interfaces": ["Support"],
    "Dialect": ["Interfaces", "Support"],
    "Frontend": ["Dialect", "Interfaces", "Support"],
    "Analysis": ["Dialect", "Interfaces", "Support"],
    "Transforms": ["Planning", "Analysis", "Dialect", "Interfaces", "Support"],
    "Planning": ["Analysis", "Dialect", "Interfaces", "Support"],
    "Kernels": ["ABI", "Planning", "Analysis", "Dialect", "Interfaces", "Support"],
    "Codegen": ["ABI", "Support"],
    "Reference": ["Dialect", "Interfaces", "Support"],
    "Pipeline": ALL + ["ABI"],
    "Runtime": ["ABI"],
}
LLVM_FREE = ["Runtime", "ABI"]

root = pathlib.Path(sys.argv[1])
bad = []
seen = set()
for folder, allowed in MAY.items():
    for base in (root / "lib" / folder, root / "include" / "nncc" / folder):
        for file in sorted(base.rglob("*")):
            if file.suffix not in (".h", ".c", ".cpp", ".td"):
                continue
            seen.add(folder)
            for number, line in enumerate(file.read_text().splitlines(), 1):
                where = f"{file.relative_to(root)}:{number}"
                if m := re.match(r'\s*#?\s*include\s+"nncc/(\w+)/', line):
                    if m[1] != folder and m[1] not in allowed:
                        bad.append(f"{where}: {folder} may not include {m[1]}")
                elif folder in LLVM_FREE and re.match(r'\s*#\s*include\s+["<](llvm|mlir)', line):
                    bad.append(f"{where}: {folder} may not include LLVM")
# The document says the same.
document = (root / "docs" / "Architecture.md").read_text(encoding="utf-8").split("\n## Folders\n")[1].split("\n## ")[0]
rows = {}
for row in re.findall(r"^\| `(\w+)[^|]*\|[^|]*\|([^|]*)\|$", document, re.MULTILINE):
    rows[row[0]] = re.sub(r"\([^)]*\)|;.*", "", row[1])
for folder, allowed in MAY.items():
    said = set(re.findall(r"[A-Z]\w+", rows.get(folder, "no row")))
    if folder not in rows or (folder != "Pipeline" and said != set(allowed)):
        bad.append(f"docs/Architecture.md: {folder} may include {sorted(allowed)}, the table says {sorted(said)}")
print("\n".join(bad))
missing = set(MAY) - seen
if missing:
    print("folders without sources:", *sorted(missing))
sys.exit(1 if bad or missing else 0)
