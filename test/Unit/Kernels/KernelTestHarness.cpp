// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs entries through kernels and through the reference, and compares.
#include "Kernels/KernelTestHarness.h"

#include "nncc/ABI/Program.h"
#include "nncc/Analysis/ParameterLayout.h"
#include "nncc/Codegen/Jit.h"
#include "nncc/Codegen/LowerToLLVM.h"
#include "nncc/Dialect/NN/NNDialect.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Kernels/EntryTable.h"
#include "nncc/Kernels/Passes.h"
#include "nncc/Reference/Interpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;
using reference::Tensor;

namespace {

constexpr int64_t kWorkers = 3;

/// Memory aligned as the runtime's, filled with what no kernel may rely on, and with a guard behind it.
class Memory {
public:
  explicit Memory(int64_t bytes) : size(bytes) {
    int64_t whole = (bytes + kGuard + 63) / 64 * 64;
    data.reset(static_cast<uint8_t *>(std::aligned_alloc(64, whole)));
    std::memset(data.get(), 0xFF, whole);
  }
  uint8_t *bytes() { return data.get(); }
  float *floats() { return reinterpret_cast<float *>(data.get()); }
  bool guardIsWhole() const {
    for (int64_t i = 0; i < kGuard; ++i)
      if (data.get()[size + i] != 0xFF)
        return false;
    return true;
  }

private:
  static constexpr int64_t kGuard = 64;
  struct Free {
    void operator()(uint8_t *memory) const { std::free(memory); }
  };
  int64_t size;
  std::unique_ptr<uint8_t, Free> data;
};

int64_t at(Affine affine, int64_t batch) { return affine.fixed + affine.perSample * batch; }

SmallVector<int64_t> shapeFor(Type type, int64_t batch) {
  SmallVector<int64_t> shape(cast<ShapedType>(type).getShape());
  for (int64_t &extent : shape)
    if (ShapedType::isDynamic(extent))
      extent = batch;
  return shape;
}

class Draw {
public:
  explicit Draw(const test::RunOptions &options) : options(options), engine(options.seed) {}

  Tensor floats(ArrayRef<int64_t> shape, double low, double high) {
    Tensor tensor(shape);
    std::uniform_real_distribution<double> uniform(low, high);
    std::normal_distribution<double> normal;
    for (double &x : tensor.data)
      x = float(options.normal ? normal(engine) : uniform(engine));
    return tensor;
  }
  Tensor argument(unsigned position, Type type) {
    SmallVector<int64_t> shape = shapeFor(type, options.batch);
    Type element = cast<ShapedType>(type).getElementType();
    for (auto [which, classes] : options.classes) {
      if (which != int64_t(position))
        continue;
      if (classes == 1 && isa<FloatType>(element))
        return floats(shape, 0, 1);
      Tensor tensor(shape);
      for (double &x : tensor.data)
        x = double(engine() % uint64_t(classes));
      return tensor;
    }
    return floats(shape, options.low, options.high);
  }

private:
  const test::RunOptions &options;
  std::mt19937_64 engine;
};

/// Elements of a buffer of a type as doubles.
std::vector<double> readElements(const uint8_t *from, Type element, int64_t count) {
  std::vector<double> result(count);
  for (int64_t i = 0; i < count; ++i) {
    if (element.isF32())
      result[i] = reinterpret_cast<const float *>(from)[i];
    else if (element.isInteger(8))
      result[i] = from[i];
    else
      result[i] = reinterpret_cast<const int32_t *>(from)[i];
  }
  return result;
}

void writeElements(uint8_t *to, Type element, const Tensor &tensor) {
  for (int64_t i = 0; i < tensor.size(); ++i) {
    if (element.isF32())
      reinterpret_cast<float *>(to)[i] = float(tensor[i]);
    else if (element.isInteger(8))
      to[i] = uint8_t(tensor[i]);
    else
      reinterpret_cast<int32_t *>(to)[i] = int32_t(tensor[i]);
  }
}

void expectClose(const std::string &what, ArrayRef<double> actual, const Tensor &expected, double tolerance) {
  ASSERT_EQ(int64_t(actual.size()), expected.size()) << what;
  int64_t wrong = 0;
  for (int64_t i = 0; i < expected.size(); ++i) {
    bool bothNaN = std::isnan(actual[i]) && std::isnan(expected[i]);
    bool close = std::abs(actual[i] - expected[i]) <= tolerance * std::max(1.0, std::abs(expected[i]));
    if (bothNaN || close || actual[i] == expected[i])
      continue;
    if (++wrong <= 5)
      ADD_FAILURE() << what << "[" << i << "] of " << expected.size() << ": " << actual[i] << ", expected "
                    << expected[i];
  }
  EXPECT_EQ(wrong, 0) << what << ": wrong elements of " << expected.size();
}

/// What a run leaves.
struct Outcome {
  std::vector<std::vector<double>> results;
  std::vector<float> parameters, gradients, state;
};

template <typename Number> bool sameBits(const std::vector<Number> &a, const std::vector<Number> &b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Number)) == 0);
}

