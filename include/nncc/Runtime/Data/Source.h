// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Data sources: from "idx:DIR?split=train" to samples that fit a model.
//
// A source reads its arrays as they are (RawData); fitting them to the model's inputs and its loss is done in one place for
// all of them (Fit.cpp). A new source is one function and one row in Source.cpp's table.
#ifndef NNCC_RUNTIME_DATA_SOURCE_H
#define NNCC_RUNTIME_DATA_SOURCE_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/Pool.h"
#include "nncc/Runtime/Data/Npy.h"
#include "nncc/Runtime/Data/Rows.h"
#include <string>
#include <utility>
#include <vector>

namespace nncc::runtime {

/// Samples that fit a model.
struct SampleSet {
  int64_t count = 0;
  std::vector<SharedRows> inputs; ///< per model input: rows of its elements
  Floats targets;                 ///< count * program.target.elements
};

/// What a source gives. A source with a test part trains on `train`.
struct Dataset {
  SampleSet train;
  SampleSet test;
  bool hasTest = false;
  std::vector<std::string> classNames; ///< in the order of the class numbers; empty where the source names none
};

/// "kind:location?key=value&key=value", taken apart.
struct SourceSpec {
  std::string text, kind, location;
  std::vector<std::pair<std::string, std::string>> parameters;
  int usageStatus;         ///< status of errors in the specification itself
  bool testPreferred = false; ///< evaluation and validation: where there is a test part, the training part is not read
  bool resize = false;        ///< pictures of another size than the model's are scaled
  std::string cache;          ///< folder for decoded pictures; "": none

  /// The integer parameter `name`, `otherwise` if absent; out of [low, high] is an error.
  int64_t integer(const char *name, int64_t otherwise, int64_t low, int64_t high) const;
  double number(const char *name, double otherwise, double low, double high) const;
  std::string string(const char *name, const std::string &otherwise) const;
  /// true or false, also 1 or 0.
  bool boolean(const char *name, bool otherwise) const;
  /// "train", "test" or "" (absent).
  std::string split() const;
  /// An error for a parameter that is none of `known` (nullptr-terminated).
  void onlyParameters(const char *const *known) const;
  /// An error for a model of several inputs.
  void needOneInput(const nncc_program &program) const;
};

/// One input of all samples, as a source holds it: a row's shape, behind the number of rows.
struct RawInput {
  std::vector<int64_t> shape;
  SharedRows rows;

  RawInput(std::vector<int64_t> shape, SharedRows rows) : shape(std::move(shape)), rows(std::move(rows)) {}
  RawInput(Array array) : shape(array.shape), rows(std::make_shared<FloatRows>(std::move(array.values), array.count())) {}
};

/// What a source holds, one input per model input, and the labels.
struct RawPart {
  std::vector<RawInput> inputs;
  Array labels;
  std::string inputName, labelName; ///< for messages: "array 'x' of 'data.npz'"
  std::vector<std::string> titles;  ///< the same for each of several inputs; may be empty
};
struct RawData {
  RawPart train;
  RawPart test;
  bool hasTest = false;
  std::vector<std::string> classNames;
  bool pictures = false; ///< the axes of a sample may be regrouped (28x28 to 28x28x1 or 784)
};

/// Takes a specification apart. `fromCommandLine`: mistakes in it are wrong usage (2), else a bad model (1).
SourceSpec parseSource(const std::string &text, bool fromCommandLine);

/// Reads a source as it is.
RawData readSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool);
/// Reads a source and fits it to the model. The pool is used by the generated sources; results do not depend on it.
/// With spec.testPreferred and a test part, `test` is all that is read.
Dataset loadDataset(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool);

// --- what a loss wants of its labels (Fit.cpp) -----------------------------------------------------------------------------

enum class LossKind { Binary, Categorical, Sparse, Regression };
LossKind lossKind(const nncc_program &program);
/// Classes that the model tells apart: the last extent of its output, or 2 where that is 1.
int64_t classCount(const nncc_program &program);

/// Checks and converts; throws Error(exitBadInput) that names what was expected and found.
SampleSet fitPart(const nncc_program &program, RawPart part, bool pictures);
/// Throws Error(exitBadInput) unless samples of `shape` (batch axis first) fit the input.
void checkInputShape(const nncc_program &program, int64_t input, const std::vector<int64_t> &shape, bool pictures,
                     const std::string &title);
/// One input alone. `title` names the array in messages.
Floats fitInput(const nncc_program &program, int64_t input, Array array, bool pictures, const std::string &title);
/// The labels alone: class numbers to one-hot rows or back, as the loss takes them; checks their range.
Floats fitLabels(const nncc_program &program, Array labels, int64_t count, const std::string &title);

// --- the sources -----------------------------------------------------------------------------------------------------------

RawData readSynthetic(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool);
RawData readNpzSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool);
RawData readIdxSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool);
RawData readCifar10Source(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool);
RawData readImagesSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool);
RawData readCsvSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool);
/// Pictures to predict: one file, or those in a folder and their names, by name. Held as those of images: are.
RawInput readPictures(const nncc_program &program, const std::string &path, bool resize, const std::string &cache, nncc_pool *pool,
                      std::vector<std::string> &names);
/// Columns of a csv: source that are no labels.
int64_t csvInputColumns(const SourceSpec &spec);
/// One IDX file (http://yann.lecun.com/exdb/mnist), plain or gzipped, of unsigned bytes.
struct IdxFile {
  std::vector<int64_t> shape;
  Bytes values;
};
IdxFile readIdxFile(const std::string &path);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_SOURCE_H
