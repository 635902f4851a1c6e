"""Sources that nobody writes: each ends in a located error, in some seconds of processor time and a gigabyte of memory.

run_sources.py FOLDER SECONDS  writes each there and gives it to nncc; prints its name, exit status and first message
"""
import os
import subprocess
import sys
import time


def model(stages, head=""):
    return head + "model M(x: f32[8x8x1]) {\n  x -> " + stages + "\n}\n"


MILLION = 10**6
blocks = "block B0(x: tensor) { x -> ReLU }\n"
blocks += "".join(f"block B{i}(x: tensor) {{ x -> B{i - 1} -> B{i - 1} }}\n" for i in range(1, 60))
SOURCES = {
    "parentheses": "model M(x: f32[8x8x1]) {\n  " + "(" * MILLION + "x" + ")" * MILLION + " -> ReLU\n}\n",
    "lists": "model M(x: f32[8x8x1]) {\n  " + "[" * MILLION + "x" + "]" * MILLION + " -> Add\n}\n",
    "values": model("Dense(" + "(" * MILLION + "1" + ")" * MILLION + ")"),
    "minus": "const A = " + "-" * MILLION + "1\n" + model("ReLU"),
    "repeats": model("repeat 10 { " * 100_000 + "ReLU" + "}" * 100_000),
    "repeat": model("repeat 1000000000 { ReLU }"),
    "repeat-of-repeats": model("repeat 10 { " * 40 + "ReLU" + "}" * 40),
    "repeat-of-nothing": model("repeat 10 { " * 40 + "repeat 0 { ReLU }" + "}" * 40),
    "blocks": model("B59", blocks),
    "layers": model(" -> ".join(["ReLU"] * 100_001)),
    "bytes": "# " + "x" * 100 * MILLION + "\n" + model("ReLU"),
    "one-line": "# " + "x" * 50 * MILLION,
    "long-line": model("ReLU" + " " * 15 * MILLION + "$"),
    "long-name": model("R" * 15 * MILLION),
    "long-number": model("Dense(" + "9" * 10 * MILLION + ")"),
    "long-string": model('Dense(4, name="' + "a" * 15 * MILLION + '")'),
    "long-list": model("Conv2D(4, [" + "3," * MILLION + "3])"),
    "long-dimensions": model("Conv2D(4, " + "3x" * MILLION + "3)"),
    "characters": "$\n" * MILLION,
    "unknown-layers": model(" -> ".join(f"Rl{i}" for i in range(100_000)),
                            "".join(f"block C{i}(x: tensor) {{ x -> ReLU }}\n" for i in range(100_000))),
    "wrong-arguments": model(" -> ".join(["Conv2D(4, 3, paddin=same)"] * 100_000)),
    "no-end": model("ReLU")[:-2] * 100_000,
}

os.chdir(sys.argv[1])
for name, text in SOURCES.items():
    path = name + ".nn"
    with open(path, "w") as file:
        file.write(text)
    with open("messages", "w+") as messages:
        process = subprocess.Popen(["nncc", path, "-emit=nn"], stdout=subprocess.DEVNULL, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
        messages.seek(0)
        lines = messages.read().splitlines()
    first = next((line for line in lines if "error:" in line), "no error")
    print(f"{name}: {os.waitstatus_to_exitcode(status)}: {first[:150]}")
    seconds = usage.ru_utime + usage.ru_stime
    if seconds > float(sys.argv[2]) or usage.ru_maxrss > 1 << 20 or len(lines) > 3000:
        print(f"{name}: TOO MUCH: {seconds:.1f} s, {usage.ru_maxrss >> 10} MiB, {len(lines)} lines of messages")
    os.remove(path)
