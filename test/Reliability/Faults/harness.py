"""Runs a command while something goes wrong, and checks how it ends: exit status, message, and what lies in the folder."""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

MODEL = """
model Series(x: f32[40x3]) {
  x -> Conv1D(8, 5, activation=relu) -> MaxPool1D(2) -> Dropout(0.2) -> BatchNormalization
    -> GlobalAveragePooling1D -> Dense(3, activation=softmax)
}
train {
  data = "synthetic:waves?n=100" validation_split = 0.2 optimizer = Adam loss = SparseCategoricalCrossentropy
  metrics = [Accuracy] batch_size = 16 epochs = 2 seed = 3
}
"""

OLD = b"what was there before"


@dataclass
class Case:
    name: str
    proves: str
    command: str                       # for sh, in a folder with model.nn, model (its executable), weights, checkpoint
    faults: str = ""                   # NNCC_FAULTS, see Shim.c
    status: tuple = (0,)               # the exit statuses that are right
    says: str = ""                     # regular expression in standard output and error
    unchanged: tuple = ()              # files that hold OLD before and after
    absent: tuple = ()                 # files that must not be there afterwards
    same: dict = field(default_factory=dict)  # file: the file of the undisturbed run (in `reference/`) that it must equal
    leaves_temporary: bool = False     # a killed writer does
    limit: float = 20                  # seconds


class Runner:
    def __init__(self, nncc, shim, folder):
        self.nncc, self.shim, self.folder = nncc, shim, folder
        self.environment = {**os.environ, "PATH": os.path.dirname(nncc) + ":" + os.environ["PATH"]}
        self.template = os.path.join(folder, "template")
        os.makedirs(os.path.join(self.template, "reference"))
        self.sh(self.template, "nncc model.nn -emit=exe -o model", write={"model.nn": MODEL})
        self.sh(self.template, "./model train --save reference/w --checkpoint reference/c --history reference/h.csv --verbose 0")
        self.sh(self.template, "cp reference/w weights; ./model train --epochs 1 --checkpoint checkpoint --verbose 0")
        self.sh(self.template, "./model predict --weights weights --input x.npy > reference/predictions; ./model predict --weights weights --input x.npy -o reference/y.npy; "
                               "nncc model.nn -emit=nn > reference/nn", write={"x.npy": series(3)})

    def sh(self, folder, command, write=None):
        for name, contents in (write or {}).items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(contents if isinstance(contents, bytes) else contents.encode())
        subprocess.run(command, shell=True, cwd=folder, env=self.environment, check=True)

    def run(self, case):
        """What is wrong with how the case ended; an empty list if nothing is."""
        folder = os.path.join(self.folder, "case")  # faults choose by path: no case's name in it
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.template, folder)
        for name in case.unchanged:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(OLD)
        environment = dict(self.environment, SHIM=self.shim)
        command = case.command
        if case.faults:  # of the programs under test, not of the shell
            environment["NNCC_FAULTS"] = case.faults
            command = re.sub(r"(^|[|;&(]\s*|env |exec )(\./model|nncc)\b", r"\1LD_PRELOAD=$SHIM \2", command)
            command = command.replace("exec LD_PRELOAD=$SHIM", "exec env LD_PRELOAD=$SHIM")
        try:
            done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, timeout=case.limit,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return [f"still running after {case.limit} s"]
        text = done.stdout.decode(errors="replace")
        wrong = []
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        if status not in case.status:
            wrong.append(f"exit status {status}, expected {' or '.join(map(str, case.status))}")
        if not re.search(case.says, text):
            wrong.append(f"it does not say '{case.says}'")
        if "internal error" in text or "Stack dump" in text or "terminate called" in text:
            wrong.append("a crash")
        for name in case.unchanged:
            if read(folder, name) != OLD:
                wrong.append(f"'{name}' changed")
        for name in case.absent:
            if os.path.exists(os.path.join(folder, name)):
                wrong.append(f"'{name}' is there")
        for name, reference in case.same.items():
            if read(folder, name) != read(folder, "reference/" + reference):
                wrong.append(f"'{name}' differs from the undisturbed run's")
        if not case.leaves_temporary and (left := glob.glob(folder + "/**/*tmp*", recursive=True)):
            wrong.append(f"left behind: {', '.join(map(os.path.basename, left))}")
        if wrong:
            wrong.append("said:\n" + "\n".join("    " + line for line in text.splitlines()[:20]))
        return wrong


def read(folder, name):
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def series(count):
    """An .npy file of that many series for MODEL."""
    import struct
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 40, 3), }" % count
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    values = [((i * 7919) % 101) / 50 - 1 for i in range(count * 120)]
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(values)}f", *values)


def main(cases):
    """nncc, shim: their paths; further arguments: names of cases."""
    nncc, shim, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="nncc-faults-") as folder:
        runner = Runner(os.path.abspath(shutil.which(nncc)), os.path.abspath(shim), folder)
        chosen = [case for case in cases if not wanted or case.name in wanted]
        for case in chosen:
            wrong = runner.run(case)
            failures += bool(wrong)
            print(("FAILED " if wrong else "ok     ") + case.name + ": " + case.proves)
            for line in wrong:
                print("  " + line)
    print(f"{len(chosen)} cases, {failures} failed")
    sys.exit(1 if failures or not chosen else 0)
