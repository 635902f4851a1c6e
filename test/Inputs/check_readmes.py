"""Fails where a folder with sources below lib/ has no README.md, or one of more than a paragraph or two; test/ likewise has one."""
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
# Deeper folders are parts of these; Dialect/README.md speaks for Dialect/NN, which is its only one.
folders = [folder for folder in sorted((root / "lib").iterdir()) if folder.is_dir()]
folders += [folder for part in ("Runtime", "Transforms") for folder in sorted((root / "lib" / part).iterdir()) if folder.is_dir()]
folders += [root / "lib/Kernels/Contraction", root / "test", root / "tools"]
bad = []
for folder in folders:
    if not any(file.is_file() for file in folder.rglob("*")):
        continue
    readme = folder / "README.md"
    if not readme.exists():
        bad.append(f"{folder.relative_to(root)} has no README.md")
    elif len(readme.read_text(encoding="utf-8").splitlines()) > 20:
        bad.append(f"{readme.relative_to(root)} is longer than a paragraph or two")
print("\n".join(bad))
sys.exit(1 if bad else 0)
