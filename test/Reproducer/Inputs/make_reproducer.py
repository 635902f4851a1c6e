"""Writes a reproducer as a stranger might: make_reproducer.py MODEL.nn ARGUMENT..."""
import sys

name, *arguments = sys.argv[1:]
text = open(name, "rb").read()
lines = ["nncc reproducer, format 1", "nncc: nncc 0.0.1 (LLVM 1.2.3)", "machine: x86_64-pc-linux-gnu x86-64-v2 +sse4.2"]
lines += ["argument: " + argument for argument in [name, *arguments]]
lines += ["status: 70", "message: boom", f"input: {len(text)} {name}"]
sys.stdout.buffer.write("\n".join(lines).encode() + b"\n" + text + b"\n")
