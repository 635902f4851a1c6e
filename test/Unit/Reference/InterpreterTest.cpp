// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// What the interpreter refuses.

#include "Reference/Run.h"

#include "mlir/IR/Diagnostics.h"

namespace nncc::reference {
namespace {

/// The text of the error that a run ends in.
std::string errorOf(const std::string &text, llvm::ArrayRef<Tensor> inputs) {
  mlir::MLIRContext context;
  context.loadDialect<nn::NNDialect, mlir::func::FuncDialect>();
  std::string error;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) { error = diagnostic.str(); });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  State state;
  EXPECT_TRUE(mlir::failed(interpret(module->lookupSymbol<mlir::func::FuncOp>("f"), inputs, state)));
  return error;
}

const char *kIdentity = "func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> { return %x : tensor<?x2xf32> }";

TEST(Interpreter, WrongInputs) {
  EXPECT_EQ(errorOf(kIdentity, {}), "@f takes 1 inputs, given 0");
  EXPECT_EQ(errorOf(kIdentity, {Tensor({1, 3})}),
            "@f, input 0: expected the shape [1, 2], found [1, 3] with 3 elements");
}

TEST(Interpreter, MissingVariable) {
  EXPECT_EQ(errorOf("nn.variable @w : tensor<2xf32> {initializer = #nn.call<\"Zeros\", {}>, trainable = true}\n"
                    "func.func @f() -> tensor<2xf32> { %0 = nn.read @w : tensor<2xf32> return %0 : tensor<2xf32> }",
                    {}),
            "'nn.read' op reads the variable 'w', which the state lacks");
}

TEST(Interpreter, NoClassNumber) {
  EXPECT_EQ(
      errorOf(
          "func.func @f(%x: tensor<?x2xf32>, %t: tensor<?xf32>) { "
          "%0 = nn.sparse_categorical_cross_entropy %x, %t : (tensor<?x2xf32>, tensor<?xf32>) -> tensor<f32> return }",
          {Tensor({1, 2}, {0.5, 0.5}), Tensor({1}, {2})}),
      "'nn.sparse_categorical_cross_entropy' op has a target that is no class number");
}

// Values that are not needed any more are dropped, those that are returned are not.
TEST(Interpreter, ReturnsArgumentsAndRepeatedValues) {
  auto results = run("%x: tensor<?x2xf32>", "tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>",
                     "%y = nn.add %x, %x : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>\n"
                     "return %x, %y, %y : tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>",
                     {Tensor({1, 2}, {1, 2})});
  EXPECT_THAT(results[0].data, near({1, 2}));
  EXPECT_THAT(results[2].data, near({2, 4}));
}

} // namespace
} // namespace nncc::reference
