// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constraints on norms. A unit sums the squares of its norms' elements (in f64, in an order that depends on the shape
// only) and scales these elements. Where sums are cut into chunks, that is two steps: the sums of the chunks; then each
// chunk is scaled by what all chunks of its norm say.
#include "ConstrainNorm.h"
#include "Rows.h"
#include "nncc/Kernels/NormPlan.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace nncc;
using namespace nncc::kernels;

namespace {

enum class Task { Whole, Sums, Scale };

class NormEmitter {
public:
  NormEmitter(Emit &emit, const NormPlan &plan, const NormRule &rule, Task task, Value variable, Value sums)
      : emit(emit), plan(plan), rule(rule), task(task), variable(variable), sums(sums) {}

  void emitUnit(Value unit) {
    Value chunk = emit.rem(unit, plan.chunks), rest = emit.div(unit, plan.chunks);
    // Where the norm's first chunk and its own stand among the sums.
    Value firstSum = emit.mul(emit.sub(unit, chunk), plan.width), ownSum = emit.mul(unit, plan.width);
    Value group = emit.rem(rest, plan.groups()), place = emit.div(rest, plan.groups());
    Value start = offsetOf(place, plan.kept);
    if (plan.rows)
      split(chunk, plan.chunks, plan.chunkSize, plan.inner, [&](int64_t count) {
        emitRow(emit.add(start, emit.mul(chunk, plan.chunkSize)), count, firstSum, ownSum);
      });
    else
      split(group, plan.groups(), plan.width, plan.inner, [&](int64_t count) {
        emitColumns(emit.add(start, emit.mul(group, plan.width)), chunk, count, firstSum, ownSum);
      });
  }

private:
  /// `body` for the part `number` of `total` elements in `parts` parts of `size`, the last of which is what remains.
  void split(Value number, int64_t parts, int64_t size, int64_t total, llvm::function_ref<void(int64_t)> body) {
    const int64_t lastSize = total - (parts - 1) * size;
    if (parts == 1 || size == lastSize)
      return body(lastSize);
    Value last = emit.index(parts - 1);
    emit.ifThen(emit.compare(arith::CmpIPredicate::slt, number, last), [&] { body(size); });
    emit.ifThen(emit.compare(arith::CmpIPredicate::eq, number, last), [&] { body(lastSize); });
  }

  /// Where a place in some runs lies, the innermost of them counted fastest.
  Value offsetOf(Value place, ArrayRef<NormPlan::Run> runs) {
    Value offset = emit.index(0);
    for (const NormPlan::Run &run : llvm::reverse(runs.drop_front(runs.empty() ? 0 : 1))) {
      offset = emit.add(offset, emit.mul(emit.rem(place, run.extent), run.distance));
      place = emit.div(place, run.extent);
    }
    return runs.empty() ? offset : emit.add(offset, emit.mul(place, runs.front().distance));
  }

  Value square(Value at, int64_t width) {
    Value x = emit.load(variable, at, width);
    return emit.mulf(x, x);
  }
  void scale(Value at, int64_t width, Value factor) {
    Value x = emit.load(variable, at, width);
    emit.store(rule.apply(emit, x, emit.splat(factor, x.getType())), variable, at);
  }
  /// From the sums of squares, f64.
  Value factorOf(Value sum) { return rule.factor(emit, emit.truncate(emit.sqrt(sum))); }

  /// `count` elements of one norm that follow each other, in each of the summed places.
  void emitRow(Value start, int64_t count, Value firstSum, Value ownSum) {
    auto zero = [&] { return emit.constant(emit.builder.getF64Type(), 0.0); };
    auto forPlaces = [&](ValueRange init, Emit::CarryBody body) {
      return emit.loop(emit.index(0), emit.index(plan.summedPlaces()), 1, init, [&](Value place, ValueRange carried) {
        return body(emit.add(start, offsetOf(place, plan.summed)), carried);
      });
    };
    Value sum;
    if (task == Task::Scale)
      sum = emit.loop(emit.index(0), emit.index(plan.chunks), 1, zero(), [&](Value chunk, ValueRange carried) {
        return SmallVector<Value>{emit.addf(carried[0], emit.loadScalar(sums, emit.add(firstSum, chunk)))};
      })[0];
    else
      sum = forPlaces(zero(), [&](Value from, ValueRange carried) {
        auto element = [&](Value at, int64_t width) { return square(emit.add(from, at), width); };
        return SmallVector<Value>{emit.addf(carried[0], sumRowWide(emit, count, element))};
      })[0];
    if (task == Task::Sums)
      return emit.store(sum, sums, ownSum);
    Value factor = factorOf(sum);
    forPlaces({}, [&](Value from, ValueRange) {
      emit.pieces(count, [&](Value at, int64_t width) { scale(emit.add(from, at), width, factor); });
      return SmallVector<Value>();
    });
  }

