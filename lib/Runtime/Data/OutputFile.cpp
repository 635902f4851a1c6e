// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Data/OutputFile.h"

namespace nncc::runtime {

static void check(nncc_status status, nncc_message &message) {
  std::string text = message.text ? message.text : nncc_status_string(status);
  nncc_message_free(&message);
  if (status != NNCC_OK)
    failWith({exitResource, std::move(text)});
}

void OutputFile::checkPath(const std::string &path) {
  if (path.empty())
    return;
  nncc_message message{};
  nncc_status status = nncc_file_check(path.c_str(), &message);
  check(status, message);
}

OutputFile::OutputFile(const std::string &path) {
  nncc_message message{};
  nncc_status status = nncc_file_create(path.c_str(), &file, &message);
  check(status, message);
}

void OutputFile::abandon() {
  nncc_file_abandon(file);
  file = nullptr;
}

void OutputFile::write(const void *bytes, size_t count) {
  nncc_message message{};
  nncc_status status = nncc_file_write(file, bytes, count, &message);
  check(status, message);
}

void OutputFile::finish() {
  nncc_message message{};
  nncc_status status = nncc_file_finish(file, &message);
  check(status, message);
}

void OutputFile::commit() {
  nncc_message message{};
  nncc_status status = nncc_file_commit(file, &message);
  file = nullptr; // freed, whatever the outcome
  check(status, message);
}

OutputFile &OutputFiles::add(const std::string &path) {
  return *files.emplace_back(std::make_unique<OutputFile>(path));
}

void OutputFiles::commit() {
  for (const auto &file : files)
    file->finish();
  for (const auto &file : files)
    file->commit();
  files.clear();
}

} // namespace nncc::runtime
