# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""JAX: one jitted function, weights donated in training, Adam written out."""
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from case import BETA_1, BETA_2, EPSILON, LEARNING_RATE
from network import Unsupported, padding_pairs


class Operations:
    def __init__(self, training=False):
        self.training, self.statistics = training, {}

    def conv(self, op, x, kernel, bias=None):
        space = "DHW"[3 - (x.ndim - 2):]
        numbers = ("N" + space + "C", space + "IO", "N" + space + "C")
        if op.groups > 1:  # also of depthwise layers, whose kernels are [k..., C, M]
            kernel = kernel.reshape(*kernel.shape[:-2], x.shape[-1] // op.groups, op.shape[-1])
        y = lax.conv_general_dilated(x, kernel, op.strides, padding_pairs(op), rhs_dilation=op.dilations,
                                     dimension_numbers=numbers, feature_group_count=op.groups)
        return y if bias is None else y + bias

    def conv_transpose(self, op, x, kernel, bias=None):
        # The input gradient of a convolution: dilated input, mirrored kernel with its channels exchanged.
        axes = tuple(range(x.ndim - 2))
        reach = [(extent - 1) * dilation for extent, dilation in zip(kernel.shape, op.dilations)]
        pairs = [(end - low, end - high) for end, (low, high) in zip(reach, padding_pairs(op))]
        space = "DHW"[3 - len(axes):]
        numbers = ("N" + space + "C", space + "OI", "N" + space + "C")
        y = lax.conv_general_dilated(x, jnp.flip(kernel, axes), (1,) * len(axes), pairs, lhs_dilation=op.strides,
                                     rhs_dilation=op.dilations, dimension_numbers=numbers)
        return y if bias is None else y + bias

    def max_pool(self, op, x):
        pairs = ((0, 0), *padding_pairs(op), (0, 0))
        return lax.reduce_window(x, -np.inf, lax.max, (1, *op.window, 1), (1, *op.strides, 1), pairs)

    def dense(self, op, x, kernel, bias=None):
        return x @ kernel if bias is None else x @ kernel + bias

    def reshape(self, op, x):
        return x.reshape(x.shape[0], *op.shape)

    def global_average_pool(self, op, x):
        return x.mean(tuple(range(1, x.ndim - 1)))

    def concatenate(self, op, *values):
        return jnp.concatenate(values, op.axis)

    def add(self, op, *values):
        return sum(values[1:], values[0])

    def batch_norm(self, op, x, gamma, beta, mean, variance):
        if op.axis != x.ndim - 1:
            raise Unsupported("batch normalisation of other axes than channels")
        if self.training:
            axes = tuple(range(x.ndim - 1))
            old, mean = mean, x.mean(axes)
            centred = jnp.square(x).mean(axes) - jnp.square(mean)
            self.statistics[op.inputs[3]] = old + (1 - op.momentum) * (mean - old)
            self.statistics[op.inputs[4]] = variance + (1 - op.momentum) * (centred - variance)
            variance = centred
        scale = gamma * lax.rsqrt(variance + op.epsilon)
        return x * scale + (beta - mean * scale)

    def activate(self, name, x):
        return jnp.tanh(x) if name == "tanh" else getattr(jax.nn, name)(x)


class Jax:
    """XLA takes its threads from the process's affinity."""

    def __init__(self, threads):
        pass

    def layouts(self, network):
        return ["channels_last"]

    def predict(self, case, layout):
        network, x = case.network, jnp.asarray(case.x)
        weights = {path: jnp.asarray(array) for path, array in case.weights.items()}
        forward = jax.jit(lambda weights, x: network.run(Operations(), weights, x))
        return lambda: forward(weights, x).block_until_ready()

    def train(self, case, layout):
        network, x, labels = case.network, jnp.asarray(case.x), jnp.asarray(case.labels)
        arrays = {path: jnp.asarray(array) for path, array in case.weights.items()}
        trained = {path: arrays[path] for path in network.trained}
        fixed = {path: array for path, array in arrays.items() if path not in trained}
        zeros = {path: jnp.zeros_like(array) for path, array in trained.items()}

        def loss_of(trained, fixed, x):
            operations = Operations(training=True)
            y = network.run(operations, trained | fixed, x, network.loss != "MeanSquaredError")
            if network.loss == "SparseCategoricalCrossentropy":
                losses = jax.nn.logsumexp(y, -1) - jnp.take_along_axis(y, labels[:, None], -1)[:, 0]
            elif network.loss == "BinaryCrossentropy":
                losses = jnp.maximum(y, 0) - y * labels + jnp.log1p(jnp.exp(-jnp.abs(y)))
            else:
                losses = jnp.square(y - labels)
            return losses.mean(), {network.reads[value]: new for value, new in operations.statistics.items()}

        def step(trained, fixed, m, v, t, x):
            (loss, changed), gradients = jax.value_and_grad(loss_of, has_aux=True)(trained, fixed, x)
            rate = LEARNING_RATE * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
            m = {path: old + (1 - BETA_1) * (gradients[path] - old) for path, old in m.items()}
            v = {path: old + (1 - BETA_2) * (jnp.square(gradients[path]) - old) for path, old in v.items()}
            trained = {path: old - rate * m[path] / (jnp.sqrt(v[path]) + EPSILON) for path, old in trained.items()}
            return loss, (trained, fixed | changed, m, v, t + 1)

        jitted = jax.jit(step, donate_argnums=(0, 1, 2, 3, 4))
        others = {path: jnp.zeros_like(array) for path, array in zeros.items()}  # both are donated
        state = [(trained, fixed, zeros, others, jnp.float32(1))]

        def call():
            loss, state[0] = jitted(*state[0], x)
            jax.block_until_ready(state[0])
            return float(loss)

        return call

    def outputs(self, result):
        return np.asarray(result)
