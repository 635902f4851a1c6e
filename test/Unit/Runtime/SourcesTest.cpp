// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// images:, cifar10: and csv:, in memory, from a cache and decoded late.
#include "FakeProgram.h"
#include "Files.h"
#include "PictureFiles.h"
#include "nncc/Runtime/Data/Source.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

using namespace nncc::runtime;
using namespace nncc::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class Sources : public FileTest {
protected:
  void SetUp() override {
    FileTest::SetUp();
    ASSERT_EQ(nncc_pool_create(2, &pool), NNCC_OK);
    program = linearProgram();
    takePictures(2, 2, 1);
  }
  void TearDown() override {
    setSampleMemory(0, "");
    nncc_pool_destroy(pool);
    FileTest::TearDown();
  }
  void takePictures(int64_t height, int64_t width, int64_t channels) {
    input = {"image", 3, {height, width, channels}, height * width * channels};
    program.inputs = &input;
  }
  Dataset load(const std::string &text, bool resize = false, const std::string &cache = "") {
    SourceSpec spec = parseSource(text, true);
    spec.resize = resize;
    spec.cache = cache;
    return loadDataset(program, spec, pool);
  }
  std::string png(uint8_t value, int width = 2, int height = 2) {
    return pngOf(width, height, 1, std::vector<uint8_t>(static_cast<size_t>(width * height), value));
  }
  nncc_program program;
  nncc_tensor input;
  nncc_pool *pool = nullptr;
};

TEST_F(Sources, ImagesByFolderAndName) {
  write("set/dog/2.png", png(20));
  write("set/dog/1.PNG", png(10));
  write("set/cat/deep/3.png", png(30));
  write("set/cat/notes.txt", "not a picture");
  write("set/.hidden/4.png", png(40));
  write("set/emu/5.jpeg", jpegOf(2, 2, 1, {200, 200, 200, 200}));
  Dataset data = load("images:" + path("set"));
  EXPECT_THAT(data.classNames, ElementsAre("cat", "dog", "emu"));
  EXPECT_THAT(data.train.targets, ElementsAre(0, 1, 1, 2));
  Floats all = data.train.inputs[0]->all();
  EXPECT_FLOAT_EQ(all[0], 30 / 255.0f);
  EXPECT_FLOAT_EQ(all[4], 10 / 255.0f);
  EXPECT_FLOAT_EQ(all[8], 20 / 255.0f);
  EXPECT_NEAR(all[12], 200 / 255.0f, 0.01);
  EXPECT_FALSE(data.hasTest);
  takePictures(2, 2, 3);
  EXPECT_EQ(load("images:" + path("set")).train.inputs[0]->elements(), 12);
  input = {"x", 1, {4}, 4};
  EXPECT_EQ(load("images:" + path("set")).train.count, 4);
}

TEST_F(Sources, ImagesWithTrainAndTest) {
  write("set/train/a/1.png", png(1));
  write("set/train/b/1.png", png(2));
  write("set/test/b/1.png", png(3));
  Dataset data = load("images:" + path("set"));
  ASSERT_TRUE(data.hasTest);
  EXPECT_THAT(data.train.targets, ElementsAre(0, 1));
  EXPECT_THAT(data.test.targets, ElementsAre(1));
  EXPECT_THAT(load("images:" + path("set") + "?split=test").train.targets, ElementsAre(1));
  EXPECT_FALSE(load("images:" + path("set") + "?split=train").hasTest);
  write("set/test/c/1.png", png(3));
  EXPECT_THAT(errorOf([&] { load("images:" + path("set")); }),
              HasSubstr("has a folder 'c', which the folder to train on lacks"));
}

