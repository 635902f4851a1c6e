"""Runs the commands of a document: run_commands.py DOCUMENT EXAMPLES [OPTION...] [--if WORD OPTION...]

A command is a line of a code block that begins with `$ `. Those of nncc and of ./PROGRAM run in a new folder, in their order, with
the options behind those that train that are given here (to make them short), and those behind `--if WORD` where the command has that
word in it; EXAMPLES is there as `docs/examples`. Fails at the first command that fails.
"""
import os
import shlex
import subprocess
import sys
import tempfile

document, examples, options = sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3:]
word, special = None, []
if "--if" in options:
    at = options.index("--if")
    options, word, special = options[:at], options[at + 1], options[at + 2:]
commands, in_code = [], False
for line in open(document, encoding="utf-8"):
    if line.startswith("```"):
        in_code = not in_code
    elif in_code and line.startswith("$ "):
        commands.append(line[2:].rstrip("\n"))

with tempfile.TemporaryDirectory() as folder:
    os.makedirs(os.path.join(folder, "docs"))
    os.symlink(examples, os.path.join(folder, "docs", "examples"))
    ran = 0
    for command in commands:
        words = shlex.split(command)
        if words[0] != "nncc" and not words[0].startswith("./"):
            continue
        if "train" in words or "sweep" in words:
            words += options + (special if word and word in command else [])
        result = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        ran += 1
        if result.returncode != 0:
            sys.exit(f"{command}\nended with {result.returncode}:\n{result.stdout}{result.stderr}")
print(f"{ran} commands ran")
sys.exit(0 if ran else 1)
