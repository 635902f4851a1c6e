"""Runs a README's commands in a copy of its folder: run_examples.py FOLDER COPY

The lines of code blocks that begin with `$ `, in order, each by the shell; prints what they print and ends at the first that fails.
The folder around is copied, too, as the commands use the model there.
"""
import os
import shutil
import subprocess
import sys

folder, copy = sys.argv[1:]
around = os.path.dirname(os.path.abspath(folder))
shutil.copytree(around, copy, ignore=shutil.ignore_patterns("__pycache__"))
place = os.path.join(copy, os.path.basename(folder))
with open(os.path.join(place, "README.md"), encoding="utf-8") as file:
    commands = [line[2:].strip() for line in file if line.startswith("$ ")]
for command in commands:
    print("$ " + command, flush=True)
    result = subprocess.run(command, shell=True, cwd=place)
    if result.returncode != 0:
        sys.exit(f"{command}: ended with {result.returncode}")
print(f"{len(commands)} commands ran")
