"""How strong are the tests? Changes one operator at a time, builds, runs them, and counts the changes that no test notices.

  python3 test/Reliability/mutate.py --work DIR [--count 100] [--seed 1]

DIR becomes a checkout of HEAD with a build of its own (a quarter of an hour the first time); your files are not touched. Mutants are drawn from
shape rules, gradient rules and kernels in equal parts. One takes about a minute: its file is compiled, all that it is in is linked, and the
suite runs until the first failure; a mutant that hangs is caught, one that does not compile is drawn again. DIR/mutants.json has
the results so far, and a second run goes on from there. At the end: a table, and each survivor as a diff.
"""
import argparse
import glob
import json
import os
import random
import re
import subprocess
import time

GROUPS = {
    "shape rules": ["lib/Dialect/NN/*.cpp", "lib/Dialect/NN/Ops/*.cpp"],
    "gradient rules": ["lib/Transforms/Autodiff/*.cpp", "lib/Transforms/Autodiff/Rules/*.cpp"],
    "kernels": ["lib/Kernels/*.cpp", "lib/Kernels/Contraction/*.cpp"],
}

# What is nearest to these sources is built and run first, the rest where that finds nothing.
NEAR = ["Dialect", "Transforms", "Kernels"]
NEAR_TARGETS = ["nncc", "nncc-opt", "DialectTests", "TransformsTests", "NNCCKernelsTests", "NNCCContractionTests"]

# Operators between spaces, as the project's layout writes them: `<` of a template is none.
SWAPS = [(" + ", " - "), (" - ", " + "), (" * ", " / "), (" / ", " * "), (" % ", " / "), (" < ", " <= "), (" <= ", " < "),
         (" > ", " >= "), (" >= ", " > "), (" == ", " != "), (" != ", " == "), (" && ", " || "), (" || ", " && "),
         (" += ", " -= "), (" -= ", " += "), (" *= ", " += ")]
# Operations that code is built of.
NAMES = [("AddFOp", "SubFOp"), ("SubFOp", "AddFOp"), ("MulFOp", "AddFOp"), ("DivFOp", "MulFOp"), ("AddIOp", "SubIOp"), ("MulIOp", "AddIOp"),
         ("SubIOp", "AddIOp"), ("MaximumFOp", "MinimumFOp"), ("MinimumFOp", "MaximumFOp"), ("MaxNumFOp", "MinNumFOp"),
         ("CmpFPredicate::OGT", "CmpFPredicate::OGE"), ("CmpFPredicate::OLT", "CmpFPredicate::OLE"), ("CmpIPredicate::slt", "CmpIPredicate::sle"),
         ("CmpIPredicate::sge", "CmpIPredicate::sgt"), ("CmpIPredicate::eq", "CmpIPredicate::ne"),
         ("emit.add", "emit.sub"), ("emit.sub", "emit.add"), ("emit.mul", "emit.add"), ("emit.div", "emit.mul"), ("emit.max", "emit.min"),
         ("emit.min", "emit.max")]


def candidates(text):
    """(position, old, new) of everything in a source that can be changed: not in comments, strings, includes and assertions."""
    found, offset, block = [], 0, False
    for line in text.splitlines(keepends=True):
        code = line
        stripped = line.strip()
        if not block and not re.match(r"#|//|assert\(|static_assert|using |template", stripped):
            code = re.sub(r'"(\\.|[^"\\])*"', lambda m: "#" * len(m.group()), line).split("//")[0]
            for old, new in SWAPS:
                found += [(offset + m.start(), old, new) for m in re.finditer(re.escape(old), code)]
            for old, new in NAMES:
                found += [(offset + m.start(), old, new) for m in re.finditer(r"\b" + re.escape(old) + r"\b", code)]
        block = (block or "/*" in code) and "*/" not in code
        offset += len(line)
    return found


