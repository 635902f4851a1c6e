// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_LIB_FRONTEND_ANALYZER_H
#define NNCC_LIB_FRONTEND_ANALYZER_H

#include "LayerRules.h"
#include "Reporter.h"

#include "nncc/Frontend/Sema.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>

namespace nncc::frontend {

/// A tensor in a pipeline. In a block that is checked without a use it has no number.
struct Tensor {
  std::optional<TensorNumber> number;
  KnownShape shape;
};

/// What flows through a pipeline: one tensor, or several behind a list. Broken after an error: then no layers are made of it
/// any more, and what is not known (the number of tensors, ranks, extents) is not complained about.
struct Tensors {
  llvm::SmallVector<Tensor, 1> list;
  bool isBroken = false;
  bool isCountKnown = true;

  static Tensors broken() { return {{Tensor{}}, true, false}; }
  /// One tensor of which only the rank may be known.
  static Tensors brokenOne(const KnownShape &shape) {
    return {{Tensor{std::nullopt, shape.isRankKnown ? KnownShape::ofRank(shape.extents.size()) : KnownShape{}}}, true, true};
  }
};

/// Semantic analysis. Parts: Sema.cpp (declarations, the order of things), SemaConstants.cpp (constants, names in values),
/// SemaBlocks.cpp (blocks and bodies), SemaLayers.cpp (pipelines and layers), SemaTrain.cpp (the train section).
class Analyzer {
public:
  Analyzer(const SourceFile &file, const ast::File &tree, const FrontendOptions &options, Diagnostics &diagnostics)
      : file(file), tree(tree), options(options), diagnostics(diagnostics), reporter(diagnostics) {}

  std::optional<Model> run();

private:
  struct Global {
    bool isBlock = false;
    size_t index = 0;
    SourceRange where;
    bool isUsed = false;
  };

  /// What the body of a model or block can see besides the constants and blocks.
  struct Frame {
    const ast::Body *body = nullptr;
    llvm::StringMap<Value> parameters;
    llvm::StringMap<Tensors> tensors;
    /// Where the names above are declared; `isUsed` for lets.
    struct Local {
      SourceRange where;
      bool isLet = false;
      bool isUsed = false;
    };
    llvm::MapVector<llvm::StringRef, Local> locals;
    /// Names whose declaration was reported; their uses are not as well.
    llvm::StringSet<> misdeclared;
    /// Declarations are checked here: the body of the model, or of a block where it stands.
    bool checksDeclarations = false;
    /// Something in the declarations could not be read, so an unknown name says nothing.
    bool isIncomplete = false;
  };

  /// A name of a layer that was created, or would have been but for an error.
  struct Naming {
    std::string name;
    SourceRange explicitWhere; // of `name=`; empty for an automatic name
    llvm::StringRef className;
    SourceRange where;

    bool isExplicit() const { return explicitWhere.end != 0; }
  };

  /// Constants, and the parameters of the frame if there is one.
  class FrameScope : public NameScope {
  public:
    FrameScope(Analyzer &analyzer, Frame *frame) : analyzer(analyzer), frame(frame) {}
    std::optional<Value> lookUp(llvm::StringRef name, SourceRange where) const override {
      return analyzer.lookUpValue(name, where, frame);
    }
    std::vector<llvm::StringRef> names() const override;

  private:
    Analyzer &analyzer;
    Frame *frame;
  };

  // Sema.cpp.
  void declareGlobals();
  bool declare(const ast::Name &name, Frame *frame, bool isLet);
  bool checkDeclaration(const ast::Name &name, Frame *frame, bool isLet);
  void checkModel();
  void checkNames();
  void checkExplicitNames(llvm::ArrayRef<Naming> namings, llvm::StringMap<const Naming *> holders);
  void warnUnused();
  void warnUnusedLets(const Frame &frame);
  void checkTotals();
  void markUsed();

  // SemaConstants.cpp.
  void applyDefines();
  void evaluateConstants();
  void evaluateConstant(size_t index);
  void collectConstants(const ast::Value &value, llvm::SmallVectorImpl<std::pair<size_t, SourceRange>> &found);
  std::optional<Value> lookUpValue(llvm::StringRef name, SourceRange where, Frame *frame);
  Value evaluateIn(const ast::Value &value, Frame *frame);
  std::vector<NamedValue> evaluateArgumentsIn(llvm::ArrayRef<ast::Argument> arguments, Frame *frame);
  /// Reports symbols that no argument takes. For values whose use is not known: constants and arguments of blocks.
  bool checkSymbols(const Value &value, Frame *frame);

  // SemaBlocks.cpp.
  void findRecursion();
  void checkBlock(const ast::Block &block);
  Tensors evaluateBody(const ast::Body &body, Frame &frame);
  Tensors expandBlock(const ast::Block &block, size_t index, const ast::Stage &stage, const Tensors &inputs, Frame &frame);
  bool bindParameters(const ast::Block &block, const ast::Stage &stage, Frame &outer, Frame &inner);
  Tensors applyRepeat(const ast::Stage &stage, const Tensors &inputs, Frame &frame);
  bool countStep(SourceRange where);
  bool enter(SourceRange where);

  // SemaLayers.cpp.
  Tensors evaluatePipeline(const ast::Pipeline &pipeline, Frame &frame);
  Tensors evaluateSource(const ast::Source &source, Frame &frame);
  Tensors lookUpTensor(const ast::Name &name, Frame &frame);
  Tensors applyStage(const ast::Stage &stage, const Tensors &inputs, Frame &frame);
  Tensors applyLayer(const LayerSpec &spec, const ast::Stage &stage, const Tensors &inputs, Frame &frame);
  Tensors unknownStage(const ast::Stage &stage, Frame &frame);
  bool checkInputs(const LayerSpec &spec, const std::string &title, const ast::Stage &stage, const Tensors &inputs);
  void noteInputs(Report &report, const Tensors &inputs);
  std::string automaticName(const LayerSpec &spec);

  // SemaTrain.cpp.
  void checkTrain();
  void checkLoss(const Value &loss);
  void checkOptimizer(const Value &optimizer);
  void checkMetrics(const Value &metrics, const Value &loss);
  void checkCallbacks(const Value &callbacks, const Value &optimizer);
  void checkClassWeight(const Value &weights, const Value &loss);
  void checkAugmentation(const Value &augment);

  const SourceFile &file;
  const ast::File &tree;
  const FrontendOptions &options;
  Diagnostics &diagnostics;
  Reporter reporter;

  llvm::StringMap<Global> globals;
  /// Constants and blocks whose declaration was reported.
  llvm::StringSet<> misdeclared;
  std::map<size_t, ast::Value> overrides; // by constant, from -D
  enum class State : uint8_t { New, Running, Done };
  std::vector<State> constantStates;
  std::vector<Value> constants;

  std::vector<bool> isRecursive; // by block
  std::vector<Naming> namings;
  llvm::StringMap<unsigned> automaticCounts;
  llvm::DenseSet<uint32_t> reportedNames;
  unsigned depth = 0;
  size_t steps = 0;
  size_t genericExpansions = 0;
  /// The use that layers are made for now: as `Layer::block`.
  size_t block = 0;
  /// A block is checked without a use: no layers are made.
  bool isGeneric = false;
  /// A limit was exceeded; nothing more is expanded.
  bool isAborted = false;

  Model model;
  bool isOutputKnown = false;
};

} // namespace nncc::frontend

#endif // NNCC_LIB_FRONTEND_ANALYZER_H
