# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime and OpenVINO, which read one ONNX graph. Prediction only."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from network import Unsupported, padding_pairs


class GraphBuilder:
    """Operations on names of values: each adds a node."""

    def __init__(self):
        self.nodes = []

    def node(self, kind, *inputs, **attributes):
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [value for value in inputs if value], [name], **attributes))
        return name

    def constant(self, number):
        value = helper.make_tensor(f"constant{len(self.nodes)}", TensorProto.FLOAT, [], [number])
        return self.node("Constant", value=value)

    @staticmethod
    def pads(op):
        pairs = padding_pairs(op)
        return [low for low, _ in pairs] + [high for _, high in pairs]

    def conv(self, op, x, kernel, bias=None):
        return self.node("Conv", x, kernel, bias, strides=op.strides, pads=self.pads(op), dilations=op.dilations,
                         group=op.groups)

    def conv_transpose(self, op, x, kernel, bias=None):
        # Padding below 0 is output behind the last window.
        pads = [max(pad, 0) for pad in self.pads(op)]
        more = [max(-high, 0) for _, high in padding_pairs(op)]
        return self.node("ConvTranspose", x, kernel, bias, strides=op.strides, pads=pads, output_padding=more,
                         dilations=op.dilations)

    def max_pool(self, op, x):
        return self.node("MaxPool", x, kernel_shape=op.window, strides=op.strides, pads=self.pads(op))

    def dense(self, op, x, kernel, bias=None):
        return self.node("Gemm", x, kernel, bias, transB=1)

    def reshape(self, op, x):
        if len(op.shape) != 1:
            raise Unsupported("reshape to more than one axis")
        return self.node("Flatten", x, axis=1)

    def global_average_pool(self, op, x):
        return self.node("Flatten", self.node("GlobalAveragePool", x), axis=1)

    def concatenate(self, op, *values):
        return self.node("Concat", *values, axis=1)

    def add(self, op, *values):
        return self.node("Sum", *values)

    def batch_norm(self, op, x, gamma, beta, mean, variance):
        return self.node("BatchNormalization", x, gamma, beta, mean, variance, epsilon=op.epsilon)

    def activate(self, name, x):
        if name == "relu6":
            low, high = self.constant(0.0), self.constant(6.0)
            return self.node("Clip", x, low, high)
        kinds = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softmax": "Softmax"}
        return self.node(kinds[name], x, **({"axis": 1} if name == "softmax" else {}))


def onnx_model(case):
    """The network as a serialised model with channels first and a fixed batch."""
    network, builder = case.network, GraphBuilder()
    output = network.run(builder, {path: path for path in network.variables}, "x")
    shape = network.output_shape
    if len(shape) > 1:
        shape = (shape[-1], *shape[:-1])
    weights = network.channels_first(case.weights)
    graph = helper.make_graph(
        builder.nodes, "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, case.x_channels_first().shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, (case.batch, *shape))],
        [numpy_helper.from_array(array, path) for path, array in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


class OnnxPeer:
    def __init__(self, threads):
        self.threads = threads

    def layouts(self, network):
        return ["channels_first"]

    def outputs(self, result):
        return np.moveaxis(result, 1, -1) if result.ndim > 2 else result


class OnnxRuntime(OnnxPeer):
    def predict(self, case, layout):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(onnx_model(case), options, providers=["CPUExecutionProvider"])
        x = case.x_channels_first()
        return lambda: session.run(None, {"x": x})[0]


class OpenVino(OnnxPeer):
    def predict(self, case, layout):
        import openvino

        core = openvino.Core()
        settings = {"INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY",
                    "INFERENCE_PRECISION_HINT": "f32"}
        compiled = core.compile_model(core.read_model(onnx_model(case)), "CPU", settings)
        request, x = compiled.create_infer_request(), case.x_channels_first()

        def call():
            request.infer({0: x}, share_inputs=True)
            return request.get_output_tensor(0).data

        return call
