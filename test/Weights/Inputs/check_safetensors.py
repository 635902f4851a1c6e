"""A strict reader of safetensors: every rule of https://github.com/huggingface/safetensors#format, and what its library does beyond.

check_safetensors.py FILE             prints names, shapes and elements, in the order of their names
"""
import json
import struct
import sys

WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


def check(holds, what):
    if not holds:
        sys.exit(f"{sys.argv[1]}: {what}")


def once(pairs):
    keys = [key for key, _ in pairs]
    check(len(set(keys)) == len(keys), f"a key stands twice: {keys}")
    return dict(pairs)


with open(sys.argv[1], "rb") as file:
    raw = file.read()
check(len(raw) >= 8, "no header length")
length = struct.unpack("<Q", raw[:8])[0]
check(length <= 100_000_000 and 8 + length <= len(raw), "the header is too long")
check(length % 8 == 0, "the tensors do not begin at a multiple of 8")
text = raw[8:8 + length]
check(text[:1] == b"{", "the header does not begin with '{'")
check(text.rstrip(b" ").endswith(b"}"), "the header is padded with something else than spaces")
header = json.loads(text.decode("utf-8", "strict"), object_pairs_hook=once)
metadata = header.pop("__metadata__", {})
check(all(isinstance(value, str) for value in metadata.values()), "metadata is not text to text")

at = 0
for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    check(set(entry) == {"dtype", "shape", "data_offsets"}, f"{name} has other keys: {list(entry)}")
    begin, end = entry["data_offsets"]
    elements = 1
    for extent in entry["shape"]:
        check(type(extent) is int and extent >= 0, f"{name} has a strange shape")
        elements *= extent
    check(begin == at, f"{name} begins at {begin}, not at {at}: a hole or an overlap")
    check(end - begin == elements * WIDTHS[entry["dtype"]], f"{name} has another size than its shape says")
    at = end
check(8 + length + at == len(raw), "bytes behind the last tensor")


def elements_of(entry):
    check(entry["dtype"] == "F32", "weights are F32")
    begin, end = entry["data_offsets"]
    return struct.unpack(f"<{(end - begin) // 4}f", raw[8 + length + begin:8 + length + end])


try:  # the library itself, where it is installed
    from safetensors.numpy import load_file
except ImportError:
    load_file = None
if load_file:
    loaded = load_file(sys.argv[1])
    check(set(loaded) == set(header), "the library finds other tensors")
    for name, entry in header.items():
        check(list(loaded[name].shape) == entry["shape"], f"the library finds another shape of {name}")
        check(tuple(loaded[name].ravel().tolist()) == elements_of(entry), f"the library finds other numbers in {name}")

for name in sorted(header):
    numbers = elements_of(header[name])
    print(name, "x".join(map(str, header[name]["shape"])), *(f"{number:g}" for number in numbers[:8]))
for key in sorted(metadata):
    print("metadata", key)
