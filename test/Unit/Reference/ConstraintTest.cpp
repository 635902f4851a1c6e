// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The reference of constraints on numbers worked out by hand.

#include "Reference/Run.h"

namespace nncc::reference {
namespace {

/// The variable after the constraint.
std::vector<double> constrained(const std::string &op, const std::string &attributes, const Tensor &variable) {
  std::string type = "tensor<";
  for (int64_t extent : variable.shape)
    type += std::to_string(extent) + "x";
  State state;
  state.variables["w"] = variable;
  run("", "", "nn.constrain_" + op + " @w " + attributes + "\nreturn", {}, state,
      "nn.variable @w : " + type + "f32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n");
  return state.variables["w"].data;
}

std::string limits(const std::string &axes, const std::string &least, const std::string &most,
                   const std::string &rate = "1.0") {
  return "{axes = array<i64" + (axes.empty() ? "" : ": " + axes) + ">, min_value = " + least + ", max_value = " + most +
         ", rate = " + rate + "}";
}

/// Columns of the norms 5, 0 and 1.
const Tensor kColumns({2, 3}, {3, 0, 0.6, 4, 0, -0.8});

TEST(Constraint, MaximumOfColumns) {
  EXPECT_THAT(constrained("norm", limits("0", "0.0", "2.0"), kColumns), near({1.2, 0, 0.6, 1.6, 0, -0.8}, 1e-6));
}

// Rows of the norms 5 and 13.
TEST(Constraint, MaximumOfRows) {
  Tensor rows({2, 2}, {3, 4, -5, 12});
  EXPECT_THAT(constrained("norm", limits("1", "0.0", "6.5"), rows), near({3, 4, -2.5, 6}, 1e-6));
}

TEST(Constraint, MinimumAndRate) {
  EXPECT_THAT(constrained("norm", limits("0", "2.0", "4.0"), kColumns), near({2.4, 0, 1.2, 3.2, 0, -1.6}, 1e-5));
  // Half of the way: from 5 to 4.5, from 1 to 1.5.
  EXPECT_THAT(constrained("norm", limits("0", "2.0", "4.0", "0.5"), kColumns), near({2.7, 0, 0.9, 3.6, 0, -1.2}, 1e-5));
}

// The epsilon is added to the norm.
TEST(Constraint, Epsilon) {
  EXPECT_THAT(constrained("norm", limits("0", "0.0", "1.0"), Tensor({1}, {3e-7})), near({2.25e-7}, 1e-20));
  EXPECT_THAT(constrained("unit_norm", "{axes = array<i64: 0>}", Tensor({1}, {3e-7})), near({0.75}));
}

TEST(Constraint, UnitNorm) {
  EXPECT_THAT(constrained("unit_norm", "{axes = array<i64: 0>}", kColumns), near({0.6, 0, 0.6, 0.8, 0, -0.8}, 1e-6));
  // Over all axes; over none, each element by itself.
  Tensor square({2, 2}, {1, -5, 7, 5});
  EXPECT_THAT(constrained("unit_norm", "{axes = array<i64: 0, 1>}", square), near({0.1, -0.5, 0.7, 0.5}, 1e-6));
  EXPECT_THAT(constrained("unit_norm", "{axes = array<i64>}", square), near({1, -1, 1, 1}, 1e-6));
}

// Over the outer and the inner axis: (1, 2, 2, 4) and (3, 1, 1, 5) have the norms 5 and 6.
TEST(Constraint, NormOverAxesThatAreApart) {
  EXPECT_THAT(constrained("unit_norm", "{axes = array<i64: 0, 2>}", Tensor({2, 2, 2}, {1, 2, 3, 1, 2, 4, 1, 5})),
              near({0.2, 0.4, 0.5, 1.0 / 6, 0.4, 0.8, 1.0 / 6, 5.0 / 6}, 1e-6));
}

TEST(Constraint, NonNegative) {
  EXPECT_THAT(constrained("non_negative", "", Tensor({4}, {1, -2, 0, 0.5})), near({1, 0, 0, 0.5}));
}

// Numbers are those of the elements, 0 to n * n - 1; as Keras 2.15 computes them.
TEST(Constraint, Radial) {
  auto radial = [](int64_t n) { return constrained("radial", "", counting({n, n, 1, 1}, 0)); };
  EXPECT_THAT(radial(2), near({0, 0, 0, 0}));
  EXPECT_THAT(radial(3), near({4, 4, 4, 4, 0, 4, 4, 4, 4}));
  EXPECT_THAT(radial(4), near({15, 15, 15, 15, 15, 5, 5, 15, 15, 5, 5, 15, 15, 15, 15, 15}));
  EXPECT_THAT(radial(5), near({18, 18, 18, 18, 18, 18, 12, 12, 12, 18, 18, 12, 6,
                               12, 18, 18, 12, 12, 12, 18, 18, 18, 18, 18, 18}));
}

// Each channel and filter by itself.
TEST(Constraint, RadialChannels) {
  EXPECT_THAT(constrained("radial", "", counting({2, 2, 1, 3}, 0)), near({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}));
}

} // namespace
} // namespace nncc::reference
