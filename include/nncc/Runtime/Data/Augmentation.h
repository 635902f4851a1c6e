// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random changes of pictures while training: the train section's `augment`, with the arguments and meaning of
// Keras 2.15's preprocessing layers (keras/layers/preprocessing/image_preprocessing.py).
#ifndef NNCC_RUNTIME_DATA_AUGMENTATION_H
#define NNCC_RUNTIME_DATA_AUGMENTATION_H

#include "nncc/ABI/Program.h"
#include "nncc/Runtime/Core/Random.h"
#include <optional>
#include <vector>

namespace nncc::runtime {

/// How a picture is continued beyond its border (TensorFlow's ImageProjectiveTransformV3).
enum class FillMode { Reflect, Wrap, Constant, Nearest };
enum class Interpolation { Nearest, Bilinear };

/// Where an output pixel (x, y) is read: (a[0] x + a[1] y + a[2], a[3] x + a[4] y + a[5]).
struct PictureTransform {
  float a[6] = {1, 0, 0, 0, 1, 0};
  FillMode fill = FillMode::Reflect;
  Interpolation interpolation = Interpolation::Bilinear;
  float fillValue = 0;
};
/// `from` and `to` are different pictures of height x width x channels.
void transformPicture(const PictureTransform &transform, int64_t height, int64_t width, int64_t channels,
                      const float *from, float *to);

class Augmentation {
public:
  /// The train section's. Throws Error(exitBadInput) for a class that is not known, and where no input is a picture.
  Augmentation(const nncc_program &program, uint64_t seed);
  bool isEmpty() const { return layers.empty(); }
  /// Changes the pictures among a sample's inputs, all in the same way. What is drawn depends on the seed, the epoch
  /// and the sample's number alone.
  void apply(int64_t epoch, int64_t sample, float *const *inputs, std::vector<float> &scratch) const;

private:
  struct Range {
    double low = 0, high = 0;
    double draw(nncc_random &random) const { return low + (high - low) * nncc_random_uniform(&random); }
  };
  struct Layer {
    enum Kind { Flip, Translation, Rotation, Zoom } kind;
    bool horizontal = false, vertical = false; ///< Flip
    Range height, width;                       ///< Rotation: `height` alone
    bool keepsAspect = false;                  ///< Zoom without a width_factor
    PictureTransform transform;                ///< what it says of borders
    std::optional<uint64_t> seed;
  };
  struct Draw {
    bool flipsColumns = false, flipsRows = false;
    double height = 0, width = 0;
  };
  static Layer read(const nncc_call &call);
  static Draw draw(const Layer &layer, nncc_random &random);
  static void change(const Layer &layer, const Draw &draw, const nncc_tensor &input, float *values,
                     std::vector<float> &scratch);

  const nncc_program &program;
  uint64_t seed;
  std::vector<Layer> layers;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_AUGMENTATION_H
