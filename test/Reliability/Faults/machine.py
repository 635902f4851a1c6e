"""Threads, clocks, signals, and what surrounds a process."""
from harness import Case, main

TRAIN = "./model train --verbose 0 "

CASES = [
    Case("no-threads", "threads that cannot be started", TRAIN + "--threads 4 --save w", "pthread_create=EAGAIN", (3,), "threads",
         ("w",)),
    Case("third-thread-fails", "the third of four threads cannot be started: the others end, too",
         TRAIN + "--threads 4 --save w", "pthread_create=EAGAIN:3", (0, 3), ""),
    Case("slow-threads", "threads that come late each time: the same bits", TRAIN + "--threads 3 --save w", "sched_yield=slow",
         same={"w": "w"}),
    Case("more-threads-than-cores", "31 threads: the same bits", TRAIN + "--threads 31 --save w", "", same={"w": "w"}),
    Case("clock-jumps", "a clock that jumps back and forth: the same bits, and no negative times",
         "./model train --save w --verbose 2 2>&1 | tee log; ! grep -e ' -[0-9]*[mu]*s' log", "clock_gettime=jump", same={"w": "w"}),
    Case("terminated", "SIGTERM: status 143, and the checkpoint goes on to the same bits",
         "timeout --preserve-status -s TERM 0.2 ./model train --epochs 1000000 --checkpoint c --verbose 2 > log 2>&1; [ $? = 143 ] || exit 9; "
         "n=$(sed -n 's|^Epoch \\([0-9]*\\)/.*|\\1|p' log | tail -1); " + TRAIN + "--epochs $n --resume c --save a && "
         + TRAIN + "--epochs $n --save b && cmp a b", "", (0,)),
    Case("interrupted-twice", "a second Ctrl-C ends it at once",
         "./model train --epochs 1000000 --verbose 0 & p=$!; sleep 0.1; kill -INT $p; kill -INT $p; wait $p", "", (130,)),
    Case("hung-up", "SIGHUP ends a training; no file is left", "timeout --preserve-status -s HUP 0.1 ./model train --epochs 1000000 --save w "
         "--verbose 0", "", (129,), absent=("w",)),
    Case("compiler-terminated", "SIGTERM while an executable is linked: no temporary file, here or in TMPDIR",
         "mkdir t; for d in 0.05 0.1 0.2 0.3; do TMPDIR=$PWD/t timeout -s TERM $d nncc model.nn -emit=exe -o m; done; "
         "[ -z \"$(ls t)\" ]", "", (0,)),
    Case("folder-removed", "the working folder is gone",
         "mkdir g; cd g; rmdir ../g; ../model predict --weights ../weights --input ../x.npy", "", (0,)),
    Case("folder-removed-while-training", "the folder of the output goes while it trains: told at the end, status 3",
         "mkdir g; (sleep 0.3; rmdir g) & ./model train --epochs 20000 --save g/w --verbose 0; s=$?; wait; exit $s", "", (3,),
         "cannot write 'g/w': No such file or directory", limit=60),
    Case("no-descriptors", "a limit of 8 file descriptors", "ulimit -n 8; " + TRAIN + "--save w", "", (0,), same={"w": "w"}),
    Case("no-environment", "an empty environment", "env -i ./model predict --weights weights --input x.npy > p; cmp p reference/predictions"),
    Case("comma-locale", "a locale that writes 0,5", "LC_ALL=de_DE.UTF-8 ./model predict --weights weights --input x.npy > p; "
         "cmp p reference/predictions"),
    Case("no-temporary-folder", "TMPDIR names nothing: the compiler says so, or does without",
         "TMPDIR=/nonexistent nncc model.nn -emit=exe -o m", "", (0, 3), ""),
    Case("symbolic-link", "an output that is a symbolic link: what it points to is replaced, the link stays",
         "mkdir o; : > o/w; ln -s o/w w; " + TRAIN + "--save w && [ -L w ]", "", (0,), same={"o/w": "w"}),
    Case("output-is-input", "weights that are read and written under one name", "./model train --weights weights --save weights --verbose 0 && "
         "./model evaluate --weights weights", "", (0,), "loss"),
]

if __name__ == "__main__":
    main(CASES)