TEST_F(Sources, ImagesOfOtherSizes) {
  write("set/a/1.png", png(9));
  write("set/a/2.png", png(9, 3, 2));
  write("set/b/3.png", png(9, 4, 4));
  EXPECT_EQ(errorOf([&] { load("images:" + path("set")); }),
            "1: 2 of the 3 pictures in '" + path("set") +
                "' are not 2x2, as the input 'image' of model 'Linear' is, e.g. 'a/2.png' (3x2); "
                "--resize scales them");
  for (const Dataset &data : {load("images:" + path("set"), true), load("images:" + path("set") + "?resize=true")})
    for (float value : data.train.inputs[0]->all())
      EXPECT_FLOAT_EQ(value, 9 / 255.0f);
  EXPECT_THAT(errorOf([&] { load("images:" + path("set") + "?resize=maybe"); }), HasSubstr("2: "));
}

TEST_F(Sources, CorruptImagesAreReportedTogether) {
  write("set/a/good.png", png(9));
  write("set/a/cut.png", png(9).substr(0, 50));
  write("set/b/empty.jpg", "");
  write("set/b/text.png", "hello, this is no picture");
  write("set/b/really-a-jpeg.png", jpegOf(2, 2, 1, {1, 2, 3, 4}));
  symlink("nowhere", path("set/b/link.png").c_str());
  mkfifo(path("set/b/pipe.png").c_str(), 0600);
  std::string error = errorOf([&] { load("images:" + path("set")); });
  EXPECT_THAT(error, HasSubstr("1: 5 of the 7 pictures in '" + path("set") +
                               "' cannot be read:\n  a/cut.png: it ends early\n  b/empty.jpg: it is empty\n"
                               "  b/link.png: No such file or directory\n  b/pipe.png: it is not a file\n  b/text.png: "
                               "it is neither a PNG nor a JPEG"));
  for (int i = 0; i < 30; ++i)
    write("set/a/bad" + std::to_string(i) + ".png", "x");
  EXPECT_THAT(errorOf([&] { load("images:" + path("set")); }), HasSubstr("\n  and 15 more"));
}

TEST_F(Sources, ImagesErrors) {
  EXPECT_THAT(errorOf([&] { load("images:" + path("none")); }), HasSubstr("there is no folder '" + path("none") + "'"));
  write("flat/1.png", png(1));
  EXPECT_THAT(errorOf([&] { load("images:" + path("flat")); }), HasSubstr("has no sub-folders; expected one a class"));
  write("set/a/1.txt", "");
  EXPECT_THAT(errorOf([&] { load("images:" + path("set")); }), HasSubstr("set/a' holds no .png, .jpg or .jpeg files"));
  for (const char *name : {"a", "b", "c", "d"})
    write(std::string("set/") + name + "/1.png", png(1));
  EXPECT_THAT(errorOf([&] { load("images:" + path("set")); }),
              HasSubstr("has 4 folders, one a class (a, b, c, d); the model 'Linear' tells 3 classes apart"));
  symlink("..", path("set/a/up").c_str());
  std::filesystem::remove_all(path("set/d"));
  EXPECT_THAT(errorOf([&] { load("images:" + path("set")); }), HasSubstr("does a link point back up?"));
  input = {"series", 3, {2, 2, 7}, 28};
  std::filesystem::remove(path("set/a/up"));
  EXPECT_THAT(errorOf([&] { load("images:" + path("set")); }), HasSubstr("takes no picture"));
}

TEST_F(Sources, LateDecodedImagesHaveTheSameBits) {
  takePictures(8, 8, 3);
  for (int i = 0; i < 6; ++i)
    write("set/" + std::string(1, static_cast<char>('a' + i % 3)) + "/" + std::to_string(i) + ".jpg",
          jpegOf(11, 9, 3, smoothPixels(11, 9, 3, i)));
  Dataset inMemory = load("images:" + path("set"), true);
  setSampleMemory(1, "");
  Dataset late = load("images:" + path("set"), true);
  EXPECT_FALSE(inMemory.train.inputs[0]->isDecodedLate());
  ASSERT_TRUE(late.train.inputs[0]->isDecodedLate());
  EXPECT_EQ(late.train.inputs[0]->all(), inMemory.train.inputs[0]->all());
  EXPECT_THAT(errorOf([&] { load("images:" + path("set")); }), HasSubstr("6 of the 6 pictures"));
  std::filesystem::remove(path("set/a/0.jpg"));
  EXPECT_THAT(errorOf([&] { late.train.inputs[0]->all(); }), HasSubstr("a/0.jpg' cannot be read: No such file"));
}

