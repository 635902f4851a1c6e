// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeProgram.h"
#include "Files.h"
#include "nncc/Runtime/Core/AtomicFile.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Source.h"

#include <gmock/gmock.h>

using namespace nncc::runtime;
using namespace nncc::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

class DataFiles : public FileTest {
protected:
  void SetUp() override {
    FileTest::SetUp();
    ASSERT_EQ(nncc_pool_create(1, &pool), NNCC_OK);
    program = linearProgram();
  }
  void TearDown() override {
    nncc_pool_destroy(pool);
    FileTest::TearDown();
  }
  Dataset load(const std::string &text) { return loadDataset(program, parseSource(text, true), pool); }
  nncc_program program;
  nncc_pool *pool = nullptr;
};

// --- npy and npz ---------------------------------------------------------------------------------------------------------

TEST_F(DataFiles, NpyElementTypes) {
  struct Case {
    const char *descr;
    std::string data;
  } cases[] = {
      {"<f4", bytesOf<float>({1, 2, 3})},    {"<f8", bytesOf<double>({1, 2, 3})},    {"<i8", bytesOf<int64_t>({1, 2, 3})},
      {"<i4", bytesOf<int32_t>({1, 2, 3})},  {"<i2", bytesOf<int16_t>({1, 2, 3})},   {"|i1", bytesOf<int8_t>({1, 2, 3})},
      {"<u8", bytesOf<uint64_t>({1, 2, 3})}, {"<u4", bytesOf<uint32_t>({1, 2, 3})},  {"<u2", bytesOf<uint16_t>({1, 2, 3})},
      {"|u1", bytesOf<uint8_t>({1, 2, 3})},  {">i4", big(1) + big(2) + big(3)},
  };
  for (const Case &c : cases) {
    Array array = readNpyFile(write("a.npy", npyOf(c.descr, false, "(3,)", c.data)));
    EXPECT_THAT(array.shape, ElementsAre(3)) << c.descr;
    EXPECT_THAT(array.values, ElementsAre(1, 2, 3)) << c.descr;
  }
  EXPECT_THAT(readNpyFile(write("a.npy", npyOf("|b1", false, "(2,)", std::string("\1\0", 2)))).values, ElementsAre(1, 0));
}

TEST_F(DataFiles, NpyFortranOrder) {
  // Columns first: [[1, 3, 5], [2, 4, 6]].
  Array array = readNpyFile(write("a.npy", npyOf("<f4", true, "(2, 3)", bytesOf<float>({1, 2, 3, 4, 5, 6}))));
  EXPECT_THAT(array.values, ElementsAre(1, 3, 5, 2, 4, 6));
}

TEST_F(DataFiles, NpyScalarsAndEmptyArrays) {
  EXPECT_THAT(readNpyFile(write("a.npy", npyFloats("()", {4}))).values, ElementsAre(4));
  EXPECT_TRUE(readNpyFile(write("a.npy", npyFloats("(0, 3)", {}))).values.empty());
}

TEST_F(DataFiles, MalformedNpyIsRefused) {
  std::string huge = "(4611686018427387904, 4)", large = "(1000000000000,)";
  struct Case {
    const char *why;
    std::string bytes;
  } cases[] = {
      {"ends too early", ""},
      {"NumPy's signature", "this is no array at all"},
      {"header is too long", std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12) + "{}"},
      {"header is too long", std::string("\x93NUMPY\x01\x00\x20\x00", 10) + "{}"},
      {"shape overflows", npyFloats(huge, {1})},
      {"shape overflows", npyFloats("(99999999999999999999,)", {1})},
      {"more bytes than the file has", npyFloats(large, {1})},
      {"more bytes than the file has", npyFloats("(100,)", {1})},
      {"bytes follow", npyFloats("(1,)", {1, 2})},
      {"damaged", npyFloats("(-1,)", {1})},
      {"damaged", npyFloats("3", {1})},
      {"element type '<f2'", npyOf("<f2", false, "(1,)", "ab")},
      {"element type '|O'", npyOf("|O", false, "(1,)", "ab")},
      {"element type '<c8'", npyOf("<c8", false, "(1,)", "abcdefgh")},
  };
  for (const Case &c : cases) {
    std::string file = write("a.npy", c.bytes);
    std::string error = errorOf([&] { readNpyFile(file); });
    EXPECT_THAT(error, HasSubstr(c.why));
    EXPECT_THAT(error, HasSubstr("1: "));
    EXPECT_THAT(error, HasSubstr(file));
  }
  std::string whole = npyFloats("(2,)", {1, 2});
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(errorOf([&] { readNpyFile(write("a.npy", whole.substr(0, length))); }), "no error") << length;
}

