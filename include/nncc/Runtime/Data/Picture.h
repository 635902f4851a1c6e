// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Picture files: to bytes of the size and channels that a model takes.
#ifndef NNCC_RUNTIME_DATA_PICTURE_H
#define NNCC_RUNTIME_DATA_PICTURE_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Data/Codecs.h"
#include <cstdint>
#include <string>
#include <vector>

namespace nncc::runtime {

/// Of a decoded picture: rows from the top, channels innermost.
struct PictureShape {
  int64_t height = 0, width = 0, channels = 0;
  int64_t elements() const { return height * width * channels; }
  bool operator==(const PictureShape &) const = default;
};

/// The functions of libpng and libjpeg. Throws Error(exitBadInput) in a program that was linked without them.
const nncc_picture_codecs &pictureCodecs();

/// Has the name of a picture file: .png, .jpg, .jpeg in any case.
bool isPictureName(const std::string &name);
/// Is there a folder, or a link to one?
bool isFolder(const std::string &path);

/// How an input of a model takes pictures: H x W x C with 1 to 4 channels, or H x W. A row of numbers takes what has as
/// many, so the size of a picture is needed (`like`). Throws Error(exitBadInput) for an input that takes none.
PictureShape pictureShapeOf(const nncc_program &program, int64_t input, const nncc_picture_size &like);

/// What a picture file's problem is; `message` without its name: "it ends early".
struct PictureProblem {
  enum Kind { None, Unreadable, WrongSize } kind = None;
  std::string message;
};

/// Memory that decoding one picture after the other uses again.
struct PictureScratch {
  std::vector<uint8_t> file, pixels;
  std::vector<float> rows;
};

/// Reads the header of the file at `path`.
PictureProblem readPictureSize(const std::string &path, nncc_picture_size &size, PictureScratch &scratch);
/// Reads the file into `to`, shape.elements() bytes. A picture of another size is a problem unless `resize`.
PictureProblem readPicture(const std::string &path, const PictureShape &shape, bool resize, uint8_t *to,
                           PictureScratch &scratch);

/// One output position of a resized axis: a weighted sum of inputs begin, begin + 1, ...
struct ResizeSpan {
  int64_t begin = 0;
  std::vector<float> weights;
};
/// tf.image.resize(method="bilinear", antialias=True) along one axis: a triangle as wide as the step where the axis
/// shrinks (tensorflow/core/kernels/image/scale_and_translate_op.cc, ComputeSpansCore).
std::vector<ResizeSpan> resizeSpans(int64_t from, int64_t to);
/// Resizes both axes, rounding to the nearest byte.
void resizePicture(const uint8_t *from, const PictureShape &shape, int64_t height, int64_t width, uint8_t *to,
                   std::vector<float> &scratch);

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_PICTURE_H
