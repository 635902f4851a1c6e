"""Memory that is not there."""
from harness import Case, main

# The n-th allocation fails, for every n that a run has: status 3 with a message, or a result that is right.
SWEEP = """n=1; while [ $n -lt 200000 ]; do
  rm -f w; NNCC_FAULTS=malloc=ENOMEM:$n%s LD_PRELOAD=$SHIM %s > log 2>&1; s=$?
  case $s in
    0) cmp -s w reference/%s || exit 101 ;;
    3) grep -q 'out of memory\\|cannot \\|could not' log || { cat log; exit 102; }; [ ! -e w ] || exit 104 ;;
    1) grep -q "cannot read .*: Cannot allocate memory" log || { cat log; exit 105; }; [ ! -e w ] || exit 104 ;;
    *) cat log; echo "allocation $n: status $s"; exit 103 ;;
  esac
  n=$((n + 1 + n / %d))
done"""

# MLIR does not look at what malloc gives everywhere: a crash there is told as a bug.
COMPILER = SWEEP.replace("    *)", "    70) grep -q 'internal error' log && [ ! -e w ] || exit 106 ;;\n    *)")

CASES = [
    Case("one-allocation-fails", "each of the first allocations of a training fails once",
         SWEEP % ("", "./model train --save w --verbose 0 --threads 2", "w", 30), limit=120),
    Case("all-allocations-fail", "from some allocation on all of them fail",
         SWEEP % ("+", "./model train --save w --verbose 0 --threads 2", "w", 12), limit=120),
    Case("predict-allocation-fails", "the same of a prediction",
         SWEEP % ("", "./model predict --weights weights --input x.npy -o w", "y.npy", 30), limit=120),
    Case("compiler-allocation-fails", "the same of the compiler: status 3, or 70 where MLIR does not survive it; no output",
         "export NNCC_FAULTS_AFTER=model.nn; " + COMPILER % ("+", "nncc model.nn -emit=nn -o w", "nn", 2), limit=120),
    Case("no-large-blocks", "no memory map for large blocks: status 3, or the smaller allocator's",
         "./model train --batch-size 80 --save w --verbose 0", "mmap=ENOMEM", (0, 3), ""),
    Case("address-space", "a limit on the address space below what the training needs",
         "ulimit -v 60000; ./model train --batch-size 80000000 --data 'synthetic:waves?n=100000' --verbose 0", "", (3,), "memory"),
    Case("batch-beyond-memory", "a batch that no machine has memory for",
         "./model benchmark --batch-size 1000000000000", "", (2, 3), "memory|batch"),
    Case("compiler-address-space", "the same limit for the compiler",
         "(ulimit -v 700000; nncc model.nn -emit=summary > log) || grep -q memory log", "", (0, 1, 3, 127), ""),
    Case("stack-limit", "a small stack: deep nesting is refused by count, not by the stack",
         "ulimit -s 512; python3 -c \"print('const A = ' + '(' * 100000 + '1' + ')' * 100000)\" > m.nn; nncc m.nn -emit=summary",
         "", (1,), "error"),
]

if __name__ == "__main__":
    main(CASES)
