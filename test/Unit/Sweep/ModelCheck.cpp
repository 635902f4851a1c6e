// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Sweep/ModelCheck.h"

#include "Sweep/ReferenceRun.h"
#include "nncc/Analysis/ParameterLayout.h"
#include "nncc/Dialect/NN/Ops/Optimizer.h"
#include "nncc/Pipeline/Compiler.h"
#include "nncc/Pipeline/Passes.h"
#include "nncc/Reference/GradCheck.h"
#include "nncc/Reference/RandomValues.h"
#include "nncc/Runtime/Core/Instance.h"
#include "nncc/Transforms/Entries.h"
#include "nncc/Transforms/Passes.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <set>

using namespace mlir;
using namespace nncc;
using namespace nncc::sweep;
using reference::Tensor;

namespace {

/// -mcpu= for vectors of 128, 256 and 512 bits, as far as this machine runs them.
const std::vector<std::string> &hostCpus() {
  static const std::vector<std::string> cpus = [] {
    llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
    std::vector<std::string> found = {"x86-64"};
    if (features.lookup("avx2") && features.lookup("fma"))
      found.push_back("x86-64-v3");
    if (features.lookup("avx512f") && features.lookup("avx512vl"))
      found.push_back("x86-64-v4");
    return found;
  }();
  return cpus;
}

struct EntryKind {
  const char *name;
  nncc_entry_kind kind;
};
constexpr EntryKind kEntries[] = {{"predict", NNCC_ENTRY_PREDICT},
                                  {"evaluate", NNCC_ENTRY_EVALUATE},
                                  {"train_step", NNCC_ENTRY_TRAIN_STEP},
                                  {"gradients", NNCC_ENTRY_GRADIENTS},
                                  {"gradients_training", NNCC_ENTRY_GRADIENTS_TRAINING}};

/// A compiled model in the runtime.
class Machine {
public:
  Machine(const nncc_program *program, int64_t threads) : program(program) {
    nncc_message message = {};
    EXPECT_EQ(nncc_instance_create(program, threads, &instance, &message), NNCC_OK) << (message.text ? message.text : "");
    nncc_message_free(&message);
  }
  ~Machine() { nncc_instance_destroy(instance); }
  Machine(const Machine &) = delete;

  /// Who runs the units of steps: the runtime, or one after the other from the last one on. A unit that writes where another
  /// one does would be overwritten otherwise, most of the time.
  enum class Order { Runtime, Backward };

  /// Runs an entry; what it leaves goes by the names of `runReference`. All memory holds NaN before.
  std::vector<NamedTensor> run(const EntryKind &which, const Start &start, int64_t batch, Order order = Order::Runtime) {
    const nncc_entry *entry = program->entries[which.kind];
    EXPECT_EQ(nncc_reserve(instance, which.kind, batch), NNCC_OK);
    std::memset(instance->arena, 0xFF, instance->arena_bytes);
    nncc_instance_reset_optimizer(instance);
    for (int64_t i = 0; i < program->variable_count; ++i) {
      const nncc_variable &variable = program->variables[i];
      const Tensor &value = start.state.variables.at(variable.path);
      for (int64_t k = 0; k < variable.elements; ++k) {
        instance->parameters[variable.offset + k] = float(value[k]);
        if (variable.trainable)
          instance->gradients[variable.offset + k] = std::numeric_limits<float>::quiet_NaN();
      }
    }
    nncc_instance_parameters_changed(instance);
    return again(which, start, batch, entry, order);
  }

  /// The same once more, with what the last run kept.
  std::vector<NamedTensor> again(const EntryKind &which, const Start &start, int64_t batch, const nncc_entry *entry,
                                 Order order = Order::Runtime) {
    nncc_scalars *scalars = nncc_instance_scalars(instance);
    *scalars = {};
    scalars->seed = start.state.seed;
    scalars->step = start.state.step;
    scalars->learning_rate = float(start.state.learningRate);
    for (auto [index, input] : llvm::enumerate(start.inputs)) {
      const nncc_region *region = int64_t(index) < program->input_count ? &entry->inputs[index]
                                  : entry->target.elements.per_sample    ? &entry->target
                                                                         : &entry->output_gradient;
      nncc_copy_in(instance, region, batch, std::vector<float>(input.data.begin(), input.data.end()).data());
    }
    if (order == Order::Backward)
      runBackward(entry, batch);
    else
      EXPECT_EQ(nncc_run(instance, which.kind, batch), NNCC_OK);

    std::vector<NamedTensor> all;
    auto add = [&](const nncc_region &region) {
      std::vector<float> values(nncc_region_elements(&region, batch));
      nncc_copy_out(instance, &region, batch, values.data());
      append(all, "result " + std::to_string(all.size()), values.data(), values.size());
    };
    add(entry->output);
    if (entry->loss.elements.fixed)
      add(entry->loss);
    for (int64_t i = 0; entry->input_gradients && i < program->input_count; ++i)
      add(entry->input_gradients[i]);
    const bool hasGradients = which.kind >= NNCC_ENTRY_TRAIN_STEP;
    for (int64_t i = 0; i < program->variable_count; ++i) {
      const nncc_variable &variable = program->variables[i];
      if (hasGradients && variable.trainable)
        append(all, std::string("gradient of ") + variable.path, instance->gradients + variable.offset, variable.elements);
      append(all, variable.path, instance->parameters + variable.offset, variable.elements);
      for (int64_t slot = 0; which.kind == NNCC_ENTRY_TRAIN_STEP && variable.trainable && slot < program->optimizer_slots; ++slot)
        append(all, "slot " + std::to_string(slot) + " of " + variable.path,
               instance->state + slot * program->trainable_floats + variable.offset, variable.elements);
    }
    return all;
  }

private:
  void runBackward(const nncc_entry *entry, int64_t batch) {
    for (const nncc_step &step : llvm::ArrayRef(entry->steps, entry->step_count))
      for (int64_t unit = step.units.fixed + step.units.per_sample * batch; unit-- > 0;)
        step.kernel(instance->arena, instance->parameters, instance->gradients, instance->state, batch, unit, unit + 1, 0);
  }

