"""Tiny arrays for tests, with Python's standard library alone.

tensors.py npy FILE SHAPE NUMBER...                 an f32 array, SHAPE like 1x3x3x1
tensors.py safetensors FILE NAME SHAPE NUMBER... [-- NAME SHAPE NUMBER...]
tensors.py show FILE.npy|FILE.npz                   name, shape and elements, a line an array
"""
import io
import json
import struct
import sys
import zipfile


def shape_of(text):
    return [int(extent) for extent in text.split("x")]


def write_npy(path, shape, numbers):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack(f"<{len(numbers)}f", *numbers))


def write_safetensors(path, tensors):
    head, blob = {}, b""
    for name, shape, numbers in tensors:
        data = struct.pack(f"<{len(numbers)}f", *numbers)
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    text = json.dumps(head).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + blob)


def read_npy(raw):
    length = struct.unpack("<H", raw[8:10])[0]
    header = eval(raw[10:10 + length], {"__builtins__": {}})
    data = raw[10 + length:]
    return header["shape"], struct.unpack(f"<{len(data) // 4}f", data)


def show(name, raw):
    shape, numbers = read_npy(raw)
    print(name, "x".join(map(str, shape)), *(f"{number:g}" for number in numbers))


mode, path, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
if mode == "npy":
    write_npy(path, shape_of(rest[0]), [float(n) for n in rest[1:]])
elif mode == "safetensors":
    tensors = []
    while rest:
        end = rest.index("--") if "--" in rest else len(rest)
        name, shape, *numbers = rest[:end]
        tensors.append((name, shape_of(shape), [float(n) for n in numbers]))
        rest = rest[end + 1:]
    write_safetensors(path, tensors)
elif path.endswith(".npz"):
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            show(name[:-4], archive.read(name))
else:
    show("array", open(path, "rb").read())
