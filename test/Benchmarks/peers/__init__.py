# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The frameworks to compare with. A peer is a class in a module of its own, imported only in the process that runs it:

    Peer(threads)                 takes the number of threads
    peer.layouts(network)         names of the data layouts worth trying
    peer.predict(case, layout)    a function without arguments that computes the outputs, and waits for them
    peer.train(case, layout)      likewise a training step with Adam, which returns the loss; absent: no training
    peer.outputs(result)          the outputs as a NumPy array, channels last
"""
import importlib

# name: (module here, class, what must be importable)
PEERS = {
    "torch": ("pytorch", "Torch", ["torch"]),
    "torch.compile": ("pytorch", "TorchCompile", ["torch"]),
    "tensorflow": ("tensorflow_ops", "TensorFlow", ["tensorflow"]),
    "tensorflow-xla": ("tensorflow_ops", "TensorFlowXla", ["tensorflow"]),
    "jax": ("jax_ops", "Jax", ["jax"]),
    "onnxruntime": ("onnx_runtimes", "OnnxRuntime", ["onnx", "onnxruntime"]),
    "openvino": ("onnx_runtimes", "OpenVino", ["onnx", "openvino"]),
}


def load(name, threads):
    module, kind, _ = PEERS[name]
    return getattr(importlib.import_module("peers." + module), kind)(threads)
