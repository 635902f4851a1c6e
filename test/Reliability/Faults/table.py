"""All cases as a table in Markdown; with a file: exits with 1 and the rows that the file lacks."""
import sys

import machine
import memory
import reading
import writing

rows = [f"| `{case.name}` | {case.proves} | {' or '.join(map(str, case.status))} |"
        for part in (writing, reading, memory, machine) for case in part.CASES]
if len(sys.argv) == 1:
    print("| case | what it proves | exit status |\n| --- | --- | --- |\n" + "\n".join(rows))
else:
    with open(sys.argv[1]) as file:
        found = [line for line in file.read().splitlines() if line in rows]
    for row in rows:
        if row not in found:
            print("missing: " + row)
    sys.exit(found != rows)
