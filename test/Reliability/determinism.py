"""The same seed gives the same bits: whatever the number of threads, the run, the addresses, the checkpoints; JIT and executable alike.

  determinism.py MODEL.nn...

Of each model: training with 1, 2, 3 and 7 threads, twice, with address space randomisation off and on, with checkpoints and a resume, with another
environment (which moves the stack), with an arena that an earlier entry has used. Weights, history and predictions are compared as bytes.
Between a CPU with AVX2 and one with AVX-512 sums are in another order: there the losses may differ by 1e-4 of their size.
"""
import os
import shutil
import subprocess
import sys


def sh(command, **more):
    subprocess.run(command, shell=True, check=True, **more)


def contents(name):
    with open(name, "rb") as file:
        return file.read()


def losses(name):
    lines = contents(name).decode().splitlines()
    column = lines[0].split(",").index("loss")
    return [float(line.split(",")[column]) for line in lines[1:]]


def main():
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "").split()
    fixed = "setarch -R " if shutil.which("setarch") and subprocess.run(["setarch", "-R", "true"]).returncode == 0 else ""
    failures = 0
    for model in sys.argv[1:]:
        name = os.path.splitext(os.path.basename(model))[0]
        sh(f"nncc {model} -emit=exe -o {name}")
        train = "train --save w --history h.csv --verbose 0 --threads "
        runs = {
            "1 thread": f"./{name} {train} 1",
            "2 threads": f"./{name} {train} 2",
            "3 threads": f"./{name} {train} 3",
            "7 threads": f"./{name} {train} 7",
            "again": f"./{name} {train} 2",
            "fixed addresses": f"{fixed}./{name} {train} 2",
            "another environment": f"env -i PADDING={'x' * 5003} ./{name} {train} 2",
            "checkpoints": f"./{name} {train} 2 --checkpoint c --checkpoint-steps 1",
            "resumed": f"./{name} train --epochs 1 --checkpoint d --verbose 0 --threads 3 && ./{name} {train} 2 --resume d",
            "JIT": f"nncc {model} -jit {train} 3",
        }
        expected = {}
        for run, command in runs.items():
            sh(f"{command} && ./{name} evaluate --weights w --threads {1 + len(run) % 3} > e")
            found = {file: contents(file) for file in ("w", "h.csv", "e")}
            expected = expected or found
            if wrong := [file for file in found if found[file] != expected[file]]:
                failures += 1
                print(f"{name}: {run}: other bits in {', '.join(wrong)}")
        if "avx512vl" in flags:
            trained = []
            for cpu in ("x86-64-v3", "x86-64-v4"):
                sh(f"nncc {model} -jit {train} 2 -mcpu={cpu}")
                trained.append(losses("h.csv"))
            apart = max(abs(a - b) / abs(a) for a, b in zip(*trained))
            print(f"{name}: AVX2 and AVX-512: losses differ by {apart:.1e} at most")
            failures += apart > 1e-4
        print(f"{name}: {len(runs)} runs")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