  static void append(std::vector<NamedTensor> &all, std::string name, const float *values, int64_t count) {
    all.push_back({std::move(name), Tensor({count}, std::vector<double>(values, values + count))});
  }

  const nncc_program *program;
  nncc_instance *instance = nullptr;
};

class ModelCheck {
public:
  explicit ModelCheck(const GeneratedModel &model) : model(model), random(model.seed), compiler(options()) {
    // Each takes its time to compile: gradients in one form, and not always the loss alone.
    for (const EntryKind &entry : kEntries) {
      const nncc_entry_kind leftOut = isTraining() ? NNCC_ENTRY_GRADIENTS : NNCC_ENTRY_GRADIENTS_TRAINING;
      if (entry.kind == leftOut || (entry.kind == NNCC_ENTRY_EVALUATE && model.seed % 4 != 0))
        continue;
      entries.push_back(entry);
      names.push_back(entry.name);
    }
  }

  void run() {
    static const bool isRegistered = (registerPassManagerCLOptions(), true); // the compiler asks for them
    (void)isRegistered;
    if (compiler.load(model.text, "sweep.nn") != pipeline::ExitStatus::Success) {
      ADD_FAILURE() << "the front end rejects the model";
      return;
    }
    ScopedDiagnosticHandler handler(compiler.model().getContext(), [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        ADD_FAILURE() << diagnostic.str();
      return success();
    });
    checkGradients();
    std::unique_ptr<codegen::JitProgram> program;
    if (compiler.compile(names, program, model.batch) != pipeline::ExitStatus::Success) {
      ADD_FAILURE() << "the compiler fails";
      return;
    }
    checkParameterCount(program->program());
    if (!makeReference())
      return;
    drawStart(program->program());
    findUpdated();
    Machine one(program->program(), 1), three(program->program(), 3);
    for (const EntryKind &entry : entries)
      checkEntry(entry, one, three, program->program());
  }

private:
  pipeline::CompilerOptions options() const {
    pipeline::CompilerOptions options;
    options.target.cpu = hostCpus()[model.seed / 7 % hostCpus().size()];
    options.target.optLevel = 1; // kernels are chosen before
    return options;
  }

  bool isTraining() const { return model.seed / 3 % 2; }

  /// Of the fused graph, in f64.
  void checkGradients() {
    reference::GradCheckOptions options;
    options.seed = model.seed + 1;
    options.batch = std::min<int64_t>(model.batch, 2);
    options.samples = 4;
    options.training = isTraining();
    EXPECT_EQ(compiler.checkGradients(options), pipeline::ExitStatus::Success);
  }

  static void checkParameterCount(const nncc_program *program) {
    int64_t parameters = 0, counted = 0;
    for (int64_t i = 0; i < program->variable_count; ++i)
      parameters += program->variables[i].elements;
    const llvm::StringRef summary = program->summary, label = "Total params: ";
    const size_t at = summary.find(label);
    ASSERT_NE(at, llvm::StringRef::npos) << summary.str();
    ASSERT_FALSE(summary.substr(at + label.size()).consumeInteger(10, counted));
    EXPECT_EQ(counted, parameters);
  }

  /// The entries without fusion, but that of a loss with the activation before it: Keras adds no epsilon there.
  bool makeReference() {
    reference = compiler.model().clone();
    PassManager passes(reference->getContext());
    NNMakeEntriesOptions makeEntries;
    makeEntries.entries.assign(names.begin(), names.end());
    passes.addPass(createNNMakeEntries(makeEntries));
    passes.addPass(createNNFuseLoss());
    passes.addPass(createNNAutodiff());
    return succeeded(passes.run(*reference));
  }