TEST_F(Sources, CachedImages) {
  write("set/a/1.png", png(1));
  write("set/b/2.png", png(2));
  std::string cache = path("cache");
  Floats first = load("images:" + path("set"), false, cache).train.inputs[0]->all();
  auto files = [&] {
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(cache))
      names.push_back(entry.path());
    return names;
  };
  ASSERT_EQ(files().size(), 1u);
  EXPECT_EQ(load("images:" + path("set"), false, cache).train.inputs[0]->all(), first);
  EXPECT_EQ(files().size(), 1u);
  // A damaged file is made again; a changed picture has another file.
  std::filesystem::resize_file(files()[0], 100);
  EXPECT_EQ(load("images:" + path("set"), false, cache).train.inputs[0]->all(), first);
  write("set/b/2.png", png(77));
  EXPECT_FLOAT_EQ(load("images:" + path("set"), false, cache).train.inputs[0]->all()[4], 77 / 255.0f);
  EXPECT_EQ(files().size(), 2u);
  // What cannot be read is not kept.
  write("set/b/3.png", "no");
  EXPECT_THAT(errorOf([&] { load("images:" + path("set"), false, cache); }), HasSubstr("b/3.png"));
  EXPECT_EQ(files().size(), 2u);
  EXPECT_THAT(errorOf([&] { load("images:" + path("set"), false, path("no/where")); }),
              HasSubstr("3: cannot make the folder"));
}

TEST_F(Sources, SamplesBeyondTheMemoryLieInAFile) {
  Floats inMemory(100000, 3.0f);
  setSampleMemory(sampleMemoryUsed() + 1000, directory);
  uint64_t used = sampleMemoryUsed();
  Floats inFile(inMemory);
  EXPECT_EQ(sampleMemoryUsed(), used);
  EXPECT_EQ(inFile, inMemory);
  inFile.resize(200000);
  EXPECT_EQ(inFile[150000], 0);
  EXPECT_EQ(inFile[99999], 3);
  EXPECT_THAT(list(), ElementsAre()); // it has no name
  setSampleMemory(1, path("none"));
  EXPECT_THAT(errorOf([&] { Floats(100000); }), HasSubstr("3: the samples take more memory than there is"));
}

std::string cifarRecord(char label, char red, char green, char blue) {
  return std::string(1, label) + std::string(1024, red) + std::string(1024, green) + std::string(1024, blue);
}

