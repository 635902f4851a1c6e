// node wasm.cjs FILE.wasm EXPECTED: whether its predictions are the numbers of a file but for the rounding.
const fs = require("fs");
const [file, expectedFile] = process.argv.slice(2);
const { predict, at } = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file))).exports;
const expected = fs.readFileSync(expectedFile, "utf8").trim().split("\n").map(Number);
const found = Array.from({ length: predict() }, (_, i) => at(i));
const same = found.length === expected.length && found.every((value, i) => Math.abs(value - expected[i]) < 1e-6);
console.log(same ? "the same" : `found ${found}, expected ${expected}`);
