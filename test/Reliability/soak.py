"""A long training that is killed, stopped and resumed all the time ends as one that was left alone, and its memory stays flat.

  python3 test/Reliability/soak.py [--minutes 20] [--nncc build/bin/nncc]

One process trains without a disturbance; beside it another one writes a checkpoint every few steps and is ended after a random time by SIGKILL,
SIGTERM or SIGINT, then goes on from its checkpoint with another number of threads, compiled into the process or as an executable.
Both must have the same weights and history in the end. The memory of the undisturbed one is read all the while.
"""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

MODEL = """
model Soak(image: f32[28x28x1]) {
  image
    -> Conv2D(8, 3, activation=relu, padding=same) -> BatchNormalization -> MaxPool2D(2)
    -> Conv2D(16, 3, activation=relu) -> SpatialDropout2D(0.1) -> GaussianNoise(0.05) -> MaxPool2D(2)
    -> Flatten -> Dropout(0.3) -> Dense(32, activation=relu) -> Dense(3, activation=softmax)
}
train {
  data = "synthetic:shapes?n=600" validation_split = 0.2
  optimizer = Adam(CosineDecay(0.003, 100000)) loss = SparseCategoricalCrossentropy metrics = [Accuracy]
  batch_size = 24 epochs = 10 seed = 11
}
"""


def memory_of(process):
    """Resident bytes; None when it has ended."""
    try:
        with open(f"/proc/{process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, IndexError, ProcessLookupError):
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--nncc", default="build/bin/nncc")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    nncc = os.path.abspath(shutil.which(options.nncc) or options.nncc)
    generator = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="nncc-soak-") as folder:
        os.chdir(folder)
        with open("model.nn", "w") as file:
            file.write(MODEL)
        subprocess.run([nncc, "model.nn", "-emit=exe", "-o", "model"], check=True)
        # How many epochs fill half the time, as two of them share the machine and one of them is disturbed.
        start = time.monotonic()
        subprocess.run(["./model", "train", "--epochs", "20", "--verbose", "0", "--threads", "1"], check=True)
        epochs = max(20, int(options.minutes * 60 / 2 / ((time.monotonic() - start) / 20)))
        print(f"{epochs} epochs; seed {options.seed}", flush=True)

        common = ["--epochs", str(epochs), "--verbose", "0"]
        undisturbed = subprocess.Popen(["./model", "train", *common, "--threads", "1", "--save", "whole.w", "--history", "whole.csv"])
        samples, ends = [], {}
        begin = time.monotonic()
        while True:
            program = ["./model", "train"] if generator.random() < 0.7 else [nncc, "model.nn", "-jit", "train"]
            resume = ["--resume", "c"] if os.path.exists("c") else []
            process = subprocess.Popen([*program, *common, *resume, "--threads", str(generator.randint(1, 3)), "--checkpoint", "c",
                                        "--checkpoint-steps", str(generator.randint(5, 400)), "--save", "part.w", "--history", "part.csv"],
                                       stderr=subprocess.DEVNULL)
            until = time.monotonic() + generator.expovariate(1 / 6)
            how = generator.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
            while process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
                if (resident := memory_of(undisturbed)):
                    samples.append(resident)
            if process.poll() is None:
                process.send_signal(how)
            status = process.wait()
            ends[status] = ends.get(status, 0) + 1
            if status == 0:
                break
            if status not in (-signal.SIGKILL, 128 + signal.SIGTERM, 128 + signal.SIGINT, -signal.SIGTERM, -signal.SIGINT):
                sys.exit(f"a training ended with status {status}")
        while undisturbed.poll() is None:
            time.sleep(0.05)
            if (resident := memory_of(undisturbed)):
                samples.append(resident)
        if undisturbed.returncode:
            sys.exit(f"the undisturbed training ended with status {undisturbed.returncode}")

        third = len(samples) // 3
        early, late = max(samples[third // 2:third]), max(samples[-third:])
        print(f"{(time.monotonic() - begin) / 60:.1f} minutes; ends of the disturbed training by status: {ends}")
        print(f"resident memory of the other: {early / 2**20:.1f} MiB early, {late / 2**20:.1f} MiB late")
        wrong = [name for name in ("w", "csv") if open("whole." + name, "rb").read() != open("part." + name, "rb").read()]
        left = [name for name in os.listdir(".") if "tmp" in name]
        if wrong:
            sys.exit(f"different: {wrong}")
        if late > early * 1.05 + 2**20:
            sys.exit("memory grows")
        if left:
            print(f"left behind by killed writers, for the next one to remove: {left}")
        print("the same bits")


if __name__ == "__main__":
    main()