/// How the units of a step are split into calls.
enum class Split { Whole, Units, Reversed };

class TestRun {
public:
  TestRun(const planning::TargetFacts &target, const test::RunOptions &options)
      : target(target), options(options), draw(options) {
    codegen::registerCodegenDialects(registry);
    registry.insert<nn::NNDialect, func::FuncDialect>();
    context.appendDialectRegistry(registry);
    context.disableMultithreading();
  }

  void run(StringRef text) {
    reference::State state;
    FailureOr<SmallVector<Tensor>> expected = interpret(text, state);
    ASSERT_TRUE(succeeded(expected));
    compile();
    if (!program)
      return;
    Outcome whole = execute(Split::Whole);
    compare(whole, *expected, state);
    for (Split split : {Split::Units, Split::Reversed}) {
      Outcome other = execute(split);
      for (size_t i = 0; i < whole.results.size(); ++i)
        EXPECT_TRUE(sameBits(whole.results[i], other.results[i])) << "result " << i << " depends on the partition";
      EXPECT_TRUE(sameBits(whole.parameters, other.parameters)) << "parameters depend on the partition";
      EXPECT_TRUE(sameBits(whole.gradients, other.gradients)) << "gradients depend on the partition";
      EXPECT_TRUE(sameBits(whole.state, other.state)) << "state depends on the partition";
    }
  }

  test::ResultErrors errors(StringRef text) {
    test::ResultErrors errors;
    reference::State state;
    FailureOr<SmallVector<Tensor>> expected = interpret(text, state);
    if (succeeded(expected))
      compile();
    if (!program) {
      ADD_FAILURE() << "not compiled";
      return errors;
    }
    std::vector<double> actual = execute(Split::Whole).results.front();
    const Tensor &exact = expected->front();
    double largest = 0, square = 0;
    for (int64_t i = 0; i < exact.size(); ++i) {
      double error = std::abs(actual[i] - exact[i]);
      errors.largest = std::max(errors.largest, error);
      errors.mean += error * error;
      largest = std::max(largest, std::abs(exact[i]));
      square += exact[i] * exact[i];
    }
    errors.largest /= largest;
    errors.mean = std::sqrt(errors.mean / square);
    return errors;
  }

private:
  /// Reads the module, draws what it starts from and computes what is expected.
  FailureOr<SmallVector<Tensor>> interpret(StringRef text, reference::State &state) {
    module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    if (module)
      for (auto function : module->getOps<func::FuncOp>())
        if (function->hasAttr("nn.entry"))
          entry = function;
    if (!entry) {
      ADD_FAILURE() << "no entry in " << text.str();
      return failure();
    }
    layout = analysis::ParameterLayout::of(*module);
    for (auto store : entry.front().getOps<nn::StoreGradientOp>())
      if (store.getUpdated())
        updated.push_back(store.getVariable().str());

    drawStart();
    for (Type type : entry.getResultTypes())
      resultTypes.push_back(type);
    for (Type type : entry.getArgumentTypes())
      argumentTypes.push_back(type);
    state = start;
    return reference::interpret(entry, inputs, state);
  }

  void drawStart() {
    for (auto [position, type] : llvm::enumerate(entry.getArgumentTypes()))
      inputs.push_back(draw.argument(position, type));
    for (const analysis::VariablePlace &place : layout.variables) {
      bool positive = place.path.ends_with("variance");
      start.variables[place.path.str()] =
          draw.floats(place.type.getShape(), positive ? 0.1 : options.low, positive ? 2 : options.high);
    }
    entry.walk([&](Operation *op) {
      slots = std::max(slots, nn::countStateSlots(op));
    });
    start.slots.resize(slots);
    for (auto &slot : start.slots)
      for (const analysis::VariablePlace &place : layout.variables)
        if (place.trainable)
          slot[place.path.str()] = draw.floats(place.type.getShape(), 0, 1);
    start.seed = options.seed * 0x9E3779B97F4A7C15;
    start.step = options.step;
    start.learningRate = options.learningRate;
  }

