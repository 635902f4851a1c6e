"""Runs every `nn` example of a document and compares its output's shape with the shape in its comment."""
import json
import re
import subprocess
import sys

text = open(sys.argv[1], encoding="utf-8").read()
examples = re.findall(r"^```nn\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
failures = 0
for example in examples:
    result = subprocess.run(["nncc", "-", "-emit=json"], input=example, capture_output=True, text=True)
    expected = re.search(r"# (\(None, .*\))", example).group(1)
    found = result.stderr
    if result.returncode == 0:
        shape = json.loads(result.stdout)["layers"][-1]["output_shape"]
        found = "(" + ", ".join("None" if extent is None else str(extent) for extent in shape) + ")"
    if found != expected:
        failures += 1
        print(f"{example}expected {expected}, found {found}\n")
if not examples:
    sys.exit("no examples found")
sys.exit(1 if failures else 0)
