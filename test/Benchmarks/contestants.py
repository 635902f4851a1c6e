# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Who is timed: nncc, and each peer in a process of its own. Both have time(model, batch, seconds)."""
import json
import os
import pathlib
import select
import subprocess

import peers

HERE = pathlib.Path(__file__).parent
# glibc gives large blocks back to the kernel when they are freed, and every call pages them in again. Some peers gain
# much when it is told to keep them, so both settings are tried.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "8000000000", "MALLOC_TOP_PAD_": "268435456"}
TASKS = ("predict", "train")


def pinned(threads):
    """A function that keeps a new process on as many cores as it has threads."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    return lambda: os.sched_setaffinity(0, cores)


def find_peers(names, pythons):
    """{peer: the first Python in which all that it needs can be imported}."""
    code = "import importlib.util as u, sys; sys.exit(any(u.find_spec(name) is None for name in sys.argv[1:]))"
    found = {}
    for python in pythons:
        for name in names:
            needs = [*peers.PEERS[name][2], "numpy"]
            if name not in found and subprocess.run([python, "-c", code, *needs]).returncode == 0:
                found[name] = python
    return {name: found[name] for name in names if name in found}


class Nncc:
    name = "nncc"

    def __init__(self, nncc, threads, folder, quiet):
        self.nncc, self.threads, self.folder, self.quiet = nncc, threads, folder, quiet
        self.peak_gflops, self.flops = 0, {}

    def time(self, model, batch, seconds):
        """{task: milliseconds}. nncc itself decides how long it measures; it is about 2 s a task."""
        file = self.folder / "nncc.json"
        command = [self.nncc, model, "-jit", "benchmark", "--threads", self.threads, "--batch-size", batch]
        command = [str(word) for word in [*command, "--json", file]]
        self.quiet.wait()
        run = subprocess.run(command, preexec_fn=pinned(self.threads), capture_output=True, text=True)
        if run.returncode:
            return dict.fromkeys(TASKS, {"failed": run.stderr.strip()[:300]})
        result = json.loads(file.read_text())
        self.peak_gflops = max(self.peak_gflops, result["peak_gflops"])
        times = {}
        for entry in result["entries"]:
            task = "predict" if entry["entry"] == "predict" else "train"
            self.flops[model, batch, task] = entry["flops"]
            times[task] = {"variant": "", "best_ms": entry["best_ms"], "median_ms": entry["median_ms"]}
        return times

    def close(self):
        pass


class Peer:
    """One peer with one number of threads: a process per setting of the allocator, started when first asked."""

    def __init__(self, name, python, nncc, threads, folder, quiet, allocators, limit):
        self.name, self.python, self.nncc, self.threads, self.folder = name, python, nncc, threads, folder
        self.quiet, self.allocators, self.limit, self.processes, self.slow = quiet, allocators, limit, {}, {}

    def process(self, allocator):
        if allocator not in self.processes:
            threads = str(self.threads)
            environment = os.environ | {
                "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
                "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
            if allocator == "kept":
                environment |= KEEP_MEMORY
            with open(self.folder / f"{self.name}.log", "a") as log:
                command = [self.python, HERE / "worker.py", self.name, threads, self.nncc, self.folder]
                self.processes[allocator] = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment,
                    preexec_fn=pinned(self.threads))
        return self.processes[allocator]

    def ask(self, allocator, **request):
        process, line, ready = self.process(allocator), "", True
        try:
            print(json.dumps(request), file=process.stdin, flush=True)
            ready = select.select([process.stdout], [], [], self.limit)[0]
            line = process.stdout.readline() if ready else ""
        except BrokenPipeError:
            pass
        if line:
            return json.loads(line)
        process.kill()
        process.wait()
        del self.processes[allocator]
        return {"failed": "the process died" if ready else f"no answer in {self.limit} s"}

    def time(self, model, batch, seconds):
        """{task: the fastest variant's times}. What was 1.5x slower than another variant isn't asked again."""
        results = {}
        for task in TASKS:
            best = None
            cell = self.slow.setdefault((model, batch, task), set())
            request = {"model": str(model), "batch": batch, "task": task, "seconds": seconds}
            answer = self.ask(self.allocators[0], layout=None, **request)
            if "failed" in answer:
                results[task] = answer
                continue
            found = {}
            for layout in answer["layouts"]:
                for allocator in self.allocators:
                    if (layout, allocator) in cell:
                        continue
                    self.quiet.wait()
                    answer = self.ask(allocator, layout=layout, **request)
                    if "failed" in answer:
                        cell.add((layout, allocator))
                        results.setdefault(task, answer)
                        continue
                    times = sorted(answer["times"])
                    found[layout, allocator] = {"variant": f"{layout}, {allocator}", "best_ms": times[0],
                                                "median_ms": times[len(times) // 2]}
            if found:
                best = min(found.values(), key=lambda times: times["best_ms"])
                cell |= {variant for variant, times in found.items() if times["best_ms"] > 1.5 * best["best_ms"]}
                results[task] = best
        return results

    def close(self):
        for process in self.processes.values():
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
