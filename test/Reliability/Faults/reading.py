"""Files that are missing, vanish, end early or cannot be read; files that say things that are not so."""
from harness import Case, main

PREDICT = "./model predict --weights weights --input x.npy"
ZIP = "python3 -c \"import numpy; numpy.savez('d.npz', x=numpy.zeros((8, 40, 3), 'f'), y=numpy.zeros(8, 'f'))\"; "

CASES = [
    Case("weights-vanish", "weights that vanish between the check and the reading",
         PREDICT, "open@weights=ENOENT:2", (1,), "'weights': No such file"),
    Case("short-reads", "a disk that gives 7 bytes at a time gives all of them", PREDICT + " > p; cmp p reference/predictions",
         "read@weights=short"),
    Case("interrupted-reads", "reads that a signal interrupts are repeated", PREDICT + " > p; cmp p reference/predictions",
         "read@weights=EINTR:2"),
    Case("weights-io-error", "a disk that cannot read the weights",
         PREDICT, "read@weights=EIO", (1,), "'weights'"),
    Case("weights-cut", "weights that another program cuts while they are read: refused, predictions of nothing do not appear",
         PREDICT + " -o y.npy", "read@weights=end:2+", (1,), "'weights'", ("y.npy",)),
    Case("weights-empty", "an empty weights file", ": > weights; " + PREDICT, "", (1,), "'weights' is not a valid safetensors file"),
    Case("weights-truncated", "a weights file that was cut", "truncate -s -1 weights; " + PREDICT, "", (1,), "'weights'"),
    Case("weights-folder", "a folder instead of weights", "mkdir d; ./model predict --weights d --input x.npy", "", (1,), "'d'"),
    Case("weights-sizes-lie", "a header whose length is 2^63",
         "printf '\\0\\0\\0\\0\\0\\0\\0\\200{}' > weights; " + PREDICT, "", (1,), "'weights' is not a valid safetensors file"),
    Case("input-io-error", "a disk that cannot read the input", PREDICT, "read@x.npy=EIO", (1,), "x.npy"),
    Case("input-cut", "an input that ends early", "truncate -s -4 x.npy; " + PREDICT, "", (1,), "x.npy"),
    Case("input-device", "an input that never ends", "./model predict --weights weights --input /dev/zero", "", (1,), "/dev/zero"),
    Case("input-pipe", "an input that is a pipe without a writer would wait for ever; it is named as no file, or read to its end",
         "mkfifo p; (sleep 0.2; : > p) & ./model predict --weights weights --input p", "", (1,), "p"),
    Case("data-vanishes", "data that is gone", "./model train --data npz:none.npz", "", (1,), "none.npz"),
    Case("data-io-error", "a disk that cannot read the data", ZIP + "./model train --data npz:d.npz", "read@d.npz=EIO", (1,), "d.npz"),
    Case("data-cut", "an archive that was cut", ZIP + "truncate -s 300 d.npz; ./model train --data npz:d.npz", "", (1,), "d.npz"),
    Case("checkpoint-cut", "a checkpoint that was cut is refused, the training does not begin at 0 instead",
         "truncate -s 2000 checkpoint; ./model train --resume checkpoint --save w", "", (1,), "checkpoint", ("w",)),
    Case("checkpoint-bytes-swapped", "a checkpoint in which two bytes of the header changed",
         "printf xx | dd of=checkpoint bs=1 seek=20 conv=notrunc status=none; ./model train --resume checkpoint --save w", "", (1,),
         "checkpoint", ("w",)),
    Case("model-vanishes", "a source that is not there", "nncc none.nn -emit=summary", "", (1,), "cannot read 'none.nn': No such file"),
    Case("model-unreadable", "a source that is a folder", "mkdir d.nn; nncc d.nn -emit=summary", "", (1,), "it is a directory"),
    Case("model-on-closed-stdin", "a closed standard input", "nncc - -emit=summary <&-", "", (1,), "cannot read|<stdin>"),
    Case("model-random", "random bytes as a source", "head -c 20000 /dev/urandom > r.nn; nncc r.nn -emit=summary", "", (1,), "error"),
]

if __name__ == "__main__":
    main(CASES)
