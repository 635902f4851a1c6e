"""Fails where a document does not name a function of a header: check_functions.py HEADER DOCUMENT."""
import re
import sys

with open(sys.argv[1], encoding="utf-8") as header, open(sys.argv[2], encoding="utf-8") as document:
    functions = set(re.findall(r"^[a-z].*\bwaves_(\w+)\(", re.sub(r"/\*.*?\*/", "", header.read(), flags=re.S), re.M))
    named = set(re.findall(r"`(\w+)`", document.read()))
missing = sorted(functions - named)
print(f"{len(functions)} functions", *("without: " + name for name in missing))
sys.exit(bool(missing))
