// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `nncc data` tells and draws.
#include "nncc/Runtime/Data/Describe.h"
#include "nncc/Runtime/Report/ContactSheet.h"

#include <cmath>
#include <gmock/gmock.h>

using namespace nncc::runtime;
using namespace nncc::runtime::report;
using ::testing::ElementsAre;

namespace {

Array labelsOf(std::vector<int64_t> shape, Floats values) {
  Array array;
  array.shape = std::move(shape);
  array.values = std::move(values);
  return array;
}

std::vector<int> pixel(Picture &picture, int64_t x, int64_t y) {
  uint8_t *at = picture.at(x, y);
  return {at[0], at[1], at[2]};
}

TEST(Describe, ClassesOfLabels) {
  EXPECT_THAT(classesOfLabels(labelsOf({3}, {2, 0, 1})), ElementsAre(2, 0, 1));
  EXPECT_THAT(classesOfLabels(labelsOf({2, 3}, {0, 0, 1, 1, 0, 0})), ElementsAre(2, 0));
  EXPECT_THAT(classesOfLabels(labelsOf({2}, {0.5, 1})), ElementsAre());
  EXPECT_THAT(classesOfLabels(labelsOf({1, 3}, {1, 1, 0})), ElementsAre());
  EXPECT_THAT(classesOfLabels(labelsOf({1}, {-1})), ElementsAre());
  EXPECT_THAT(classesOfLabels(labelsOf({1}, {NAN})), ElementsAre());
}

TEST(Describe, PartWithClassesAndStrangeValues) {
  RawPart part;
  part.inputs.push_back(RawInput({3, 2}, std::make_shared<FloatRows>(Floats{1, 2, 3, NAN, 5, 7}, 3)));
  part.labels = labelsOf({3}, {0, 2, 2});
  EXPECT_EQ(describePart("all", part, {"ant", "bee"}, 1),
            "all: 3 samples of (2,), values 1 to 7, mean 3.6, and 1 that are not finite\n"
            "  ant          1   33.3 %\n"
            "  bee          0    0.0 %\n"
            "  2            2   66.7 %\n");
  part.labels = labelsOf({3}, {0.5, 1, 2.5});
  EXPECT_EQ(describePart("all", part, {}, 1),
            "all: 3 samples of (2,), values 1 to 7, mean 3.6, and 1 that are not finite\n"
            "  labels 0.5 to 2.5, mean 1.333\n");
}

TEST(ContactSheet, SamplesOfEachClass) {
  EXPECT_THAT(chooseSamples({1, 0, 1, 1, 0, 2}, 6, 6), ElementsAre(1, 4, 0, 2, 5));
  EXPECT_THAT(chooseSamples({}, 5, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(chooseSamples({3, 2, 1, 0}, 4, 2), ElementsAre(3, 2)); // fewer places than classes
}

TEST(ContactSheet, DrawsByShape) {
  const float colours[] = {1, 0, 0, 0, 0, 1};
  Picture picture = drawSample(colours, {1, 2, 3});
  EXPECT_EQ(picture.width, 2);
  EXPECT_THAT(pixel(picture, 0, 0), ElementsAre(255, 0, 0));
  EXPECT_THAT(pixel(picture, 1, 0), ElementsAre(0, 0, 255));
  const float outside[] = {-1, 3};
  picture = drawSample(outside, {1, 2, 1});
  EXPECT_THAT(pixel(picture, 0, 0), ElementsAre(0, 0, 0));
  EXPECT_THAT(pixel(picture, 1, 0), ElementsAre(255, 255, 255));
  std::vector<float> many(144, 0.5f);
  EXPECT_EQ(drawSample(many.data(), {144}).width, 12);               // a picture in a row
  EXPECT_EQ(drawSample(many.data(), {72, 2}).width, 112);            // a plot
  EXPECT_EQ(drawSample(many.data(), {4, 6, 6, 1}).width, 3 * 7 - 1); // slices
  EXPECT_EQ(drawSample(many.data(), {1}).width, 112);
  const float strange[] = {NAN, INFINITY, 0};
  drawSample(strange, {3});
  drawSample(strange, {1, 3, 1});
}

TEST(ContactSheet, CellsWithLabels) {
  Floats values(3 * 4, 1.0f);
  FloatRows rows(std::move(values), 3);
  Picture sheet = drawContactSheet(rows, {2, 2, 1}, {{0, "a"}, {2, "a label that is too long for its cell"}});
  EXPECT_EQ(sheet.width, 8 + 2 * (64 + 8));
  EXPECT_EQ(sheet.height, 8 + 64 + 10 + 8);
  EXPECT_THAT(pixel(sheet, 9, 8 + 64 + 3 + 6), ElementsAre(40, 40, 40)); // the foot of the 'a'
}

} // namespace
