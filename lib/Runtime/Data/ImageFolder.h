// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which pictures a folder holds, and of which classes. Internal to Data.
#ifndef NNCC_LIB_RUNTIME_DATA_IMAGEFOLDER_H
#define NNCC_LIB_RUNTIME_DATA_IMAGEFOLDER_H

#include "nncc/Runtime/Data/Codecs.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nncc::runtime {

struct ImageFile {
  std::string name;        ///< below the root: "cat/a.png"
  int64_t bytes, modified; ///< size; time of the last change, in ns
  int64_t label;
};

struct ImageFolder {
  std::string root;
  std::vector<std::string> classes;
  std::vector<ImageFile> files; ///< by class, then by name

  std::string pathOf(int64_t index) const { return root + "/" + files[static_cast<size_t>(index)].name; }
};

/// True if `root` holds folders `train` and `test` that hold folders themselves.
bool hasTrainAndTest(const std::string &root);

/// The sub-folders of `root` in the order of their names are the classes, unless they are given; pictures may lie
/// deeper in them. Names that start with a dot, and files that are no pictures by their names, are passed over. Throws
/// Error(exitBadInput).
ImageFolder listImages(const std::string &root, const std::vector<std::string> *classes = nullptr);
/// The pictures in a folder and those in it, by name, or one file; without classes.
ImageFolder listPictures(const std::string &path);
/// The size of the first picture that has one; 0x0 where none has.
nncc_picture_size firstPictureSize(const ImageFolder &folder);

} // namespace nncc::runtime
#endif // NNCC_LIB_RUNTIME_DATA_IMAGEFOLDER_H
