# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The results as one Markdown table."""


def number(milliseconds):
    return f"{milliseconds:.3g}" if milliseconds < 1000 else f"{milliseconds:.0f}"


def table(result):
    """result: what benchmark.py writes with --json. In brackets how many times slower than nncc a peer is."""
    peers = result["peers"]
    heads = ["model", "task", "batch", "threads", "nncc", "of peak", *peers, "fastest peer"]
    lines = [f"| {' | '.join(heads)} |", "| --- | --- " + "| ---: " * (len(heads) - 3) + "| --- |"]
    for row in result["rows"]:
        times = row["times"]
        own = times.get("nncc", {}).get("best_ms")
        cells = [row["model"], row["task"], str(row["batch"]), str(row["threads"]), number(own) if own else "failed"]
        share = own and row["flops"] / own / 1e6 / row["peak_gflops"] if row["peak_gflops"] else None
        cells.append(f"{share:.0%}" if share else "")
        for peer in peers:
            milliseconds = times.get(peer, {}).get("best_ms")
            ratio = f" ({milliseconds / own:.2f}x)" if milliseconds and own else ""
            cells.append(number(milliseconds) + ratio if milliseconds else "failed" if peer in row["failed"] else "")
        timed = [(times[peer]["best_ms"], peer) for peer in peers if "best_ms" in times.get(peer, {})]
        if timed:
            milliseconds, peer = min(timed)
            ratio = f"**{milliseconds / own:.2f}x**" if own else number(milliseconds)
            cells.append(f"{peer}, {times[peer]['variant']}: {ratio}")
        else:
            cells.append("")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