class Laboratory:
    """A checkout with a build, in which one file at a time is changed."""

    def __init__(self, source, work, jobs):
        self.root, self.jobs = os.path.join(work, "checkout"), jobs
        self.build = os.path.join(self.root, "build")
        if not os.path.isdir(self.root):
            os.makedirs(work, exist_ok=True)
            subprocess.run(["git", "clone", "-q", source, self.root], check=True)
        subprocess.run(["git", "checkout", "-q", "--", "."], cwd=self.root, check=True)
        if not os.path.exists(os.path.join(self.build, "build.ninja")):
            subprocess.run(["cmake", "--preset", "release"], cwd=self.root, check=True, stdout=subprocess.DEVNULL)
        if self.run() != "survived":
            raise SystemExit("the unchanged checkout does not build, or fails its tests")

    def compiles(self, targets):
        return subprocess.run(["ninja", "-C", self.build, "--quiet", *targets], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def passes(self, arguments, seconds):
        """Do these tests of lit end within the time, and well?"""
        lit = ["/usr/lib/llvm-22/bin/lit", "-q", "-j", str(self.jobs), "--max-failures", "1", *arguments]
        try:
            return subprocess.run(lit, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds).returncode == 0
        except subprocess.TimeoutExpired:
            subprocess.run(["pkill", "-f", self.build])
            return False

    def run(self):
        """"caught" when a test fails or hangs, "survived" when none does, "invalid" where the sources do not compile."""
        parts = [os.path.join(self.build, "test"), os.path.join(self.build, "test", "Unit")]
        near = [os.path.join(part, folder) for part in parts for folder in NEAR]
        rest = [*parts, "--filter-out", "|".join(NEAR)]
        for targets, tests, seconds in ((NEAR_TARGETS, near, 400), (["all"], rest, 1200)):
            if not self.compiles(targets):
                return "invalid"
            if not self.passes(tests, seconds):
                return "caught"
        return "survived"

    def try_mutant(self, file, position, old, new):
        """"caught", "survived", or "invalid" where it does not compile."""
        path = os.path.join(self.root, file)
        with open(path) as source:
            text = source.read()
        try:
            with open(path, "w") as source:
                source.write(text[:position] + new + text[position + len(old):])
            return self.run()
        finally:
            with open(path, "w") as source:
                source.write(text)


def draw(root, count, seed):
    """Endless mutants, the groups in turn, each place once."""
    generator = random.Random(seed)
    places = {}
    for group, patterns in GROUPS.items():
        places[group] = []
        for pattern in patterns:
            for path in sorted(glob.glob(os.path.join(root, pattern))):
                with open(path) as source:
                    text = source.read()
                places[group] += [(os.path.relpath(path, root), *place) for place in candidates(text)]
        generator.shuffle(places[group])
    while any(places.values()):
        for group in GROUPS:
            if places[group]:
                yield (group, *places[group].pop())


def line_of(root, file, position):
    with open(os.path.join(root, file)) as source:
        text = source.read()
    begin, end = text.rfind("\n", 0, position) + 1, text.find("\n", position)
    return text.count("\n", 0, position) + 1, text[begin:end], position - begin


def report(root, results):
    counted = [r for r in results if r["result"] != "invalid"]
    print(f"\n{'':16}{'mutants':>8}{'caught':>8}")
    for group in GROUPS:
        mine = [r for r in counted if r["group"] == group]
        print(f"{group:16}{len(mine):8}{sum(r['result'] == 'caught' for r in mine):8}")
    print(f"{'all':16}{len(counted):8}{sum(r['result'] == 'caught' for r in counted):8}")
    for r in counted:
        if r["result"] == "survived":
            number, line, column = line_of(root, r["file"], r["position"])
            changed = line[:column] + r["new"] + line[column + len(r["old"]):]
            print(f"\nsurvived: {r['file']}:{number}\n-{line}\n+{changed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, help="folder for the checkout, its build and the results")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    laboratory = Laboratory(source, options.work, options.jobs)
    state = os.path.join(options.work, "mutants.json")
    results = json.load(open(state)) if os.path.exists(state) else []
    known = {(r["file"], r["position"], r["old"]) for r in results}
    for group, file, position, old, new in draw(laboratory.root, options.count, options.seed):
        if sum(r["result"] != "invalid" for r in results) >= options.count:
            break
        if (file, position, old) in known:
            continue
        start = time.monotonic()
        result = laboratory.try_mutant(file, position, old, new)
        results.append({"group": group, "file": file, "position": position, "old": old, "new": new, "result": result})
        with open(state, "w") as out:
            json.dump(results, out, indent=1)
        number = line_of(laboratory.root, file, position)[0]
        print(f"{len(results):4} {result:9} {time.monotonic() - start:5.0f} s  {file}:{number} '{old.strip()}' -> '{new.strip()}'", flush=True)
    report(laboratory.root, results)


if __name__ == "__main__":
    main()
