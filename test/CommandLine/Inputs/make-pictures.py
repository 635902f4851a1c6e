# Writes 8x8 grey PNGs: make-pictures.py FOLDER COUNT. Class "dark" has dim pictures, "light" bright ones.
import os, struct, sys, zlib


def png(rows):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


folder, count = sys.argv[1], int(sys.argv[2])
for name, base in (("dark", 20), ("light", 180)):
    os.makedirs(os.path.join(folder, name), exist_ok=True)
    for i in range(count):
        rows = [[base + (7 * x + 3 * y + 5 * i) % 50 for x in range(8)] for y in range(8)]
        with open(os.path.join(folder, name, f"{i:02}.png"), "wb") as file:
            file.write(png(rows))