TEST_F(DataFiles, NpzStoredAndDeflated) {
  for (bool compress : {false, true}) {
    write("a.npz", zipOf({{"x.npy", npyFloats("(2,)", {1, 2})}, {"b/c.npy", npyFloats("(1,)", {3})}}, compress));
    NpzFile file(path("a.npz"));
    EXPECT_THAT(file.names(), ElementsAre("x", "b/c"));
    EXPECT_THAT(file.read("x").values, ElementsAre(1, 2));
    EXPECT_THAT(file.read("b/c").values, ElementsAre(3));
    EXPECT_THAT(errorOf([&] { file.read("z"); }), HasSubstr("has no array 'z'"));
  }
}

TEST_F(DataFiles, MalformedNpzIsRefused) {
  std::string array = npyFloats("(64,)", std::vector<float>(64, 1.0f));
  std::string good = zipOf({{"x.npy", array}}, true);
  auto readX = [&](const std::string &bytes) {
    return errorOf([&] {
      NpzFile file(write("a.npz", bytes));
      file.read("x");
    });
  };
  EXPECT_EQ(readX(good), "no error");
  // Cut anywhere, and every byte changed: an error or the right answer, never a crash or a huge allocation.
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_NE(readX(good.substr(0, length)), "no error") << length;
  for (size_t at = 0; at < good.size(); ++at)
    for (char flip : {'\x01', '\x80', '\xff'}) {
      std::string bad = good;
      bad[at] ^= flip;
      readX(bad);
    }
  EXPECT_THAT(readX(zipOf({{"x.npy", array}}, true, 0xf0000000u)), HasSubstr("sizes that contradict each other"));
  EXPECT_THAT(readX(zipOf({{"x.npy", array}}, false, 7)), HasSubstr("sizes that contradict each other"));
  std::string corrupt = zipOf({{"x.npy", array}}, false);
  corrupt[corrupt.find(bytesOf<float>({1, 1}))] ^= 1;
  EXPECT_THAT(readX(corrupt), HasSubstr("checksum is wrong"));
  // A bomb: the array promises more than its compressed bytes can hold.
  EXPECT_THAT(readX(zipOf({{"x.npy", npyFloats("(100000000,)", {1})}}, true)), HasSubstr("more bytes than the file has"));
}

TEST_F(DataFiles, WrittenNpyAndNpzReadBack) {
  Floats values{1, 2, 3, 4, 5, 6};
  nncc_file *file;
  ASSERT_EQ(nncc_file_create(path("a.npy").c_str(), &file, nullptr), NNCC_OK);
  writeNpy(file, {2, 3}, values.data());
  ASSERT_EQ(nncc_file_commit(file, nullptr), NNCC_OK);
  EXPECT_EQ(read("a.npy").size(), 128 + 24u);
  Array array = readNpyFile(path("a.npy"));
  EXPECT_THAT(array.shape, ElementsAre(2, 3));
  EXPECT_EQ(array.values, values);
  ASSERT_EQ(nncc_file_create(path("a.npz").c_str(), &file, nullptr), NNCC_OK);
  writeNpz(file, {{"conv2d/kernel", {3, 2}, values.data()}, {"x", {6}, values.data()}});
  ASSERT_EQ(nncc_file_commit(file, nullptr), NNCC_OK);
  NpzFile npz(path("a.npz"));
  EXPECT_THAT(npz.read("conv2d/kernel").shape, ElementsAre(3, 2));
  EXPECT_EQ(npz.read("x").values, values);
}

// --- sources -------------------------------------------------------------------------------------------------------------

std::string samples(const char *x, const char *y, int64_t count, const std::vector<float> &labels) {
  return zipOf({{std::string(x) + ".npy", npyFloats("(" + std::to_string(count) + ", 4)", std::vector<float>(count * 4, 0.5f))},
                {std::string(y) + ".npy", npyFloats("(" + std::to_string(labels.size()) + ",)", labels)}},
               false);
}

