# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a peer runs: a network with weights and a batch of data."""
import json
import struct
import subprocess

import numpy as np

from network import Network

# Small, so that hundreds of steps on one batch change nothing: training that converges makes numbers denormal.
LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-6, 0.9, 0.999, 1e-7


class Case:
    def __init__(self, nncc, model, batch):
        self.network = Network.read(nncc, model)
        self.nncc, self.model, self.batch = nncc, model, batch
        self.weights = self.network.initial_weights()
        random = np.random.default_rng(1)
        self.x = random.random((batch, *self.network.input_shape), np.float32)
        if self.network.loss == "SparseCategoricalCrossentropy":
            self.labels = random.integers(0, self.network.output_shape[-1], batch).astype(np.int32)
        elif self.network.loss == "BinaryCrossentropy":
            self.labels = random.integers(0, 2, (batch, *self.network.output_shape)).astype(np.float32)
        else:
            self.labels = random.random((batch, *self.network.output_shape), np.float32)

    def x_channels_first(self):
        return np.ascontiguousarray(np.moveaxis(self.x, -1, 1))

    def labels_channels_first(self):
        return np.ascontiguousarray(np.moveaxis(self.labels, -1, 1)) if self.labels.ndim > 2 else self.labels

    def expected(self, folder):
        """The outputs by nncc, whose kernels the tests compare with a reference."""
        write_safetensors(folder / "weights.safetensors", self.weights)
        np.save(folder / "x.npy", self.x)
        command = [self.nncc, self.model, "-jit", "predict", "--weights", folder / "weights.safetensors"]
        subprocess.run([*command, "--input", folder / "x.npy", "-o", folder / "y.npy"], check=True, capture_output=True)
        return np.load(folder / "y.npy")

    def expected_loss(self, outputs):
        """The first loss, None where training computes other outputs than prediction does."""
        if self.network.has("batch_norm") or self.network.has("dropout"):
            return None
        y = outputs.astype(np.float64)
        if self.network.loss == "SparseCategoricalCrossentropy":
            return float(-np.log(y[np.arange(self.batch), self.labels]).mean())
        if self.network.loss == "BinaryCrossentropy":
            return float(-np.log(np.where(self.labels, y, 1 - y)).mean())
        return float(((y - self.labels) ** 2).mean())


def write_safetensors(path, tensors):
    header, position = {}, 0
    for name, tensor in tensors.items():
        end = position + tensor.nbytes
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [position, end]}
        position = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor, "<f4").tobytes())