TEST_F(Sources, Cifar10) {
  takePictures(32, 32, 3);
  write("c/data_batch_1.bin", cifarRecord(2, 51, 102, '\xff') + cifarRecord(0, 0, 0, 0));
  write("c/data_batch_2.bin", cifarRecord(1, 0, 0, 0));
  write("c/test_batch.bin", cifarRecord(1, '\xff', 0, 0));
  write("c/batches.meta.txt", "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
  Dataset data = load("cifar10:" + path("c"));
  EXPECT_THAT(data.train.targets, ElementsAre(2, 0, 1));
  EXPECT_THAT(data.test.targets, ElementsAre(1));
  EXPECT_EQ(data.classNames[2], "bird");
  Floats all = data.train.inputs[0]->all();
  EXPECT_FLOAT_EQ(all[0], 0.2f);
  EXPECT_FLOAT_EQ(all[4], 0.4f);
  EXPECT_FLOAT_EQ(all[8], 1.0f);
  EXPECT_FLOAT_EQ(data.test.inputs[0]->all()[0], 1.0f);
  takePictures(28, 28, 1);
  EXPECT_THAT(errorOf([&] { load("cifar10:" + path("c")); }),
              HasSubstr("has the shape (3, 32, 32, 3); the input 'image' of model 'Linear' needs"));
  write("c/data_batch_2.bin", "short");
  EXPECT_THAT(errorOf([&] { load("cifar10:" + path("c")); }),
              HasSubstr("data_batch_2.bin' is no CIFAR-10 batch: its 5 bytes"));
  write("c/data_batch_2.bin", cifarRecord(10, 0, 0, 0));
  EXPECT_THAT(errorOf([&] { load("cifar10:" + path("c")); }),
              HasSubstr("the label of picture 0 is 10, must be below 10"));
  EXPECT_THAT(errorOf([&] { load("cifar10:" + directory); }), HasSubstr("lacks CIFAR-10's binary batches"));
  EXPECT_THAT(errorOf([&] { load("cifar10:" + path("none")); }), HasSubstr("there is no directory"));
}

TEST_F(Sources, Csv) {
  write("d.csv", "a,b,\"c, quoted\",d,label\n1,2,3,4,0\r\n\"5\", 6 ,-7e1,.5,2\n");
  Dataset data = load("csv:" + path("d.csv"));
  EXPECT_THAT(data.train.inputs[0]->all(), ElementsAre(1, 2, 3, 4, 5, 6, -70, 0.5f));
  EXPECT_THAT(data.train.targets, ElementsAre(0, 2));
  EXPECT_THAT(errorOf([&] { load("csv:" + path("d.csv") + "?label=a"); }),
              HasSubstr("label 5 at position 1 is no class number"));
}

TEST_F(Sources, CsvSeparatorAndLabelColumn) {
  write("d.csv", "\xef\xbb\xbfkind;a;b;c;d\n1;2;3;4;5");
  Dataset data = load("csv:" + path("d.csv") + "?sep=;&label=kind");
  EXPECT_THAT(data.train.inputs[0]->all(), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(data.train.targets, ElementsAre(1));
  write("d.csv", "kind\ta\tb\tc\td\n1\t2\t3\t4\t2\n");
  EXPECT_THAT(load("csv:" + path("d.csv") + "?sep=tab").train.targets, ElementsAre(2));
  EXPECT_THAT(errorOf([&] { load("csv:" + path("d.csv")); }), HasSubstr("needs 4; is the separator another (?sep=;)?"));
  EXPECT_THAT(errorOf([&] { load("csv:" + path("d.csv") + "?sep=tab&label=knd"); }),
              HasSubstr("has no column 'knd'; did you mean 'kind'?"));
}

TEST_F(Sources, CsvErrorsNameRowAndColumn) {
  struct Case {
    const char *rows, *why;
  } cases[] = {
      {"1,2,3,4,0\n1,,3,4,0\n", "line 3, column 'b': the cell is empty"},
      {"1,2,3,4,0\n\n1,2,3,nan,0\n", "line 4, column 'd': found 'nan'; every cell must be a finite number"},
      {"1,2,red,4,0\n", "line 2, column 'c': found 'red'"},
      {"1,2,0x10,4,0\n", "found '0x10'"},
      {"1,2,1e99,4,0\n", "found '1e99'"},
      {"1,2,3,4\n", "line 2: 4 cells, the header has 5"},
      {"1,2,\"3,4,0\n", "line 2: a quoted cell has no end"},
      {"", "holds no samples"},
      {"1,2,3,4,7\n", "label 7 at position 0 is no class number"},
  };
  for (const Case &c : cases) {
    write("d.csv", std::string("a,b,c,d,e\n") + c.rows);
    EXPECT_THAT(errorOf([&] { load("csv:" + path("d.csv")); }), HasSubstr(c.why));
  }
  write("d.csv", "");
  EXPECT_THAT(errorOf([&] { load("csv:" + path("d.csv")); }), HasSubstr("is empty; expected a header"));
  write("d.csv", "\"" + std::string(100000, 'x'));
  EXPECT_THAT(errorOf([&] { load("csv:" + path("d.csv")); }), HasSubstr("is a quotation mark missing?"));
}

} // namespace