  void compile() {
    PassManager passes(&context);
    passes.addPass(createConvertToLoopsPass(target));
    passes.addPass(createShareKernels());
    ASSERT_TRUE(succeeded(passes.run(*module)));
    FailureOr<std::vector<EntryInfo>> entries = decodeEntries(*module);
    ASSERT_TRUE(succeeded(entries));
    ASSERT_EQ(entries->size(), 1u);
    info = entries->front();

    codegen::Program table;
    table.name = "test";
    codegen::Entry &steps = table.entries[NNCC_ENTRY_PREDICT].emplace();
    for (const StepInfo &step : info.steps) {
      codegen::Step out;
      out.what = step.what;
      out.kernelSymbol = step.kernel;
      steps.steps.push_back(out);
    }
    llvm::Expected<std::unique_ptr<codegen::JitProgram>> compiled =
        codegen::JitProgram::create(*module, table, codegen::TargetOptions());
    if (!compiled) {
      ADD_FAILURE() << llvm::toString(compiled.takeError());
      return;
    }
    program = std::move(*compiled);
  }

  void writeVariables(float *to, const std::map<std::string, Tensor> &tensors, bool trainableOnly) {
    for (const analysis::VariablePlace &place : layout.variables) {
      auto found = tensors.find(place.path.str());
      if (found == tensors.end() || (trainableOnly && !place.trainable))
        continue;
      for (int64_t i = 0; i < place.elements; ++i)
        to[place.offset + i] = float(found->second[i]);
    }
  }

  Outcome execute(Split split) {
    int64_t batch = options.batch;
    Memory arena(at(info.arenaBytes, batch) + kWorkers * info.workerBytes);
    Memory parameters(layout.totalFloats * 4), gradients(layout.trainableFloats * 4);
    Memory state(layout.trainableFloats * 4 * slots);
    std::fill_n(parameters.floats(), layout.totalFloats, 0.0f);
    std::fill_n(gradients.floats(), layout.trainableFloats, 0.0f);
    std::fill_n(state.floats(), layout.trainableFloats * slots, 0.0f);
    writeVariables(parameters.floats(), start.variables, false);
    for (int64_t slot = 0; slot < slots; ++slot)
      writeVariables(state.floats() + slot * layout.trainableFloats, start.slots[slot], true);

    nncc_scalars scalars = {};
    scalars.seed = start.seed;
    scalars.step = options.step;
    scalars.learning_rate = options.learningRate;
    std::memcpy(arena.bytes(), &scalars, sizeof scalars);
    for (auto [region, input, type] : llvm::zip_equal(info.arguments, inputs, argumentTypes))
      writeElements(arena.bytes() + at(region.offset, batch), cast<ShapedType>(type).getElementType(), input);

    const nncc_entry *compiled = program->program()->entries[NNCC_ENTRY_PREDICT];
    for (auto [step, code] : llvm::zip_equal(info.steps, llvm::ArrayRef(compiled->steps, compiled->step_count))) {
      int64_t units = at(step.units, batch);
      auto call = [&](int64_t begin, int64_t end, int64_t worker) {
        code.kernel(arena.bytes(), parameters.floats(), gradients.floats(), state.floats(), batch, begin, end, worker);
      };
      switch (split) {
      case Split::Whole:
        call(0, units, 0);
        break;
      case Split::Units:
        for (int64_t unit = 0; unit < units; ++unit)
          call(unit, unit + 1, unit % kWorkers);
        break;
      case Split::Reversed:
        for (int64_t part = kWorkers - 1; part >= 0; --part)
          call(units * part / kWorkers, units * (part + 1) / kWorkers, part);
        break;
      }
    }
    EXPECT_TRUE(arena.guardIsWhole()) << "a kernel wrote beyond the arena";
    EXPECT_TRUE(parameters.guardIsWhole()) << "a kernel wrote beyond the parameters";
    EXPECT_TRUE(gradients.guardIsWhole()) << "a kernel wrote beyond the gradients";
    EXPECT_TRUE(state.guardIsWhole()) << "a kernel wrote beyond the state";

    Outcome outcome;
    for (auto [region, type] : llvm::zip_equal(info.results, resultTypes))
      outcome.results.push_back(readElements(arena.bytes() + at(region.offset, batch),
                                             cast<ShapedType>(type).getElementType(), at(region.elements, batch)));
    auto floats = [](Memory &memory, int64_t count) {
      return std::vector<float>(memory.floats(), memory.floats() + count);
    };
    outcome.parameters = floats(parameters, layout.totalFloats);
    outcome.gradients = floats(gradients, layout.trainableFloats);
    outcome.state = floats(state, layout.trainableFloats * slots);
    return outcome;
  }

  void compareVariables(const std::string &what, ArrayRef<float> actual, const std::map<std::string, Tensor> &expected,
                        bool trainableOnly) {
    for (const analysis::VariablePlace &place : layout.variables) {
      auto found = expected.find(place.path.str());
      if (found == expected.end() || (trainableOnly && !place.trainable))
        continue;
      ArrayRef<float> slice = actual.slice(place.offset, place.elements);
      expectClose(what + " " + place.path.str(), std::vector<double>(slice.begin(), slice.end()), found->second,
                  options.tolerance);
    }
  }

