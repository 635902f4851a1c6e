"""Arrays for nncc and for C programs, with Python's standard library alone.

arrays.py make FOLDER COUNT SHAPE CLASSES    x.npy, x.f32, y.f32 and data.npz of COUNT samples, the same in every run
arrays.py raw FILE.npy FILE.f32              the numbers alone
"""
import os
import struct
import sys
import zipfile


def npy(shape, numbers):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(numbers)}f", *numbers)


def make(folder, count, shape, classes):
    size = 1
    for extent in shape:
        size *= extent
    state, x, y = 1, [], []

    def draw():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 40) / 2**24

    for _ in range(count):
        kind = int(classes * draw())
        y.append(kind)
        x.extend(kind + 2 * draw() - 1 for _ in range(size))
    write = lambda name, content: open(os.path.join(folder, name), "wb").write(content)
    write("x.f32", struct.pack(f"<{len(x)}f", *x))
    write("y.f32", struct.pack(f"<{len(y)}f", *y))
    write("x.npy", npy([count, *shape], x))
    with zipfile.ZipFile(os.path.join(folder, "data.npz"), "w") as archive:
        archive.writestr("x.npy", npy([count, *shape], x))
        archive.writestr("y.npy", npy([count], y))


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]), [int(extent) for extent in sys.argv[4].split("x")], int(sys.argv[5]))
else:
    with open(sys.argv[2], "rb") as file:
        content = file.read()
    with open(sys.argv[3], "wb") as file:
        file.write(content[10 + struct.unpack("<H", content[8:10])[0]:])
