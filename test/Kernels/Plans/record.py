"""Compares the plans of a model for several CPUs with those recorded beside it, or records them anew.

  python3 test/Kernels/Plans/record.py [--nncc PATH] [--check] [MODEL.nn...]

Of each MODEL.nn (all models of this folder, where none is given) MODEL.plans is written: the steps of `nncc MODEL.nn -emit=plan` with their units,
FLOPs, bytes and tiles, and the sizes of scratch and arena. Entries are `predict` and the one that trains: `train_step`, or
`gradients_training` of a model without a train section. With --check nothing is written: a difference is printed, and the exit status is 1.

What is equal for all CPUs stands there once; what is not is preceded by the CPUs in brackets. Steps that train as they predict are only
named. A line `# plans NAME: OPTIONS` of a model asks for the plan with these options, instead of those for the three CPUs.
"""
import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
import textwrap

FOLDER = os.path.dirname(os.path.abspath(__file__))
CPUS = [(cpu, f"-mcpu={cpu}") for cpu in ("x86-64", "x86-64-v3", "x86-64-v4")]
HOW = "If the change is meant: python3 test/Kernels/Plans/record.py {}, and commit the plans with it."


def variants(source):
    """(name, options) of each plan that is recorded of a model."""
    return re.findall(r"^# plans (\S+): (.*)$", source, re.MULTILINE) or CPUS


def entries(nncc, model, options):
    """Of one run: a list of items for each entry's name; an item is a title with the lines that are compared."""
    command = [nncc, model, "-emit=plan", *shlex.split(options)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{shlex.join(command)}: exit status {run.returncode}\n{run.stderr}")
    result, items = {}, None
    for line in run.stdout.splitlines():
        if heading := re.fullmatch(r"(\w+): (.*)", line):
            if heading[1] == "arena":
                items.append(("arena", [heading[2]]))
            else:
                items = result[heading[1]] = [("steps", [heading[2]])]
        elif step := re.fullmatch(r"  \d+ (.*?); (.*)", line):
            items.append((step[1], [step[2].replace(", flops 0,", ",")]))
        elif line.startswith("      "):
            items[-1][1].append(line.strip())
    return result


def merge(sequences):
    """Titles of all sequences, in an order that each of them has."""
    merged = []
    for titles in sequences:
        known, merged = merged, []
        for tag, i, j, k, l in difflib.SequenceMatcher(None, known, titles, autojunk=False).get_opcodes():
            merged += known[i:j]
            if tag != "equal":
                merged += [title for title in titles[k:l] if title not in known]
    return merged


def numbered(items):
    """Items by title and, as a layer may have several of a title, which one it is."""
    seen, result = {}, {}
    for title, lines in items:
        seen[title] = seen.get(title, 0) + 1
        result[title, seen[title]] = lines
    return result


def names(which, of):
    """In brackets, what a line is true of; nothing, where that is all."""
    others = [name for name in of if name not in which]
    if not others:
        return ""
    return f"[all but {', '.join(others)}] " if len(others) < len(which) - 1 else f"[{', '.join(which)}] "


def describe(name, runs, known):
    """The text of an entry; `known` holds the items that stand in the text already."""
    columns = [(variant, numbered(entry[name])) for variant, entry in runs]
    text, before = [name], []

    def end_of_known():
        text.extend(textwrap.wrap("; ".join(before), 130, initial_indent="  as before: ", subsequent_indent="    "))
        before.clear()

    for key in merge([list(column) for _, column in columns]):
        found = [(variant, column[key]) for variant, column in columns if key in column]
        alike = [(variant, [line.replace(", kept while the parameters stay", "") for line in lines]) for variant, lines in found]
        where = names([variant for variant, _ in found], [variant for variant, _ in columns])
        if known.get(key) == alike:
            before.append(where + key[0])
            continue
        known[key] = alike
        end_of_known()
        text.append(f"  {where}{key[0]}")
        for number in range(max(len(lines) for _, lines in found)):
            here = [(variant, lines[number]) for variant, lines in found if number < len(lines)]
            for line in dict.fromkeys(line for _, line in here):
                which = [variant for variant, other in here if other == line]
                if number == 0 and len(which) == len(found):
                    text[-1] += "; " + line
                else:
                    text.append(f"      {names(which, [variant for variant, _ in found])}{line}")
    end_of_known()
    return text


def plans(nncc, model):
    with open(model) as source:
        runs = [(name, entries(nncc, model, options)) for name, options in variants(source.read())]
    training = "train_step" if "train_step" in runs[0][1] else "gradients_training"
    known = {}
    text = describe("predict", runs, known) + [""] + describe(training, runs, known)
    return "".join(line + "\n" for line in text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nncc", default=os.path.join(FOLDER, "../../../build/bin/nncc"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("models", nargs="*")
    options = parser.parse_args()
    status = 0
    for model in options.models or sorted(os.path.join(FOLDER, name) for name in os.listdir(FOLDER) if name.endswith(".nn")):
        recorded, now = os.path.splitext(model)[0] + ".plans", plans(options.nncc, model)
        if not options.check:
            with open(recorded, "w") as out:
                out.write(now)
            continue
        with open(recorded) as file:
            before = file.read()
        if before != now:
            status = 1
            names = (os.path.basename(recorded), "now")
            sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), now.splitlines(True), *names))
            print(HOW.format(os.path.basename(model)))
    sys.exit(status)


if __name__ == "__main__":
    main()