  void compare(const Outcome &outcome, ArrayRef<Tensor> expected, const reference::State &state) {
    for (auto [index, tensor] : llvm::enumerate(expected))
      expectClose("result " + std::to_string(index), outcome.results[index], tensor, options.tolerance);
    compareVariables("variable", outcome.parameters, state.variables, false);
    std::map<std::string, Tensor> gradients = state.gradients;
    for (const std::string &variable : updated)
      gradients.erase(variable); // nobody sees them
    compareVariables("gradient", outcome.gradients, gradients, true);
    for (int64_t slot = 0; slot < slots; ++slot)
      compareVariables("slot " + std::to_string(slot),
                       ArrayRef(outcome.state).slice(slot * layout.trainableFloats, layout.trainableFloats),
                       state.slots[slot], true);
  }

  planning::TargetFacts target;
  test::RunOptions options;
  Draw draw;
  DialectRegistry registry;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp entry;
  std::vector<Type> argumentTypes, resultTypes;
  std::vector<std::string> updated; ///< variables whose kernels update them instead of storing their gradients
  analysis::ParameterLayout layout;
  reference::State start;
  std::vector<Tensor> inputs;
  int64_t slots = 0;
  EntryInfo info;
  std::unique_ptr<codegen::JitProgram> program;
};

} // namespace

std::vector<planning::TargetFacts> test::hostTargets() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  std::vector<planning::TargetFacts> targets;
  bool fma = features.lookup("fma");
  auto add = [&](int64_t bits, int64_t registers, bool fma) {
    planning::TargetFacts target;
    target.vectorBits = bits;
    target.vectorRegisters = registers;
    target.fma = fma;
    targets.push_back(target);
  };
  add(128, 16, false);
  if (features.lookup("avx2"))
    add(256, 16, fma);
  if (features.lookup("avx512f"))
    add(512, 32, fma);
  return targets;
}

void test::expectMatchesReference(StringRef mlirText, const planning::TargetFacts &target, const RunOptions &options) {
  SCOPED_TRACE("vector bits " + std::to_string(target.vectorBits) + ", batch " + std::to_string(options.batch) + "\n" +
               mlirText.str());
  planning::TargetFacts facts = target;
  facts.winograd = options.winograd;
  TestRun(facts, options).run(mlirText);
}

test::ResultErrors test::measureErrors(StringRef mlirText, const planning::TargetFacts &target,
                                       const RunOptions &options) {
  planning::TargetFacts facts = target;
  facts.winograd = options.winograd;
  return TestRun(facts, options).errors(mlirText);
}

void test::expectMatchesReference(StringRef mlirText, const RunOptions &options) {
  for (const planning::TargetFacts &target : hostTargets())
    expectMatchesReference(mlirText, target, options);
}

test::KernelCode test::compileKernels(StringRef mlirText, const planning::TargetFacts &target) {
  KernelCode code;
  DialectRegistry registry;
  codegen::registerCodegenDialects(registry);
  registry.insert<nn::NNDialect, func::FuncDialect>();
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(mlirText, ParserConfig(&context));
  PassManager passes(&context);
  passes.addPass(createConvertToLoopsPass(target));
  if (!module || failed(passes.run(*module))) {
    ADD_FAILURE() << "not compiled: " << mlirText.str();
    return code;
  }
  module->walk([&](Operation *) { ++code.operations; });
  FailureOr<std::vector<EntryInfo>> entries = decodeEntries(*module);
  if (succeeded(entries))
    for (const StepInfo &step : entries->front().steps)
      code.plans.push_back(step.plan);
  return code;
}

std::string test::entryText(StringRef op, const std::vector<std::string> &arguments,
                            const std::vector<std::string> &results) {
  std::string parameters, operandTypes, resultTypes, names;
  for (auto [index, type] : llvm::enumerate(arguments)) {
    parameters += (index ? ", " : "") + ("%arg" + std::to_string(index)) + ": tensor<" + type + ">";
    operandTypes += (index ? ", " : "") + ("tensor<" + type + ">");
  }
  for (auto [index, type] : llvm::enumerate(results)) {
    resultTypes += (index ? ", " : "") + ("tensor<" + type + ">");
    names += (index ? ", " : "") + ("%r" + (results.size() > 1 ? "#" + std::to_string(index) : ""));
  }
  std::string count = results.size() > 1 ? ":" + std::to_string(results.size()) : "";
  return "func.func @test(" + parameters + ") -> (" + resultTypes + ") attributes {nn.entry} {\n  %r" + count + " = " +
         op.str() + " : (" + operandTypes + ") -> (" + resultTypes + ")\n  return " + names + " : " + resultTypes +
         "\n}\n";
}
