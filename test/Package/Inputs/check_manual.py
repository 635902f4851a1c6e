"""Fails where the manual lacks what --help lists, or where its exit statuses are not those of the document.

check_manual.py MANUAL HELP COMMANDLINE.md
"""
import pathlib
import re
import sys

manual, help_text, document = (pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])


def read_terms(text):
    """What the manual explains, bold or italic after .TP, as it is typed."""
    return [re.sub(r"\\f[BIR]", "", term).replace(r"\-", "-") for term in re.findall(r"^\.TP\n(.*)", text, re.M)]


terms = read_terms(manual)
listed = re.findall(r"^  (\S[^ =\[]*=?)", help_text, re.M)
bad = [f"--help lists {name}, the manual does not" for name in listed if not any(term.startswith(name) for term in terms)]
if len(listed) < 50:
    bad.append(f"--help lists {len(listed)} terms only: is it read as it is printed?")

statuses = read_terms(manual[manual.index(".SH EXIT STATUS"):manual.index(".SH ENVIRONMENT")])
documented = re.findall(r"^\| ([0-9, ]+) \|", document[document.index("## Exit status"):], re.M)
if statuses != documented:
    bad.append(f"exit statuses: {statuses} in the manual, {documented} in docs/CommandLine.md")

print("\n".join(bad))
sys.exit(bool(bad))