  /// Parameters are those of the gradient check, as f32.
  void drawStart(const nncc_program *program) {
    state = reference::makeRandomState(compiler.model(), model.seed);
    for (auto &[path, tensor] : state.variables)
      toFloats(tensor);
    state.seed = model.seed * 77 + 1;
    state.learningRate = 0.0625;
    state.slots.resize(program->optimizer_slots);
    for (int64_t slot = 0; slot < program->optimizer_slots; ++slot)
      for (int64_t i = 0; i < program->variable_count; ++i)
        if (const nncc_variable &variable = program->variables[i]; variable.trainable) {
          Tensor &tensor = state.slots[slot][variable.path] = state.variables[variable.path];
          std::fill(tensor.data.begin(), tensor.data.end(), program->optimizer_slot_initial[slot]);
        }
    for (const Feed &feed : model.feeds) {
      llvm::SmallVector<int64_t> shape = {model.batch};
      shape.append(feed.shape.begin(), feed.shape.end());
      Tensor tensor = random.tensor(shape, -1, 1);
      for (double &x : tensor.data)
        if (feed.classes)
          x = double(random.below(feed.classes));
      inputs.push_back(toFloats(tensor));
    }
  }

  /// Gradients of large kernels are not stored, but go into the step at once.
  void findUpdated() {
    OwningOpRef<ModuleOp> fused = compiler.model().clone();
    PassManager passes(fused->getContext());
    pipeline::buildEntryPipeline(passes, {"train_step"});
    EXPECT_TRUE(succeeded(passes.run(*fused)));
    fused->walk([&](nn::StoreGradientOp store) {
      if (store.getUpdated())
        updated.insert("gradient of " + store.getVariable().str());
    });
  }

  static Tensor &toFloats(Tensor &tensor) {
    for (double &x : tensor.data)
      x = float(x);
    return tensor;
  }

  /// What the last argument of an entry is fed with: labels, or the output's gradient.
  Tensor drawLast(func::FuncOp function) {
    llvm::SmallVector<int64_t> shape(cast<RankedTensorType>(function.getArgumentTypes().back()).getShape());
    shape.front() = model.batch;
    auto train = reference->getOperation()->getAttrOfType<DictionaryAttr>(kTrainAttrName);
    int64_t classes = cast<RankedTensorType>(function.getResultTypes().front()).getShape().back();
    Tensor tensor = findArgument(function, kTargetName)
                        ? reference::makeRandomTarget(train.getAs<nn::CallAttr>("loss").getName(), shape, classes, random)
                        : random.tensor(shape, -1, 1);
    return toFloats(tensor);
  }

  void checkEntry(const EntryKind &entry, Machine &one, Machine &three, const nncc_program *program) {
    Start start{reference->lookupSymbol<func::FuncOp>(entry.name), {}, state};
    start.inputs = inputs;
    if (start.function.getNumArguments() > inputs.size())
      start.inputs.push_back(drawLast(start.function));
    FailureOr<ReferenceRun> expected = runReference(start);
    ASSERT_TRUE(succeeded(expected)) << entry.name;
    std::vector<NamedTensor> actual = one.run(entry, start, model.batch);
    expectSame(actual, three.run(entry, start, model.batch), std::string(entry.name) + ", three threads");
    expectSame(actual, one.run(entry, start, model.batch, Machine::Order::Backward), std::string(entry.name) + ", units from the last one on");
    if (entry.kind == NNCC_ENTRY_PREDICT) // the three hold what their last run kept
      expectSame(actual, three.again(entry, start, model.batch, program->entries[entry.kind]), "a second prediction");
    if (entry.kind == NNCC_ENTRY_TRAIN_STEP)
      llvm::erase_if(actual, [&](const NamedTensor &one) { return updated.count(one.name); });
    expectClose(start, actual, *expected, model.seed);
  }

  static void expectSame(const std::vector<NamedTensor> &a, const std::vector<NamedTensor> &b, const std::string &what) {
    for (auto [x, y] : llvm::zip_equal(a, b))
      EXPECT_EQ(std::memcmp(x.tensor.data.data(), y.tensor.data.data(), x.tensor.size() * sizeof(double)), 0)
          << what << ": other bits in " << x.name;
  }

  const GeneratedModel &model;
  reference::Random random;
  pipeline::Compiler compiler;
  std::vector<EntryKind> entries;
  std::vector<std::string> names; ///< of the entries
  OwningOpRef<ModuleOp> reference;
  reference::State state;
  llvm::SmallVector<Tensor> inputs;
  std::set<std::string> updated;
};

} // namespace

void sweep::checkModel(const GeneratedModel &model) {
  SCOPED_TRACE("seed " + std::to_string(model.seed) + ", for " + model.layer->name + ", batch " +
               std::to_string(model.batch) + ", " + hostCpus()[model.seed / 7 % hostCpus().size()] + "\n" + model.text +
               "again: NNCC_SWEEP_SEED=" + std::to_string(model.seed) + " NNCC_SWEEP=1 SweepTests");
  ModelCheck(model).run();
}
