// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// images: - a folder with one sub-folder a class, as Keras' image_dataset_from_directory takes it
// (keras/utils/image_dataset.py):
// 1. list the folders (ImageFolder.cpp), and read one header for the shape;
// 2. decode all pictures on the pool, into memory or a cache; or, where they would not fit, look at all headers and
// decode a
//    picture when it is asked for;
// 3. report all files that cannot be used in one message.
#include "ImageFolder.h"

#include "nncc/Runtime/Data/Failure.h"
#include "nncc/Runtime/Data/Picture.h"
#include "nncc/Runtime/Data/SampleCache.h"
#include "nncc/Runtime/Data/Source.h"

#include <algorithm>
#include <atomic>

namespace nncc::runtime {

namespace {

struct Options {
  PictureShape shape;
  bool resize;
  const nncc_program &program;
};

/// What is wrong with the pictures of a folder, put into one message.
class Problems {
public:
  Problems(const ImageFolder &folder) : folder(folder), list(folder.files.size()) {}
  PictureProblem &operator[](int64_t index) { return list[static_cast<size_t>(index)]; }

  /// Throws if there is any.
  void report(const Options &options) const {
    size_t unreadable = 0, wrong = 0, firstWrong = 0;
    std::string text;
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i].kind == PictureProblem::WrongSize && wrong++ == 0)
        firstWrong = i;
      if (list[i].kind == PictureProblem::Unreadable && unreadable++ < mostNamed)
        text += "\n  " + folder.files[i].name + ": " + list[i].message;
    }
    if (unreadable > mostNamed)
      text += format("\n  and %zu more", unreadable - mostNamed);
    if (unreadable)
      text = format("%zu of the %zu pictures in '%s' cannot be read:", unreadable, list.size(), folder.root.c_str()) +
             text;
    if (wrong)
      text += format("%s%zu of the %zu pictures in '%s' are not %lldx%lld, as the input '%s' of model '%s' is, e.g. "
                     "'%s' (%s); --resize scales them",
                     unreadable ? "\n" : "", wrong, list.size(), folder.root.c_str(),
                     static_cast<long long>(options.shape.width), static_cast<long long>(options.shape.height),
                     options.program.inputs[0].name, options.program.name, folder.files[firstWrong].name.c_str(),
                     list[firstWrong].message.c_str());
    if (!text.empty())
      fail(exitBadInput, "%s", text.c_str());
  }

private:
  static constexpr size_t mostNamed = 20;
  const ImageFolder &folder;
  std::vector<PictureProblem> list;
};

/// Runs `each(index, scratch)` for [begin, begin + count) on the pool.
template <typename Each> void overPool(nncc_pool *pool, int64_t begin, int64_t count, Each each) {
  struct Job {
    Each &each;
    int64_t begin;
    std::atomic<bool> outOfMemory = false;
  } job{each, begin};
  auto run = [](void *context, int64_t from, int64_t to, int64_t) {
    Job &job = *static_cast<Job *>(context);
    auto work = [&] {
      PictureScratch scratch;
      for (int64_t i = from; i < to; ++i)
        job.each(job.begin + i, scratch);
    };
    if (attempt(work)) // out of memory: nothing else fails here; it may not leave a worker thread
      job.outOfMemory = true;
  };
  nncc_pool_run_task(pool, run, &job, count);
  if (job.outOfMemory)
    failForMemory();
}

/// Pictures that are decoded when they are asked for.
class PictureRows : public Rows {
public:
  PictureRows(ImageFolder folder, PictureShape shape, bool resize)
      : Rows(static_cast<int64_t>(folder.files.size()), shape.elements()), folder(std::move(folder)), shape(shape),
        resize(resize) {}
  bool isDecodedLate() const override { return true; }
  std::optional<Error> tryRead(int64_t index, float *to) const override {
    PictureScratch scratch;
    std::vector<uint8_t> pixels(static_cast<size_t>(elements()));
    PictureProblem problem = readPicture(folder.pathOf(index), shape, resize, pixels.data(), scratch);
    if (problem.kind != PictureProblem::None)
      return Error{exitBadInput, format("the picture '%s' cannot be read%s: %s", folder.pathOf(index).c_str(),
                                        problem.kind == PictureProblem::WrongSize ? " any more" : "", problem.message.c_str())};
    bytesToFloats(pixels.data(), elements(), to);
    return std::nullopt;
  }

private:
  ImageFolder folder;
  PictureShape shape;
  bool resize;
};

CacheKey keyOf(const ImageFolder &folder, const Options &options) {
  CacheKey key;
  for (int64_t number : {options.shape.height, options.shape.width, options.shape.channels, int64_t{options.resize}})
    key.add(number);
  for (const ImageFile &file : folder.files) {
    key.add(file.name);
    key.add(file.bytes);
    key.add(file.modified);
  }
  return key;
}

