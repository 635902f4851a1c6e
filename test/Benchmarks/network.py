# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A model as data, read from what nncc itself compiles, so that no peer's model is written a second time."""
import re
import subprocess
from dataclasses import dataclass, field

import numpy as np


# %2 = "nn.conv"(%arg0, %0) <{strides = ...}> {nn.layer = ...} : (...) -> tensor<...>
OP = re.compile(r'(%\d+) = "nn\.(\w+)"\((.*?)\) (?:<\{(.*?)\}> )?(?:\{.*\} )?: .* -> (tensor<[^>]*>)')


class Unsupported(Exception):
    """A peer has no such operation, layout or task."""


@dataclass
class Op:
    kind: str  # the op's name in the nn dialect: conv, dense, max_pool, ...
    inputs: list
    result: str
    shape: tuple  # of a sample of the result
    settings: dict = field(default_factory=dict)

    def __getattr__(self, name):
        try:
            return self.__dict__["settings"][name]
        except KeyError:
            raise AttributeError(name) from None


def _setting(text):
    """The value of an attribute: a number, a tuple of numbers, a word."""
    if array := re.fullmatch(r"array<i\d+(?:: (.*))?>", text):
        return tuple(int(n) for n in array[1].split(",")) if array[1] else ()
    if word := re.fullmatch(r"#nn\.\w+<(\w+)>", text):
        return word[1]
    if number := re.fullmatch(r"(\S+) : ([if])\d+", text):
        return int(number[1]) if number[2] == "i" else float(number[1])
    return text


def _shape(tensor):
    """(None, 3, 4) of tensor<?x3x4xf32>."""
    extents = re.fullmatch(r"tensor<((?:[?\d]+x)*)f32>", tensor)[1].split("x")[:-1]
    return tuple(None if extent == "?" else int(extent) for extent in extents)


class Network:
    """ops in order, variables {path: shape} in nncc's order, reads {value: path}, input and output values, loss."""

    def __init__(self, text):
        self.ops, self.variables, self.reads, self.shapes = [], {}, {}, {}
        self.kernels = {}  # reads in another shape than the variable's: {value: shape}
        for line in map(str.strip, text.splitlines()):
            if line.startswith('"nn.variable"'):
                path, tensor = re.search(r'sym_name = "(.*?)"', line)[1], re.search(r" type = (tensor<[^>]*>)", line)[1]
                self.variables[path] = _shape(tensor)
            elif arguments := re.fullmatch(r"\^bb0\((.*)\):", line):
                inputs = [argument.split(": ") for argument in arguments[1].split(", ")]
                if len(inputs) != 1:
                    raise Unsupported("a model with several inputs")
                (self.input, tensor), = inputs
                self.shapes[self.input] = _shape(tensor)[1:]
            elif op := OP.fullmatch(line):
                result, kind, inputs, settings, tensor = op.groups()
                pairs = re.findall(r"(\w+) = (array<[^>]*>|#nn\.\w+<\w+>|[^,]+)", settings or "")
                settings = {name: _setting(value) for name, value in pairs}
                if kind == "read":
                    self.reads[result] = re.search(r'@"?([^"]+)"?', settings["variable"])[1]
                    continue
                if kind == "reshape" and inputs in self.reads:
                    # A depthwise kernel [k..., C, M] as that of a convolution in groups, [k..., 1, C * M].
                    self.reads[result], self.kernels[result] = self.reads[inputs], _shape(tensor)
                    continue
                self.shapes[result] = _shape(tensor)[1:]
                self.ops.append(Op(kind, inputs.split(", "), result, self.shapes[result], settings))
        self.output = self.ops[-1].result
        call = re.search(r'loss = #nn\.call<"(\w+)"', text)
        self.loss = call[1] if call else None

    @staticmethod
    def read(nncc, model):
        command = [nncc, str(model), "-emit=nn", "--mlir-print-op-generic"]
        return Network(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    @property
    def input_shape(self):
        return self.shapes[self.input]

    @property
    def output_shape(self):
        return self.shapes[self.output]

    @property
    def trained(self):
        """Paths of the variables that an optimizer changes."""
        return [path for path in self.variables if "/moving_" not in path]

    def has(self, kind):
        return any(op.kind == kind for op in self.ops)

    def initial_weights(self):
        """Numbers that keep activations near 1 and make every variable matter."""
        random, weights = np.random.default_rng(0), {}
        for path, shape in self.variables.items():
            name = path.rsplit("/", 1)[1]
            if name.endswith("kernel"):
                receptive = int(np.prod(shape[:-2]))
                limit = (6 / (receptive * (shape[-2] + shape[-1]))) ** 0.5
                if name == "depthwise_kernel":  # a sum over its positions only
                    limit = (3 / receptive) ** 0.5
                value = random.uniform(-limit, limit, shape)
            elif name in ("gamma", "moving_variance"):
                value = random.uniform(0.8, 1.2, shape)
            else:
                value = random.uniform(-0.1, 0.1, shape)
            weights[path] = value.astype(np.float32)
        return weights

    def run(self, peer, weights, value, logits=False):
        """Walks the ops with a peer's operations. logits: without the last activation, which its loss contains."""
        values = {self.input: value}
        for op in self.ops:
            bare = logits and op.result == self.output
            operands = [weights[self.reads[name]] if name in self.reads else values[name] for name in op.inputs]
            if op.kind == "softmax":
                values[op.result] = operands[0] if bare else peer.activate("softmax", operands[0])
            elif op.kind == "activation":
                values[op.result] = operands[0] if bare else peer.activate(op.function, operands[0])
            elif hasattr(peer, op.kind):
                result = getattr(peer, op.kind)(op, *operands)
                function = op.settings.get("activation", "linear")
                values[op.result] = result if bare or function == "linear" else peer.activate(function, result)
            else:
                raise Unsupported(op.kind)
        return values[self.output]

    def channels_first(self, weights):
        """The same weights for a peer whose channels stand in front: kernels [out, in / groups, k...] (of a transposed
        convolution [in, out, k...]), dense kernels [out, in] with their inputs in the order in which such a peer flattens."""
        flattened = {op.result: self.shapes[op.inputs[0]] for op in self.ops if op.kind == "reshape"}
        weights = dict(weights)
        for op in self.ops:
            if op.kind not in ("conv", "conv_transpose", "dense"):
                continue
            path = self.reads[op.inputs[1]]
            kernel = weights[path]
            if op.kind != "dense":  # [out, in, k...]; of a transposed convolution [in, out, k...]
                kernel = kernel.reshape(self.kernels.get(op.inputs[1], kernel.shape))
                kernel = np.moveaxis(kernel, (-1, -2), (0, 1))
            else:
                if op.inputs[0] in flattened:
                    kernel = np.moveaxis(kernel.reshape(*flattened[op.inputs[0]], -1), -2, 0).reshape(kernel.shape)
                kernel = kernel.T
            weights[path] = np.ascontiguousarray(kernel)
        return weights


def padding_pairs(op):
    """((low, high), ...) per spatial axis; the dialect has low and high next to each other."""
    return tuple(zip(op.padding[::2], op.padding[1::2]))
