// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ImageFolder.h"

#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Data/Picture.h"
#include "nncc/Runtime/Data/Sort.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <sys/stat.h>

namespace nncc::runtime {

bool isFolder(const std::string &path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

namespace {

/// Deeper folders are taken for a link that points back up.
constexpr int deepest = 16;

/// Names in a folder, sorted by their bytes, without those that start with a dot.
std::vector<std::string> namesIn(const std::string &path) {
  std::vector<std::string> names;
  DIR *folder = opendir(path.c_str());
  if (!folder)
    fail(exitBadInput, "cannot read the folder '%s': %s", path.c_str(), strerror(errno));
  while (dirent *entry = readdir(folder))
    if (entry->d_name[0] != '.')
      names.push_back(entry->d_name);
  closedir(folder);
  sortList(names);
  return names;
}

std::vector<std::string> foldersIn(const std::string &path) {
  std::vector<std::string> names = namesIn(path);
  std::erase_if(names, [&](const std::string &name) { return !isFolder(path + "/" + name); });
  return names;
}

/// Appends the pictures below root/folder. A file that cannot be looked at counts: it will be reported with the others.
void collect(const std::string &root, const std::string &folder, int64_t label, int depth,
             std::vector<ImageFile> &files) {
  std::string path = folder.empty() ? root : root + "/" + folder;
  if (depth > deepest)
    fail(exitBadInput, "the folders in '%s' are nested more than %d deep; does a link point back up?", root.c_str(),
         deepest);
  for (const std::string &entry : namesIn(path)) {
    std::string name = folder.empty() ? entry : folder + "/" + entry;
    struct stat status{};
    bool known = stat((root + "/" + name).c_str(), &status) == 0;
    if (known && S_ISDIR(status.st_mode)) {
      collect(root, name, label, depth + 1, files);
    } else if (isPictureName(entry)) {
      files.push_back({name, known ? static_cast<int64_t>(status.st_size) : 0,
                       known ? int64_t{status.st_mtim.tv_sec} * 1000000000 + status.st_mtim.tv_nsec : 0, label});
    }
  }
}

void requireFolder(const std::string &root) {
  if (!isFolder(root))
    fail(exitBadInput, "there is no folder '%s' with pictures", root.c_str());
}

} // namespace

bool hasTrainAndTest(const std::string &root) {
  for (const char *part : {"/train", "/test"})
    if (!isFolder(root + part) || foldersIn(root + part).empty())
      return false;
  return true;
}

ImageFolder listImages(const std::string &root, const std::vector<std::string> *classes) {
  requireFolder(root);
  ImageFolder folder;
  folder.root = root;
  std::vector<std::string> found = foldersIn(root);
  folder.classes = classes ? *classes : found;
  if (found.empty())
    fail(exitBadInput, "'%s' has no sub-folders; expected one a class, with .png and .jpg files", root.c_str());
  for (const std::string &name : found) {
    auto place = std::find(folder.classes.begin(), folder.classes.end(), name);
    if (place == folder.classes.end())
      fail(exitBadInput, "'%s' has a folder '%s', which the folder to train on lacks", root.c_str(), name.c_str());
    size_t before = folder.files.size();
    collect(root, name, place - folder.classes.begin(), 1, folder.files);
    if (folder.files.size() == before)
      fail(exitBadInput, "the folder '%s/%s' holds no .png, .jpg or .jpeg files", root.c_str(), name.c_str());
  }
  return folder;
}

ImageFolder listPictures(const std::string &path) {
  ImageFolder folder;
  struct stat status{};
  if (stat(path.c_str(), &status) != 0)
    fail(exitBadInput, "cannot read '%s': %s", path.c_str(), strerror(errno));
  if (!S_ISDIR(status.st_mode)) {
    size_t slash = path.rfind('/');
    folder.root = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    folder.files.push_back({slash == std::string::npos ? path : path.substr(slash + 1),
                            static_cast<int64_t>(status.st_size),
                            int64_t{status.st_mtim.tv_sec} * 1000000000 + status.st_mtim.tv_nsec, 0});
    return folder;
  }
  folder.root = path;
  collect(path, "", 0, 1, folder.files);
  if (folder.files.empty())
    fail(exitBadInput, "the folder '%s' holds no .png, .jpg or .jpeg files", path.c_str());
  return folder;
}

nncc_picture_size firstPictureSize(const ImageFolder &folder) {
  PictureScratch scratch;
  nncc_picture_size size{};
  for (int64_t i = 0; i < static_cast<int64_t>(folder.files.size()); ++i)
    if (readPictureSize(folder.pathOf(i), size, scratch).kind == PictureProblem::None)
      return size;
  return {};
}

} // namespace nncc::runtime
