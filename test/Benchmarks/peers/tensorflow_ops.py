# Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TensorFlow with plain operations and its fused Adam, without Keras' own overhead; with and without XLA."""
import tensorflow as tf

from case import BETA_1, BETA_2, EPSILON, LEARNING_RATE
from network import Unsupported, padding_pairs


def same_padding(op, sizes, window, dilations):
    """Whether the op's padding is what TensorFlow calls SAME."""
    for (low, high), size, extent, stride, dilation in zip(padding_pairs(op), sizes, window, op.strides, dilations):
        total = max((-(-size // stride) - 1) * stride + (extent - 1) * dilation + 1 - size, 0)
        if (low, high) != (total // 2, total - total // 2):
            return False
    return True


def padding_name(op, sizes, window, dilations):
    if not any(padding > 0 for padding in op.padding):  # below 0: outputs behind the last window
        return "VALID"
    if same_padding(op, sizes, window, dilations):
        return "SAME"
    raise Unsupported("padding that is neither valid nor same")


class Operations:
    def __init__(self, training=False):
        self.training = training

    def conv(self, op, x, kernel, bias=None):
        padding = padding_name(op, x.shape[1:-1], kernel.shape[:-2], op.dilations)
        if op.groups > 1 and op.groups == x.shape[-1] and len(x.shape) == 4 and op.strides[0] == op.strides[1]:
            kernel = tf.reshape(kernel, (*kernel.shape[:-2], op.groups, -1))
            y = tf.nn.depthwise_conv2d(x, kernel, (1, *op.strides, 1), padding, dilations=op.dilations)
        else:
            if op.groups > 1:  # also of depthwise layers, whose kernels are [k..., C, M]
                kernel = tf.reshape(kernel, (*kernel.shape[:-2], x.shape[-1] // op.groups, op.shape[-1]))
            y = tf.nn.convolution(x, kernel, op.strides, padding, dilations=op.dilations)
        return y if bias is None else tf.nn.bias_add(y, bias)

    def conv_transpose(self, op, x, kernel, bias=None):
        padding = padding_name(op, op.shape[:-1], kernel.shape[:-2], op.dilations)
        y = tf.nn.conv_transpose(x, kernel, (x.shape[0], *op.shape), op.strides, padding, dilations=op.dilations)
        return y if bias is None else tf.nn.bias_add(y, bias)

    def max_pool(self, op, x):
        padding = padding_name(op, x.shape[1:-1], op.window, (1,) * len(op.window))
        return tf.nn.max_pool(x, op.window, op.strides, padding)

    def dense(self, op, x, kernel, bias=None):
        y = tf.linalg.matmul(x, kernel)
        return y if bias is None else tf.nn.bias_add(y, bias)

    def reshape(self, op, x):
        return tf.reshape(x, (x.shape[0], *op.shape))

    def global_average_pool(self, op, x):
        return tf.reduce_mean(x, list(range(1, len(x.shape) - 1)))

    def concatenate(self, op, *values):
        return tf.concat(values, op.axis)

    def add(self, op, *values):
        return tf.add_n(values)

    def batch_norm(self, op, x, gamma, beta, mean, variance):
        if len(x.shape) != 4:
            raise Unsupported("batch normalisation of other than pictures")
        y, batch_mean, batch_variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=gamma, offset=beta, mean=[] if self.training else mean,
            variance=[] if self.training else variance,
            epsilon=op.epsilon, is_training=self.training)
        if self.training:
            mean.assign_sub((1 - op.momentum) * (mean - batch_mean))
            variance.assign_sub((1 - op.momentum) * (variance - batch_variance))
        return y

    def activate(self, name, x):
        return tf.nn.tanh(x) if name == "tanh" else getattr(tf.nn, name)(x)


class TensorFlow:
    xla = False

    def __init__(self, threads):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)

    def layouts(self, network):
        return ["channels_last"]

    def predict(self, case, layout):
        network, x = case.network, tf.constant(case.x)
        weights = {path: tf.constant(array) for path, array in case.weights.items()}
        forward = tf.function(lambda x: network.run(Operations(), weights, x), jit_compile=self.xla)
        return lambda: forward(x).numpy()

    def train(self, case, layout):
        network, x, labels = case.network, tf.constant(case.x), tf.constant(case.labels)
        weights = {path: tf.Variable(array) for path, array in case.weights.items()}
        trained = [weights[path] for path in network.trained]
        moments = [(tf.Variable(tf.zeros_like(v)), tf.Variable(tf.zeros_like(v))) for v in trained]
        powers = tf.Variable(BETA_1), tf.Variable(BETA_2)

        def loss_of(x):
            y = network.run(Operations(training=True), weights, x, network.loss != "MeanSquaredError")
            if network.loss == "SparseCategoricalCrossentropy":
                return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, y))
            if network.loss == "BinaryCrossentropy":
                return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, y))
            return tf.reduce_mean(tf.math.squared_difference(y, labels))

        @tf.function(jit_compile=self.xla)
        def step(x):
            with tf.GradientTape() as tape:
                loss = loss_of(x)
            for variable, (m, v), gradient in zip(trained, moments, tape.gradient(loss, trained)):
                tf.raw_ops.ResourceApplyAdam(
                    var=variable.handle, m=m.handle, v=v.handle, beta1_power=powers[0], beta2_power=powers[1],
                    lr=LEARNING_RATE, beta1=BETA_1, beta2=BETA_2, epsilon=EPSILON, grad=gradient)
            powers[0].assign(powers[0] * BETA_1)
            powers[1].assign(powers[1] * BETA_2)
            return loss

        return lambda: float(step(x))

    def outputs(self, result):
        return result


class TensorFlowXla(TensorFlow):
    xla = True
