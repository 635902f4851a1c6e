// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of activation functions on numbers worked out by hand.

#include "Reference/Run.h"

#include <cmath>

namespace nncc::reference {
namespace {

const char *kRow = "tensor<?x3xf32>";

TEST(Activation, Functions) {
  Tensor x({1, 3}, {-2, 0, 1});
  EXPECT_THAT(runUnary("activation %x {function = #nn.activation<linear>}", kRow, kRow, x).data, near({-2, 0, 1}));
  EXPECT_THAT(runUnary("activation %x {function = #nn.activation<relu>}", kRow, kRow, x).data, near({0, 0, 1}));
  EXPECT_THAT(runUnary("activation %x {function = #nn.activation<sigmoid>}", kRow, kRow, x).data,
              near({0.119202922022, 0.5, 0.731058578630}, 1e-11));
  EXPECT_THAT(runUnary("activation %x {function = #nn.activation<tanh>}", kRow, kRow, x).data,
              near({-0.964027580076, 0, 0.761594155956}, 1e-11));
}

// Gradients are functions of the output y.
TEST(Activation, GradientsFromOutput) {
  auto gradient = [](const std::string &function) {
    return run("%y: tensor<?x2xf32>, %dy: tensor<?x2xf32>", "tensor<?x2xf32>",
               "%dx = nn.activation_grad %y, %dy {function = #nn.activation<" + function +
                   ">} : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>\nreturn %dx : tensor<?x2xf32>",
               {Tensor({1, 2}, {0, 0.25}), Tensor({1, 2}, {10, 10})})[0]
        .data;
  };
  EXPECT_THAT(gradient("relu"), near({0, 10}));
  EXPECT_THAT(gradient("sigmoid"), near({0, 10 * 0.25 * 0.75}));
  EXPECT_THAT(gradient("tanh"), near({10, 10 * (1 - 0.0625)}));
}

// What Keras composes of relu, leaky_relu, relu6, a mask x > threshold and clip_by_value, and their gradients (of 2).
TEST(Activation, ReluWithArguments) {
  const char *from = "tensor<?x4xf32>";
  struct Case {
    std::string arguments;
    std::vector<double> x, y, dx;
  };
  for (const auto &[arguments, x, y, dx] :
       {Case{"max_value = 6.0, negative_slope = 0.5, threshold = 1.0", {-1, 1, 3, 8}, {-1, 0, 3, 6}, {1, 0, 2, 0}},
        Case{"max_value = 1.0, negative_slope = 0.5, threshold = 2.0", {-1, 1.5, 2, 3}, {-1.5, -0.25, 0, 1}, {1, 1, 0, 0}},
        Case{"max_value = 1.0, negative_slope = 0.5, threshold = 0.0", {-1, 0, 1, 2}, {-0.5, 0, 1, 1}, {1, 0, 2, 0}},
        Case{"max_value = 6.0, negative_slope = 0.5, threshold = 0.0", {0, 5, 6, 7}, {0, 5, 6, 6}, {0, 2, 0, 0}},
        Case{"negative_slope = 0.5, threshold = 0.0", {-1, 0, 1, 2}, {-0.5, 0, 1, 2}, {1, 1, 2, 2}}}) {
    EXPECT_THAT(runUnary("relu %x {" + arguments + "}", from, from, Tensor({1, 4}, x)).data, near(y)) << arguments;
    auto gradient = run("%x: tensor<?x4xf32>, %dy: tensor<?x4xf32>", from,
                        "%dx = nn.relu_grad %x, %dy {" + arguments +
                            "} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>\nreturn %dx : tensor<?x4xf32>",
                        {Tensor({1, 4}, x), Tensor({1, 4}, {2, 2, 2, 2})});
    EXPECT_THAT(gradient[0].data, near(dx)) << arguments;
  }
}

// exp(0) : exp(log 3) = 1 : 3, however large the numbers.
TEST(Activation, Softmax) {
  double big = 1000;
  Tensor y = runUnary("softmax %x {axis = 1}", "tensor<?x2xf32>", "tensor<?x2xf32>",
                      Tensor({2, 2}, {0, std::log(3), big, big + std::log(3)}));
  EXPECT_THAT(y.data, near({0.25, 0.75, 0.25, 0.75}));
  // Along axis 1 of three: columns.
  y = runUnary("softmax %x {axis = 1}", "tensor<?x2x2xf32>", "tensor<?x2x2xf32>",
               Tensor({1, 2, 2}, {0, 0, std::log(3), 0}));
  EXPECT_THAT(y.data, near({0.25, 0.5, 0.75, 0.5}));
}

// y = (1/4, 3/4), dy = (4, 0): dx = y * (dy - 1).
TEST(Activation, SoftmaxGradient) {
  auto dx = run("%y: tensor<?x2xf32>, %dy: tensor<?x2xf32>", "tensor<?x2xf32>",
                "%dx = nn.softmax_grad %y, %dy {axis = 1} : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>\n"
                "return %dx : tensor<?x2xf32>",
                {Tensor({1, 2}, {0.25, 0.75}), Tensor({1, 2}, {4, 0})});
  EXPECT_THAT(dx[0].data, near({0.75, -0.75}));
}

} // namespace
} // namespace nncc::reference
