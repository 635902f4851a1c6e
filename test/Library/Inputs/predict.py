"""As `run predict` of run.c, by the package."""
import sys

import numpy as np
import series

x = np.fromfile(sys.argv[2], np.float32).reshape(-1, 40, 3)
series.Model(sys.argv[1], threads=3).predict(x).tofile(sys.argv[3])
