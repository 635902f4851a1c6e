// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Augmentation.h"
#include "nncc/Runtime/Data/BatchLoader.h"
#include "nncc/Runtime/Data/Error.h"

#include <cmath>
#include <gmock/gmock.h>
#include <set>

using namespace nncc::runtime;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

namespace {

// Numbers of tf.raw_ops.ImageProjectiveTransformV3, TensorFlow 2.15, fill_value -1.
TEST(Augmentation, TransformsAreTensorFlows) {
  const std::vector<float> picture{1, 2, 3, 4, 5, 7, 8, 11, 13, 20, 21, 27};
  const float transforms[2][6] = {{0.8f, -0.6f, 1.7f, 0.6f, 0.8f, -2.9f}, {-2.1f, 0.3f, 9.4f, 0.2f, 3.3f, -8.3f}};
  struct Case {
    FillMode fill;
    Interpolation interpolation;
    int transform;
    std::vector<float> expected;
  } cases[] = {
      {FillMode::Reflect, Interpolation::Bilinear, 0, {11.8f, 8.8f, 5.29f, 5.8f, 4.85f, 3, 2.4f, 2.3f, 3, 1, 2, 4.95f}},
      {FillMode::Reflect,
       Interpolation::Bilinear,
       1,
       {2.6f, 2.3f, 1.3f, 22.8f, 24.6f, 20, 4.1f, 4.85f, 1.9f, 7.94f, 11.8f, 8.3f}},
      {FillMode::Reflect, Interpolation::Nearest, 0, {13, 7, 7, 5, 7, 3, 2, 2, 3, 1, 2, 7}},
      {FillMode::Reflect, Interpolation::Nearest, 1, {3, 2, 1, 21, 27, 20, 5, 7, 1, 11, 13, 8}},
      {FillMode::Wrap, Interpolation::Bilinear, 0, {7, 6.8f, 12.32f, 10.6f, 19.6f, 20, 17.2f, 22.8f, 20, 27, 2, 4.95f}},
      {FillMode::Wrap, Interpolation::Bilinear, 1, {20, 20, 20, 20, 20, 20, 11.6f, 14, 16.4f, 6.4f, 7.2f, 8}},
      {FillMode::Wrap, Interpolation::Nearest, 0, {7, 8, 8, 11, 27, 20, 21, 21, 20, 27, 2, 7}},
      {FillMode::Wrap, Interpolation::Nearest, 1, {20, 20, 20, 20, 20, 20, 8, 8, 20, 8, 8, 8}},
      {FillMode::Constant,
       Interpolation::Bilinear,
       0,
       {-1, -1, -1, -1, -1, -0.88f, -1, -0.01f, 2.24f, -0.1f, 2, 4.95f}},
      {FillMode::Constant, Interpolation::Nearest, 0, {-1, -1, -1, -1, -1, -1, -1, -1, 3, -1, 2, 7}},
      {FillMode::Nearest, Interpolation::Bilinear, 0, {2.7f, 3, 3, 2.1f, 2.9f, 3, 1.5f, 2.3f, 3, 1, 2, 4.95f}},
      {FillMode::Nearest, Interpolation::Bilinear, 1, {3, 3, 3, 3, 3, 3, 3, 3, 3, 10.6f, 11.8f, 13}},
      {FillMode::Nearest, Interpolation::Nearest, 0, {3, 3, 3, 2, 3, 3, 2, 2, 3, 1, 2, 7}},
      {FillMode::Nearest, Interpolation::Nearest, 1, {3, 3, 3, 3, 3, 3, 3, 3, 3, 13, 13, 13}},
  };
  for (const Case &c : cases) {
    PictureTransform transform;
    std::copy_n(transforms[c.transform], 6, transform.a);
    transform.fill = c.fill;
    transform.interpolation = c.interpolation;
    transform.fillValue = -1;
    std::vector<float> result(12);
    transformPicture(transform, 4, 3, 1, picture.data(), result.data());
    EXPECT_THAT(result, Pointwise(FloatNear(2e-5f), c.expected)) << int(c.fill) << int(c.interpolation) << c.transform;
  }
}

TEST(Augmentation, TransformsOfOnePixel) {
  const float picture[] = {5};
  float result[1];
  for (FillMode fill : {FillMode::Reflect, FillMode::Wrap, FillMode::Nearest}) {
    PictureTransform transform{{1, 0, 1e30f, 0, 1, -7.5f}, fill};
    transformPicture(transform, 1, 1, 1, picture, result);
    EXPECT_EQ(result[0], 5);
  }
}

/// A program with an `augment` of one call.
class AugmentedProgram {
public:
  AugmentedProgram(const char *name, std::vector<nncc_argument> arguments, int64_t height = 4, int64_t width = 3)
      : arguments(std::move(arguments)),
        call{name, static_cast<int64_t>(this->arguments.size()), this->arguments.data()},
        input{"image", 3, {height, width, 1}, height * width} {
    program.name = "M";
    program.input_count = 1;
    program.inputs = &input;
    program.training.augment_count = 1;
    program.training.augment = &call;
  }
  std::vector<float> apply(std::vector<float> picture, int64_t epoch, int64_t sample, uint64_t seed = 7) const {
    std::vector<float> scratch;
    float *inputs[] = {picture.data()};
    Augmentation(program, seed).apply(epoch, sample, inputs, scratch);
    return picture;
  }