SharedRows loadPictures(const ImageFolder &folder, const Options &options, const std::string &cache, nncc_pool *pool) {
  int64_t count = static_cast<int64_t>(folder.files.size()), elements = options.shape.elements();
  Problems problems(folder);
  auto decode = [&](int64_t begin, int64_t part, uint8_t *to) {
    overPool(pool, begin, part, [&](int64_t i, PictureScratch &scratch) {
      problems[i] = readPicture(folder.pathOf(i), options.shape, options.resize, to + (i - begin) * elements, scratch);
    });
  };
  if (!cache.empty())
    return cachedBytes(cache, keyOf(folder, options), count, elements, [&](int64_t begin, int64_t part, uint8_t *to) {
      decode(begin, part, to);
      if (begin + part == count) // before the file is put in place
        problems.report(options);
    });
  uint64_t bytes = static_cast<uint64_t>(count) * static_cast<uint64_t>(elements);
  if (sampleMemoryUsed() + bytes <= sampleMemoryLimit()) {
    Bytes pixels(bytes);
    decode(0, count, pixels.data());
    problems.report(options);
    return std::make_shared<ByteRows>(std::move(pixels), count);
  }
  overPool(pool, 0, count, [&](int64_t i, PictureScratch &scratch) {
    nncc_picture_size size;
    problems[i] = readPictureSize(folder.pathOf(i), size, scratch);
    if (problems[i].kind == PictureProblem::None && !options.resize &&
        (size.height != options.shape.height || size.width != options.shape.width))
      problems[i] = {PictureProblem::WrongSize,
                     format("%lldx%lld", static_cast<long long>(size.width), static_cast<long long>(size.height))};
  });
  problems.report(options);
  return std::make_shared<PictureRows>(folder, options.shape, options.resize);
}

RawPart readPart(const nncc_program &program, const ImageFolder &folder, bool resize, const std::string &cache,
                 nncc_pool *pool) {
  Options options{pictureShapeOf(program, 0, firstPictureSize(folder)), resize, program};
  int64_t count = static_cast<int64_t>(folder.files.size());
  RawPart part;
  const PictureShape &shape = options.shape;
  part.inputs.emplace_back(std::vector<int64_t>{count, shape.height, shape.width, shape.channels},
                           loadPictures(folder, options, cache, pool));
  part.labels.shape = {count};
  part.labels.integral = true;
  for (const ImageFile &file : folder.files)
    part.labels.values.push_back(static_cast<float>(file.label));
  part.inputName = "'" + folder.root + "'";
  part.labelName = "the folders of '" + folder.root + "'";
  return part;
}

/// More folders than classes: said here, with their names.
void checkClassCount(const nncc_program &program, const ImageFolder &folder) {
  int64_t most = classCount(program), found = static_cast<int64_t>(folder.classes.size());
  if (!program.training.present || lossKind(program) == LossKind::Regression || found <= most)
    return;
  std::string names;
  for (size_t i = 0; i < folder.classes.size() && i < 12; ++i)
    names += (i ? ", " : "") + folder.classes[i];
  fail(exitBadInput, "'%s' has %lld folders, one a class (%s%s); the model '%s' tells %lld classes apart",
       folder.root.c_str(), static_cast<long long>(found), names.c_str(), found > 12 ? ", ..." : "", program.name,
       static_cast<long long>(most));
}

} // namespace

RawData readImagesSource(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool) {
  constexpr const char *known[] = {"split", "resize", nullptr};
  spec.onlyParameters(known);
  spec.needOneInput(program);
  pictureCodecs();
  bool resize = spec.boolean("resize", spec.resize);
  std::string split = spec.split();
  RawData data;
  data.pictures = true;
  data.hasTest = hasTrainAndTest(spec.location);
  ImageFolder train = listImages(data.hasTest ? spec.location + "/train" : spec.location);
  checkClassCount(program, train);
  data.classNames = train.classes;
  if (split == "train" || !data.hasTest || (split.empty() && !spec.testPreferred))
    data.train = readPart(program, train, resize, spec.cache, pool);
  if (data.hasTest && split != "train")
    data.test = readPart(program, listImages(spec.location + "/test", &train.classes), resize, spec.cache, pool);
  return data;
}

RawInput readPictures(const nncc_program &program, const std::string &path, bool resize, const std::string &cache,
                      nncc_pool *pool, std::vector<std::string> &names) {
  if (program.input_count != 1)
    fail(exitBadInput, "'%s' is one input, the model '%s' has %lld; give an .npz file with one array per input",
         path.c_str(), program.name, static_cast<long long>(program.input_count));
  ImageFolder folder = listPictures(path);
  for (const ImageFile &file : folder.files)
    names.push_back(file.name);
  return std::move(readPart(program, folder, resize, cache, pool).inputs[0]);
}

} // namespace nncc::runtime
