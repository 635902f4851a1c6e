"""Names that attack whoever looks at them: files, classes, layers, options.

hostile.py FOLDER           makes files there and runs nncc on them; prints what was found wrong, and at last how much was looked at
"""
import json
import os
import re
import struct
import subprocess
import sys
import xml.dom.minidom
import zipfile
import zlib

ESCAPE, TURN = "\x1b[31m", "\u202e"
SCRIPT = "<script>alert(1)<&'\""
CLASSES = [ESCAPE + "red", "turn" + TURN + "ed", SCRIPT, "línea"]
looked = 0


def png(path, shade):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([shade] * 8) for _ in range(8))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def npy(numbers):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(numbers)}, 1), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(numbers)}f", *numbers)


def check(holds, what):
    global looked
    looked += 1
    if not holds:
        print("WRONG:", what)


def shown_safely(text, what):
    """No control character but line ends, nothing that turns the direction, and valid UTF-8."""
    try:
        bad = re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text.decode())
        check(not bad, f"{what} shows {bad}")
    except UnicodeDecodeError as error:
        check(False, f"{what}: {error}")


def nncc(*words, status=0, expect=""):
    run = subprocess.run(["nncc", *words], capture_output=True)
    what = f"nncc {' '.join(map(ascii, words))}"
    check(run.returncode == status, f"{what} ends with {run.returncode}: {run.stderr}")
    shown_safely(run.stdout + run.stderr, what)
    check(expect.encode() in run.stdout + run.stderr, f"{what} does not say {expect!r}: {run.stderr}")
    return run.stdout


os.chdir(sys.argv[1])

# Names in messages: of models, data, weights, outputs, options, in a source.
nncc(ESCAPE + "m.nn", "-emit=nn", status=1, expect=r"cannot read '\x1B[31mm.nn'")
nncc("model.nn", "--" + ESCAPE, "-emit=nn", status=2, expect=r"\x1B[31m")
nncc("model.nn", "-emit=" + ESCAPE, status=2, expect=r"\x1B[31m")
nncc("model.nn", "-jit", ESCAPE, status=2, expect=r"\x1B[31m")
nncc("model.nn", "-D", ESCAPE + "=1", "-emit=nn", status=2, expect=r"\x1B[31m")
nncc("model.nn", "-D", "c=" + ESCAPE, "-emit=nn", status=2, expect=r"")
nncc("model.nn", "-mcpu=" + ESCAPE, "-emit=obj", "-o", "o", status=2, expect=r"\x1B[31m")
nncc("model.nn", "-emit=nn", "-o", f"no{TURN}where/{ESCAPE}", status=3, expect=r"\x1B[31m")
nncc("model.nn", "-jit", "train", "--data", "npz:" + ESCAPE, status=1, expect=r"\x1B[31m")
nncc("model.nn", "-jit", "train", "--data", ESCAPE + ":x", status=2, expect=r"\x1B[31m")
nncc("model.nn", "-jit", "train", "--weights", ESCAPE, status=1, expect=r"\x1B[31m")
nncc("fmt", ESCAPE, status=1, expect=r"\x1B[31m")
nncc("data", "images:" + ESCAPE, status=1, expect=r"\x1B[31m")
nncc("inspect", ESCAPE, status=1, expect=r"\x1B[31m")
with open("raw.nn", "w") as file:
    file.write(f"# {TURN}\nmodel M(x: f32[4]) {{ x -> Dense(2, name=\"{ESCAPE}\") }} \x07\n")
nncc("raw.nn", "-emit=nn", status=1, expect="the invisible character U+202E is not allowed")
with open("raw.mlir", "w") as file:
    file.write(f'module {{ "{ESCAPE}.op"() : () -> () }}\n')
nncc("raw.mlir", "-emit=nn", status=1)

# Names of layers in everything that others read.
nncc("names.nn", "-emit=summary")
check(json.loads(nncc("names.nn", "-emit=json"))["layers"][1]["name"] == SCRIPT, "the JSON has another name")
check(b"<script" not in nncc("names.nn", "-emit=svg"), "the SVG has a script")
xml.dom.minidom.parseString(nncc("names.nn", "-emit=svg"))
dot = nncc("names.nn", "-emit=dot").decode()
check(not re.sub(r'"(\\.|[^"\\])*"', "", dot).count("script"), "a name leaves its quotes in dot")

# Names of classes: on the terminal, in pages and in weights, back from there.
for index, name in enumerate(CLASSES):
    os.makedirs(f"pictures/{name}")
    for number in range(4):
        png(f"pictures/{name}/{number}{ESCAPE}.png", 60 * index)
check(r"\x1B[31mred" in nncc("data", "images:pictures").decode(), "data does not list the classes")
nncc("pictures.nn", "-jit", "train", "--data", "images:pictures", "--report", "page.html", "--save", "w.safetensors",
     "--validation-split", "0.25", "--history", "history.csv")
with open("page.html", encoding="utf-8") as file:
    page = file.read()
check("<script>alert" not in page and "\x1b" not in page and TURN not in page, "the page holds what was not escaped")
check("&lt;script&gt;alert(1)&lt;&amp;&#39;" in page, "the page does not show the name")
nncc("pictures.nn", "-jit", "predict", "--weights", "w.safetensors", "--input", f"pictures/{SCRIPT}/0{ESCAPE}.png")
nncc("pictures.nn", "-jit", "predict", "--weights", "w.safetensors", "--input", f"pictures/{CLASSES[0]}")
os.makedirs("bad/" + ESCAPE)
with open(f"bad/{ESCAPE}/{TURN}.png", "wb") as file:
    file.write(b"no picture")
nncc("data", "images:bad", status=1, expect=r"\x1B[31m")

# Members of an archive are read by name, and never written anywhere.
with zipfile.ZipFile("slip.npz", "w") as archive:
    archive.writestr("../../evil.npy", npy([1, 2]))
    archive.writestr("/tmp/nncc-evil.npy", npy([1, 2]))
    archive.writestr(ESCAPE + ".npy", npy([1, 2]))
before = sorted(os.listdir("..")) + sorted(os.listdir("."))
nncc("model.nn", "-jit", "train", "--data", "npz:slip.npz", status=1)
nncc("data", "npz:slip.npz", status=1)
nncc("model.nn", "-jit", "predict", "--input", "slip.npz", status=1)
check(before == sorted(os.listdir("..")) + sorted(os.listdir(".")), "files appeared")

# An output that is a symbolic link: the link stays, the file behind it is replaced.
for output, words in {"m.o": ["-emit=obj"], "m.json": ["-emit=json"], "y.npy": ["-jit", "predict", "--input", "x.npz"]}.items():
    with zipfile.ZipFile("x.npz", "w") as archive:
        archive.writestr("x.npy", npy([1, 2]))
    with open("behind", "w") as file:
        file.write("old")
    os.symlink("behind", output)
    nncc("model.nn", *words, "-o", output)
    check(os.path.islink(output), f"{output} is no link any more")
    check(os.path.getsize("behind") > 3, f"{output} was not written behind the link")
print(looked, "checks")
