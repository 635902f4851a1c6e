// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/Picture.h"

#include "nncc/Runtime/Data/Error.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nncc::runtime {

const nncc_picture_codecs &pictureCodecs() {
  if (!&nncc_linked_picture_codecs)
    fail(exitBadInput, "this program was linked without libpng and libjpeg; compile the model with --pictures");
  return *nncc_linked_picture_codecs;
}

bool isPictureName(const std::string &name) {
  size_t dot = name.rfind('.');
  if (dot == std::string::npos)
    return false;
  for (const char *ending : {".png", ".jpg", ".jpeg"})
    if (strcasecmp(name.c_str() + dot, ending) == 0)
      return true;
  return false;
}

PictureShape pictureShapeOf(const nncc_program &program, int64_t index, const nncc_picture_size &like) {
  const nncc_tensor &input = program.inputs[index];
  if (input.rank == 3 && input.extents[2] >= 1 && input.extents[2] <= 4)
    return {input.extents[0], input.extents[1], input.extents[2]};
  if (input.rank == 2)
    return {input.extents[0], input.extents[1], 1};
  if (input.rank == 1)
    for (int64_t channels : {1, 3})
      if (like.height * like.width * channels == input.elements)
        return {like.height, like.width, channels};
  fail(exitBadInput,
       "the input '%s' of model '%s' is %s, which takes no picture: that has height, width and 1 to 4 channels",
       input.name, program.name, shapeText(input.extents, input.rank, -1).c_str());
}

/// Reads at most `most` bytes of a regular file; false with the reason in `why`.
static bool readBytes(const std::string &path, size_t most, std::vector<uint8_t> &bytes, std::string &why) {
  constexpr size_t largest = size_t{1} << 30;
  // Not blocking: a pipe that is named like a picture must not hang.
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status{};
  if (file < 0 || fstat(file, &status) != 0) {
    why = strerror(errno);
    if (file >= 0)
      close(file);
    return false;
  }
  bool fine = S_ISREG(status.st_mode);
  if (!fine)
    why = "it is not a file";
  else if (static_cast<size_t>(status.st_size) > largest) {
    fine = false;
    why = "it is larger than 1 GB";
  }
  bytes.resize(fine ? std::min(static_cast<size_t>(status.st_size), most) : 0);
  for (size_t at = 0; fine && at < bytes.size();) {
    ssize_t got = read(file, bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      fine = false;
      why = got < 0 ? strerror(errno) : "it became shorter while it was read";
    } else {
      at += static_cast<size_t>(got);
    }
  }
  close(file);
  return fine;
}

PictureProblem readPictureSize(const std::string &path, nncc_picture_size &size, PictureScratch &scratch) {
  char reason[NNCC_PICTURE_REASON] = "";
  std::string why;
  // Most headers stand at the front; where a long profile comes first, the whole file is needed.
  for (size_t most : {size_t{1} << 16, SIZE_MAX}) {
    if (!readBytes(path, most, scratch.file, why))
      return {PictureProblem::Unreadable, why};
    if (pictureCodecs().read_size(scratch.file.data(), scratch.file.size(), &size, reason))
      return {};
  }
  return {PictureProblem::Unreadable, reason};
}

PictureProblem readPicture(const std::string &path, const PictureShape &shape, bool resize, uint8_t *to,
                           PictureScratch &scratch) {
  const nncc_picture_codecs &codecs = pictureCodecs();
  char reason[NNCC_PICTURE_REASON] = "";
  std::string why;
  nncc_picture_size size;
  if (!readBytes(path, SIZE_MAX, scratch.file, why))
    return {PictureProblem::Unreadable, why};
  if (!codecs.read_size(scratch.file.data(), scratch.file.size(), &size, reason))
    return {PictureProblem::Unreadable, reason};
  bool sameSize = size.height == shape.height && size.width == shape.width;
  if (!sameSize && !resize)
    return {PictureProblem::WrongSize,
            format("%lldx%lld", static_cast<long long>(size.width), static_cast<long long>(size.height))};
  PictureShape decoded{size.height, size.width, shape.channels};
  if (!sameSize)
    scratch.pixels.resize(static_cast<size_t>(decoded.elements()));
  uint8_t *pixels = sameSize ? to : scratch.pixels.data();
  if (!codecs.decode(scratch.file.data(), scratch.file.size(), shape.channels, pixels, reason))
    return {PictureProblem::Unreadable, reason};
  if (!sameSize)
    resizePicture(pixels, decoded, shape.height, shape.width, to, scratch.rows);
  return {};
}

} // namespace nncc::runtime