  /// `count` norms side by side, of the summed places of a chunk.
  void emitColumns(Value start, Value chunk, int64_t count, Value firstSum, Value ownSum) {
    SmallVector<Emit::Part> parts;
    emit.pieceGroups(count, llvm::divideCeil(count, emit.target.lanes()),
                     [&](Value, ArrayRef<Emit::Part> all) { parts.assign(all.begin(), all.end()); });
    Value from = emit.mul(chunk, plan.chunkSize);
    Value to = emit.min(emit.add(from, plan.chunkSize), emit.index(plan.summedPlaces()));
    SmallVector<Value> totals;
    for (Emit::Part part : parts)
      totals.push_back(emit.constant(emit.vectorType(part.width, emit.builder.getF64Type()), 0.0));
    auto addAll = [&](ValueRange carried, llvm::function_ref<Value(Emit::Part)> term) {
      SmallVector<Value> next;
      for (auto [total, part] : llvm::zip_equal(carried, parts))
        next.push_back(emit.addf(total, term(part)));
      return next;
    };
    if (task == Task::Scale)
      totals = emit.loop(emit.index(0), emit.index(plan.chunks), 1, totals, [&](Value other, ValueRange carried) {
        Value at = emit.add(firstSum, emit.mul(other, plan.width));
        return addAll(carried, [&](Emit::Part part) { return emit.load(sums, emit.add(at, part.offset), part.width); });
      });
    else
      totals = emit.loop(from, to, 1, totals, [&](Value place, ValueRange carried) {
        Value at = emit.add(start, offsetOf(place, plan.summed));
        return addAll(carried,
                      [&](Emit::Part part) { return emit.extend(square(emit.add(at, part.offset), part.width)); });
      });
    if (task == Task::Sums) {
      for (auto [total, part] : llvm::zip_equal(totals, parts))
        emit.store(total, sums, emit.add(ownSum, part.offset));
      return;
    }
    SmallVector<Value> factors;
    for (Value total : totals)
      factors.push_back(factorOf(total));
    emit.loop(from, to, 1, [&](Value place) {
      Value at = emit.add(start, offsetOf(place, plan.summed));
      for (auto [factor, part] : llvm::zip_equal(factors, parts))
        scale(emit.add(at, part.offset), part.width, factor);
    });
  }

  Emit &emit;
  const NormPlan &plan;
  const NormRule &rule;
  Task task;
  Value variable, sums;
};

} // namespace

void kernels::addNormSteps(KernelBuilder &kernels, Operation *op, StringRef path, RankedTensorType type,
                           ArrayRef<int64_t> axes, const NormRule &rule) {
  const NormPlan plan = planNorms(type.getShape(), axes, kernels.target().lanes());
  const int64_t count = type.getNumElements();
  BufferId sums;
  if (plan.chunks > 1)
    sums = kernels.addTemporary(MemRefType::get({plan.units() * plan.width}, Float64Type::get(op->getContext())));
  auto addTask = [&](StringRef what, Task task, int64_t flopsPerElement) {
    kernels.describeNextStep(planText(plan));
    kernels.addStep(op, what, {plan.units(), 0}, {flopsPerElement * count, 0}, [&](Kernel &kernel) {
      Emit emit(kernel, kernels.target());
      Value variable = kernels.flatVariable(kernel, path); // counts as read once
      const int64_t more = task == Task::Whole ? 2 : task == Task::Scale ? 1 : 0;
      kernels.countMoved(more * sizeof(float) * count);
      NormEmitter norms(emit, plan, rule, task, variable,
                        task == Task::Whole ? Value() : kernels.flat(kernel, sums));
      forUnits(emit, kernel, [&](Value unit) { norms.emitUnit(unit); });
    });
  };
  if (plan.chunks == 1)
    return addTask("constrain norms", Task::Whole, 3);
  addTask("norms to constrain", Task::Sums, 2);
  addTask("constrain norms", Task::Scale, 1);
}
