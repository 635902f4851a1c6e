"""The lit suite: one folder per stage, mirroring lib/. A test reads top to bottom: RUN, then what it expects."""
import os
import shutil

import lit.formats

config.name = "nncc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".nn", ".mlir", ".test"]
config.excludes = ["Unit", "Inputs", "Benchmarks", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.nncc_binary_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.nncc_binary_dir, "bin"), config.llvm_tools_dir, os.environ["PATH"]])
config.environment["FILECHECK_OPTS"] = "--dump-input-filter=error"
config.substitutions.append(("%source", config.nncc_source_dir))
config.substitutions.append(("%build", config.nncc_binary_dir))
config.substitutions.append(("%python", "python3"))

# Pages are laid out and looked at, too.
browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
config.substitutions.append(("%browser", f"--browser {browser}" if browser else ""))
if not browser:
    lit_config.warning("no chromium: pages (--report, nncc sweep) are checked as texts only; apt-get install chromium")

# What some tests look at, too, where it is installed.
for tool in ("fish", "make", "mandoc", "pkg-config", "qemu-x86_64", "valgrind", "zsh"):
    if shutil.which(tool):
        config.available_features.add(tool)

with open("/proc/cpuinfo") as cpuinfo:
    flags = next((line for line in cpuinfo if line.startswith("flags")), "").split()
for flag, feature in (("fma", "avx2"), ("avx512f", "avx512"), ("avx512_bf16", "avx512bf16")):
    if flag in flags:
        config.available_features.add(feature)

# Libraries for another architecture are linked and run where its compiler and an emulator are.
if shutil.which("aarch64-linux-gnu-gcc") and shutil.which("qemu-aarch64"):
    config.available_features.add("qemu-aarch64")
if shutil.which("node"):
    config.available_features.add("node")