TEST_F(DataFiles, NpzSource) {
  write("d.npz", samples("x", "y", 3, {0, 1, 2}));
  Dataset data = load("npz:" + path("d.npz"));
  EXPECT_EQ(data.train.count, 3);
  EXPECT_FALSE(data.hasTest);
  EXPECT_THAT(data.train.targets, ElementsAre(0, 1, 2));
  EXPECT_EQ(data.train.inputs[0]->all().size(), 12u);
  EXPECT_THAT(errorOf([&] { load("npz:" + path("d.npz") + "?split=test"); }), HasSubstr("has no test part"));
}

TEST_F(DataFiles, NpzSourceWithATestPart) {
  write("d.npz", zipOf({{"x.npy", npyFloats("(2, 4)", std::vector<float>(8))}, {"y.npy", npyFloats("(2,)", {0, 1})},
                        {"x_test.npy", npyFloats("(1, 4)", std::vector<float>(4))}, {"y_test.npy", npyFloats("(1,)", {2})}}, true));
  Dataset data = load("npz:" + path("d.npz"));
  ASSERT_TRUE(data.hasTest);
  EXPECT_EQ(data.train.count, 2);
  EXPECT_THAT(data.test.targets, ElementsAre(2));
  EXPECT_FALSE(load("npz:" + path("d.npz") + "?split=train").hasTest);
  EXPECT_THAT(load("npz:" + path("d.npz") + "?split=test").train.targets, ElementsAre(2));
  SourceSpec spec = parseSource("npz:" + path("d.npz"), true);
  spec.testPreferred = true;
  data = loadDataset(program, spec, pool);
  EXPECT_EQ(data.train.count, 0);
  EXPECT_THAT(data.test.targets, ElementsAre(2));
}