  std::vector<nncc_argument> arguments;
  nncc_call call;
  nncc_tensor input;
  nncc_program program{};
};

nncc_argument text(const char *name, const char *value) { return {name, NAN, value, 0, nullptr}; }
nncc_argument number(const char *name, double value) { return {name, value, nullptr, 0, nullptr}; }
nncc_argument list(const char *name, const std::vector<double> &values) {
  return {name, NAN, nullptr, static_cast<int64_t>(values.size()), values.data()};
}

const std::vector<float> ramp{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

TEST(Augmentation, FlipsHalfOfThePictures) {
  AugmentedProgram horizontal("RandomFlip", {text("mode", "horizontal")});
  int64_t flipped = 0;
  for (int64_t sample = 0; sample < 1000; ++sample) {
    std::vector<float> result = horizontal.apply(ramp, 0, sample);
    flipped += result != ramp;
    if (result != ramp) {
      EXPECT_THAT(result, ElementsAre(3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10));
    }
  }
  EXPECT_NEAR(flipped, 500, 60);
  AugmentedProgram both("RandomFlip", {text("mode", "horizontal_and_vertical")});
  std::set<std::vector<float>> seen;
  for (int64_t sample = 0; sample < 100; ++sample)
    seen.insert(both.apply(ramp, 0, sample));
  EXPECT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen.count({10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3}), 1u); // rows alone
}

TEST(Augmentation, TranslationByTheWholeRange) {
  const std::vector<double> quarter{0.25, 0.25}, third{1.0 / 3, 1.0 / 3};
  AugmentedProgram down("RandomTranslation", {list("height_factor", quarter), list("width_factor", third),
                                              text("fill_mode", "constant"), number("fill_value", 0.5)});
  std::vector<float> result = down.apply(ramp, 0, 0); // one row down, one column right
  EXPECT_THAT(result,
              Pointwise(FloatNear(1e-5f), std::vector<float>{0.5f, 0.5f, 0.5f, 0.5f, 1, 2, 0.5f, 4, 5, 0.5f, 7, 8}));
}

TEST(Augmentation, RotationByAQuarterAndZoomToTheMiddle) {
  const std::vector<double> quarter{0.25, 0.25}, half{-0.5, -0.5};
  AugmentedProgram turned("RandomRotation", {list("factor", quarter)}, 3, 3);
  std::vector<float> square{1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_THAT(turned.apply(square, 0, 0), Pointwise(FloatNear(1e-4f), std::vector<float>{3, 6, 9, 2, 5, 8, 1, 4, 7}));
  AugmentedProgram zoomed("RandomZoom", {list("height_factor", half), number("width_factor", NAN)}, 3, 3);
  EXPECT_THAT(zoomed.apply(square, 0, 0),
              Pointwise(FloatNear(1e-4f), std::vector<float>{3, 3.5f, 4, 4.5f, 5, 5.5f, 6, 6.5f, 7}));
}

TEST(Augmentation, DependsOnSeedEpochAndSampleAlone) {
  AugmentedProgram p("RandomRotation", {number("factor", 0.2)});
  std::vector<float> first = p.apply(ramp, 3, 5);
  EXPECT_EQ(p.apply(ramp, 3, 5), first);
  EXPECT_NE(p.apply(ramp, 4, 5), first);
  EXPECT_NE(p.apply(ramp, 3, 6), first);
  EXPECT_NE(p.apply(ramp, 3, 5, 8), first);
  AugmentedProgram seeded("RandomRotation", {number("factor", 0.2), number("seed", 11)});
  EXPECT_EQ(seeded.apply(ramp, 3, 5, 1), seeded.apply(ramp, 3, 5, 2));
}

TEST(Augmentation, ThreadsThatReadAheadChangeNothing) {
  AugmentedProgram p("RandomZoom", {number("height_factor", 0.3), number("width_factor", 0.2)});
  SampleSet set;
  set.count = 50;
  Floats values;
  for (int64_t i = 0; i < 50 * 12; ++i)
    values.push_back(static_cast<float>(i % 31));
  set.inputs.push_back(std::make_shared<FloatRows>(std::move(values), 50));
  set.targets.resize(50);
  Augmentation augmentation(p.program, 3);
  std::vector<float> reference;
  for (int64_t threads : {1, 4}) {
    BatchLoader loader({&set, nullptr, 0, 50, 7, &augmentation, 2}, threads);
    std::vector<float> all, batch(7 * 12), targets(7);
    float *inputs[] = {batch.data()};
    while (int64_t size = loader.nextSize()) {
      loader.next(inputs, targets.data());
      all.insert(all.end(), batch.begin(), batch.begin() + size * 12);
    }
    if (threads == 1)
      reference = all;
    EXPECT_EQ(all, reference);
  }
}

TEST(Augmentation, Errors) {
  auto errorOf = [](const AugmentedProgram &p) -> std::string {
    try {
      Augmentation(p.program, 0);
    } catch (const Error &error) {
      return error.message;
    }
    return "";
  };
  EXPECT_THAT(errorOf(AugmentedProgram("RandomCrop", {})), HasSubstr("'RandomCrop' is not known"));
  AugmentedProgram series("RandomFlip", {});
  series.input.rank = 2;
  EXPECT_THAT(errorOf(series), HasSubstr("no input of model 'M' is one"));
}

} // namespace
