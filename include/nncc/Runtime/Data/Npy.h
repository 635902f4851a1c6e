// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dense arrays of floats with their shape, and reading and writing them as NumPy's .npy and .npz.
#ifndef NNCC_RUNTIME_DATA_NPY_H
#define NNCC_RUNTIME_DATA_NPY_H

#include "nncc/Runtime/Data/SampleMemory.h"
#include "nncc/Runtime/Data/Zip.h"
#include <string>
#include <vector>

struct nncc_file;

namespace nncc::runtime {

/// Row-major values; shape includes the batch axis.
struct Array {
  std::vector<int64_t> shape;
  Floats values;
  bool integral = false; ///< the file held integers or booleans

  int64_t count() const { return shape.empty() ? 0 : shape[0]; } ///< samples: the first extent
  int64_t perSample() const;                                    ///< elements of one sample; -1 if that overflows
  std::string shapeText() const;
};

/// Reads f32, f64, bool and all integers of either byte order, C or Fortran order, as floats (NumPy's format 1.0 to 3.0).
/// Throws Error(exitBadInput) naming `name` for anything else, and for sizes that disagree with the file's.
Array readNpy(ByteSource &source, const std::string &name);
Array readNpyFile(const std::string &path);

/// An .npz: a zip of .npy files, stored or deflated, under their names without ".npy".
class NpzFile {
public:
  explicit NpzFile(const std::string &path) : archive(path) {}
  std::vector<std::string> names() const;
  bool contains(const std::string &name) const { return archive.find(name + ".npy") != nullptr; }
  Array read(const std::string &name);

private:
  ZipArchive archive;
};

/// True if the file at `path` starts like a zip archive. Throws where it cannot be read.
bool looksLikeZip(const std::string &path);

/// Writes a version 1.0 .npy of little-endian f32. Throws Error(exitResource).
void writeNpy(nncc_file *file, const std::vector<int64_t> &shape, const float *values);

/// One array of an .npz to be written.
struct NamedArray {
  std::string name;
  std::vector<int64_t> shape;
  const float *values;
};
void writeNpz(nncc_file *file, const std::vector<NamedArray> &arrays);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_NPY_H
