"""Trains a compiled model from Python, saves its weights, and predicts with them."""
import numpy as np
import waves

random = np.random.default_rng(1)


def make(count):
    """Series with a sine, a square wave, a saw or none in them, and which."""
    kinds = random.integers(4, size=count)
    phase = random.uniform(0.05, 0.2, (count, 1)) * np.arange(64)
    sine = np.sin(2 * np.pi * phase)
    every = np.stack([sine, np.sign(sine), 2 * (phase % 1) - 1, 0 * sine])
    wave = every[kinds, np.arange(count)]
    return np.stack([wave, -wave], axis=-1) + random.normal(0, 0.1, (count, 64, 2)), kinds


model = waves.Model()
for step in range(1, 601):
    loss = model.train_step(*make(32))
    if step % 200 == 0:
        print("step %d: loss %.3f" % (step, loss))
model.save("waves.safetensors")

series, kinds = make(200)
output = waves.Model("waves.safetensors").predict(series)
print("%d of 200 are right" % np.sum(output.argmax(axis=1) == kinds))
print("variables:", {path: array.shape for path, array in model.parameters.items()})
np.save("series.npy", series)
