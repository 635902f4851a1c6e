# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch, eager and compiled."""
import numpy as np
import torch
import torch.nn.functional as F

from case import BETA_1, BETA_2, EPSILON, LEARNING_RATE
from network import Unsupported, padding_pairs


class Operations:
    """The operations, channels first."""

    def __init__(self, training=False):
        self.training = training

    @staticmethod
    def padded(op, x, value=0.0):
        """x and the padding that is left to the operation, which knows only symmetric ones."""
        pairs = padding_pairs(op)
        if all(low == high for low, high in pairs):
            return x, [low for low, _ in pairs]
        return F.pad(x, [n for pair in reversed(pairs) for n in pair], value=value), [0] * len(pairs)

    def conv(self, op, x, kernel, bias=None):
        x, padding = self.padded(op, x)
        function = (F.conv1d, F.conv2d, F.conv3d)[x.ndim - 3]
        return function(x, kernel, bias, op.strides, padding, op.dilations, op.groups)

    def conv_transpose(self, op, x, kernel, bias=None):
        # PyTorch's padding is taken off both ends; what else comes off an end is cut, what is missing added behind.
        pairs = padding_pairs(op)
        both = [max(min(low, high), 0) for low, high in pairs]
        more = [max(both[axis] - high, 0) for axis, (_, high) in enumerate(pairs)]
        function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[x.ndim - 3]
        y = function(x, kernel, bias, op.strides, both, more, 1, op.dilations)
        for axis, (low, high) in enumerate(pairs):
            y = y.narrow(axis + 2, low - both[axis], op.shape[axis])
        return y

    def max_pool(self, op, x):
        x, padding = self.padded(op, x, -torch.inf)
        function = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[x.ndim - 3]
        return function(x, op.window, op.strides, padding)

    def dense(self, op, x, kernel, bias=None):
        if x.ndim != 2:
            raise Unsupported("dense on more than one axis")
        return F.linear(x, kernel, bias)

    def reshape(self, op, x):
        if len(op.shape) != 1:
            raise Unsupported("reshape to more than one axis")
        return x.flatten(1)

    def global_average_pool(self, op, x):
        return x.mean(tuple(range(2, x.ndim)))

    def concatenate(self, op, *values):
        if op.axis != values[0].ndim - 1:
            raise Unsupported("concatenation of other axes than channels")
        return torch.cat(values, 1)

    def add(self, op, *values):
        return sum(values[1:], values[0])

    def batch_norm(self, op, x, gamma, beta, mean, variance):
        return F.batch_norm(x, mean, variance, gamma, beta, self.training, 1 - op.momentum, op.epsilon)

    def activate(self, name, x):
        if name == "relu6":
            return F.relu6(x)
        return torch.softmax(x, 1) if name == "softmax" else getattr(torch, name)(x)


class Torch:
    def __init__(self, threads):
        torch.set_num_threads(threads)

    def compiled(self, function):
        return function

    def layouts(self, network):
        return ["channels_first", "channels_last"] if len(network.input_shape) > 2 else ["channels_first"]

    def tensor(self, array, layout):
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        if layout == "channels_last" and tensor.ndim in (4, 5):
            formats = {4: torch.channels_last, 5: torch.channels_last_3d}
            tensor = tensor.contiguous(memory_format=formats[tensor.ndim])
        return tensor

    def weights(self, case, layout):
        arrays = case.network.channels_first(case.weights)
        return {path: self.tensor(array.copy(), layout) for path, array in arrays.items()}

    def predict(self, case, layout):
        network, weights, x = case.network, self.weights(case, layout), self.tensor(case.x_channels_first(), layout)
        operations = Operations()
        forward = self.compiled(lambda x: network.run(operations, weights, x))

        def call():
            with torch.inference_mode():
                return forward(x)

        return call

    def train(self, case, layout):
        network, weights, x = case.network, self.weights(case, layout), self.tensor(case.x_channels_first(), layout)
        trained = [weights[path].requires_grad_() for path in network.trained]
        labels = torch.from_numpy(case.labels_channels_first())
        losses = {"SparseCategoricalCrossentropy": F.cross_entropy,
                  "BinaryCrossentropy": F.binary_cross_entropy_with_logits, "MeanSquaredError": F.mse_loss}
        loss_of, logits = losses[network.loss], network.loss != "MeanSquaredError"
        labels = labels.long() if network.loss == "SparseCategoricalCrossentropy" else labels
        operations = Operations(training=True)
        forward = self.compiled(lambda x: loss_of(network.run(operations, weights, x, logits), labels))
        optimizer = torch.optim.Adam(trained, LEARNING_RATE, (BETA_1, BETA_2), EPSILON, fused=True)

        def call():
            optimizer.zero_grad(set_to_none=True)
            loss = forward(x)
            loss.backward()
            optimizer.step()
            return loss.item()

        return call

    def outputs(self, result):
        y = result.numpy()
        return np.moveaxis(y, 1, -1) if y.ndim > 2 else y


class TorchCompile(Torch):
    def compiled(self, function):
        return torch.compile(function, dynamic=False)