TEST_F(DataFiles, NpzSourceOfSeveralInputs) {
  nncc_tensor inputs[] = {{"left", 1, {2}, 2}, {"right", 2, {2, 1}, 2}};
  program.inputs = inputs;
  program.input_count = 2;
  write("d.npz", zipOf({{"right.npy", npyFloats("(2, 2)", {5, 6, 7, 8})}, {"left.npy", npyFloats("(2, 2)", {1, 2, 3, 4})},
                        {"y.npy", npyFloats("(2,)", {0, 1})}}, true));
  Dataset data = load("npz:" + path("d.npz"));
  EXPECT_THAT(data.train.inputs[0]->all(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(data.train.inputs[1]->all(), ElementsAre(5, 6, 7, 8)); // one trailing axis of 1 may be left out
  write("d.npz", zipOf({{"right.npy", npyFloats("(3, 2)", std::vector<float>(6))}, {"left.npy", npyFloats("(2, 2)", {1, 2, 3, 4})},
                        {"y.npy", npyFloats("(2,)", {0, 1})}}, true));
  EXPECT_THAT(errorOf([&] { load("npz:" + path("d.npz")); }), HasSubstr("array 'left' has 2 samples, but '" + path("d.npz") + "', array 'right' has 3"));
  write("d.npz", zipOf({{"right.npy", npyFloats("(2, 3)", std::vector<float>(6))}, {"left.npy", npyFloats("(2, 2)", {1, 2, 3, 4})},
                        {"y.npy", npyFloats("(2,)", {0, 1})}}, true));
  EXPECT_EQ(errorOf([&] { load("npz:" + path("d.npz")); }),
            "1: '" + path("d.npz") + "', array 'right' has the shape (2, 3); the input 'right' of model 'Linear' needs (None, 2, 1)");
  write("d.npz", zipOf({{"left.npy", npyFloats("(2, 2)", {1, 2, 3, 4})}}, true));
  EXPECT_THAT(errorOf([&] { load("npz:" + path("d.npz")); }), HasSubstr("lacks the array 'right', 'y'; it holds 'left'"));
}

TEST_F(DataFiles, NpzTestPartOfSeveralInputs) {
  nncc_tensor inputs[] = {{"left", 1, {2}, 2}, {"right", 1, {1}, 1}};
  program.inputs = inputs;
  program.input_count = 2;
  write("d.npz", zipOf({{"left.npy", npyFloats("(1, 2)", {1, 2})}, {"right.npy", npyFloats("(1, 1)", {3})},
                        {"y.npy", npyFloats("(1,)", {0})}, {"left_test.npy", npyFloats("(1, 2)", {4, 5})},
                        {"right_test.npy", npyFloats("(1, 1)", {6})}, {"y_test.npy", npyFloats("(1,)", {2})}}, true));
  Dataset data = load("npz:" + path("d.npz"));
  EXPECT_TRUE(data.hasTest);
  EXPECT_THAT(data.train.inputs[1]->all(), ElementsAre(3));
  EXPECT_THAT(data.test.inputs[0]->all(), ElementsAre(4, 5));
  EXPECT_THAT(data.test.targets, ElementsAre(2));
}

TEST_F(DataFiles, NpzSourceErrors) {
  EXPECT_THAT(errorOf([&] { load("npz:" + path("none.npz")); }), HasSubstr("No such file"));
  write("d.npz", samples("a", "y", 1, {0}));
  EXPECT_THAT(errorOf([&] { load("npz:" + path("d.npz")); }), HasSubstr("it holds 'a', 'y'"));
  write("d.npz", samples("x", "y", 3, {0, 1}));
  EXPECT_THAT(errorOf([&] { load("npz:" + path("d.npz")); }), HasSubstr("holds 2 labels for 3 samples"));
  write("d.npz", samples("x", "y", 2, {0, 3}));
  EXPECT_THAT(errorOf([&] { load("npz:" + path("d.npz")); }),
              HasSubstr("label 3 at position 1 is no class number; the model 'Linear' has 3 classes, 0 to 2"));
  write("d.npz", zipOf({{"x.npy", npyFloats("(2, 5)", std::vector<float>(10))}, {"y.npy", npyFloats("(2,)", {0, 1})}}, false));
  EXPECT_EQ(errorOf([&] { load("npz:" + path("d.npz")); }),
            "1: '" + path("d.npz") + "', array 'x' has the shape (2, 5); the input 'x' of model 'Linear' needs (None, 4)");
  write("d.npz", zipOf({{"x.npy", npyFloats("(0, 4)", {})}, {"y.npy", npyFloats("(0,)", {})}}, false));
  EXPECT_THAT(errorOf([&] { load("npz:" + path("d.npz")); }), HasSubstr("holds no samples"));
}

TEST_F(DataFiles, SpecificationErrors) {
  EXPECT_THAT(errorOf([] { parseSource("synthetc:shapes", true); }), HasSubstr("2: unknown data source 'synthetc:'; did you mean 'synthetic:'?"));
  EXPECT_THAT(errorOf([] { parseSource("data.npz", true); }), HasSubstr("2: 'data.npz' is not a data source: expected KIND:LOCATION"));
  EXPECT_THAT(errorOf([] { parseSource("picture:x", true); }), HasSubstr("there are synthetic:, npz:, idx:, cifar10:, images: and csv:"));
  EXPECT_THAT(errorOf([] { parseSource("npz:", false); }), HasSubstr("1: "));
  EXPECT_THAT(errorOf([&] { load("synthetic:shape"); }), HasSubstr("2: unknown data source 'synthetic:shape'; did you mean 'synthetic:shapes'?"));
  EXPECT_THAT(errorOf([&] { load("synthetic:waves?n=0"); }), HasSubstr("2: 'synthetic:waves?n=0': n must be an integer from 1"));
  EXPECT_THAT(errorOf([&] { load("synthetic:waves?m=3"); }), HasSubstr("unknown parameter 'm'"));
  EXPECT_THAT(errorOf([&] { load("synthetic:waves?noise=-1"); }), HasSubstr("noise must be a number"));
}

// --- labels --------------------------------------------------------------------------------------------------------------

Floats fit(const nncc_program &program, std::vector<int64_t> shape, Floats values) {
  Array array;
  array.shape = shape;
  array.values = values;
  return fitLabels(program, array, shape[0], "y");
}

TEST(Labels, ConvertedToWhatTheLossTakes) {
  nncc_program p = linearProgram();
  EXPECT_THAT(fit(p, {2, 1}, {1, 2}), ElementsAre(1, 2));
  EXPECT_THAT(fit(p, {2, 3}, {0, 1, 0, 0, 0, 1}), ElementsAre(1, 2));
  EXPECT_THAT(errorOf([&] { fit(p, {1, 3}, {0.5, 0.5, 0}); }), HasSubstr("row 0 is not one-hot"));
  EXPECT_THAT(errorOf([&] { fit(p, {1, 2}, {0, 1}); }), HasSubstr("needs (None,) or one-hot rows (None, 3)"));
  EXPECT_THAT(errorOf([&] { fit(p, {1}, {0.5}); }), HasSubstr("label 0.5 at position 0 is no class number"));

  p.training.loss.name = "CategoricalCrossentropy";
  p.target = {"target", 1, {3}, 3};
  EXPECT_THAT(fit(p, {2}, {1, 2}), ElementsAre(0, 1, 0, 0, 0, 1));
  EXPECT_THAT(fit(p, {1, 3}, {0.5, 0.25, 0.25}), ElementsAre(0.5, 0.25, 0.25));
  EXPECT_THAT(errorOf([&] { fit(p, {1}, {3}); }), HasSubstr("no class number"));

  p.training.loss.name = "BinaryCrossentropy";
  p.output = p.target = {"target", 1, {1}, 1};
  EXPECT_THAT(fit(p, {2}, {0, 1}), ElementsAre(0, 1));
  EXPECT_THAT(fit(p, {2, 2}, {0, 1, 1, 0}), ElementsAre(1, 0));
  EXPECT_THAT(errorOf([&] { fit(p, {1}, {2}); }), HasSubstr("outside 0 to 1"));

  p.training.loss.name = "MeanSquaredError";
  EXPECT_THAT(fit(p, {2}, {-3, 7}), ElementsAre(-3, 7));
  EXPECT_THAT(errorOf([&] { fit(p, {1}, {NAN}); }), HasSubstr("the target at position 0 is nan"));
}

// --- idx -----------------------------------------------------------------------------------------------------------------

std::string idx(std::vector<uint32_t> extents, const std::string &data) {
  std::string text = std::string("\0\0\x08", 3) + static_cast<char>(extents.size());
  for (uint32_t extent : extents)
    text += big(extent);
  return text + data;
}

TEST_F(DataFiles, IdxPlainAndGzipped) {
  write("train-images-idx3-ubyte", idx({2, 2, 2}, std::string("\0\xff\0\0\0\0\0\xff", 8)));
  write("train-labels-idx1-ubyte", idx({2}, "\1\2"));
  write("t10k-images-idx3-ubyte.gz", deflated(idx({1, 2, 2}, "abcd"), 31));
  write("t10k-labels-idx1-ubyte.gz", deflated(idx({1}, std::string(1, '\0')), 31));
  Dataset data = load("idx:" + directory); // 2x2 fits the model's row of 4
  EXPECT_THAT(data.train.inputs[0]->all(), ElementsAre(0, 1, 0, 0, 0, 0, 0, 1));
  EXPECT_THAT(data.train.targets, ElementsAre(1, 2));
  ASSERT_TRUE(data.hasTest);
  EXPECT_FLOAT_EQ(data.test.inputs[0]->all()[0], 'a' / 255.0f);

  nncc_tensor picture{"image", 3, {2, 2, 1}, 4};
  program.inputs = &picture;
  EXPECT_EQ(load("idx:" + directory).train.count, 2);
  picture = {"image", 3, {4, 1, 1}, 4};
  EXPECT_THAT(errorOf([&] { load("idx:" + directory); }), HasSubstr("needs (None, 4, 1, 1)"));
}

TEST_F(DataFiles, MalformedIdxIsRefused) {
  EXPECT_THAT(errorOf([&] { load("idx:" + directory); }), HasSubstr("lacks MNIST's pictures"));
  EXPECT_THAT(errorOf([&] { load("idx:" + path("none")); }), HasSubstr("there is no directory"));
  struct Case {
    const char *why;
    std::string bytes;
  } cases[] = {
      {"ends too early", "ab"},
      {"magic number", "abcdefgh"},
      {"type 0x0d", std::string("\0\0\x0d\1", 4) + big(0)},
      {"promises more elements", idx({1000, 1000}, "abc")},
      {"promises more elements", idx({0xffffffff, 0xffffffff, 0xffffffff}, "abc")},
      {"bytes follow", idx({2}, "abc")},
      {"corrupt", deflated(idx({3}, "abc"), 31).substr(0, 20)},
  };
  for (const Case &c : cases)
    EXPECT_THAT(errorOf([&] { readIdxFile(write("i", c.bytes)); }), HasSubstr(c.why));
}

} // namespace
