// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Pipeline/Reproducer.h"

using namespace llvm;

namespace nncc::pipeline {

static bool fromLine(StringRef line, std::string &value) {
  for (; !line.empty(); line = line.drop_front()) {
    if (!line.consume_front("\\")) {
      value += line.front();
      continue;
    }
    if (line.empty() || !StringRef("nr\\").contains(line.front()))
      return false;
    value += line.front() == 'n' ? '\n' : line.front() == 'r' ? '\r' : '\\';
  }
  return true;
}

static Error damaged(const Twine &what) { return createStringError("the reproducer is damaged: " + what); }

/// Takes "BYTES..." of `line` and so many bytes, and a line end, from `rest`.
static bool takeBlock(StringRef &line, StringRef &rest, std::string &block) {
  uint64_t size = 0;
  if (line.consumeInteger(10, size) || size >= rest.size() || rest[size] != '\n')
    return false;
  block = rest.take_front(size).str();
  rest = rest.drop_front(size + 1);
  return true;
}

Expected<Reproducer> Reproducer::parse(StringRef text) {
  if (!text.consume_front(kFirstLine)) {
    if (text.starts_with("nncc reproducer, format "))
      return createStringError("the reproducer has another format than this version of nncc knows: '" +
                               text.split('\n').first + "'");
    return createStringError("it does not begin with '" + kFirstLine.trim() + "': it is no reproducer");
  }
  Reproducer result;
  bool hasStatus = false;
  while (!text.empty()) {
    const auto [line, rest] = text.split('\n');
    if (line.size() == text.size())
      return damaged("its last line is cut off");
    text = rest;
    auto [key, written] = line.split(':');
    written.consume_front(" ");
    if (key == "stack")
      break; // for people
    if (key == "module") {
      if (!takeBlock(written, text, result.module))
        return damaged("its module is cut off");
      continue;
    }
    Input input;
    if (key == "input") {
      if (!takeBlock(written, text, input.text) || !written.consume_front(" "))
        return damaged("its input is cut off or has another size than it says");
    }
    std::string value;
    if (!fromLine(written, value))
      return damaged("the value of '" + key + "' has an unknown escape");
    if (key == "input") {
      input.name = value;
      result.input = std::move(input);
    } else if (key == "nncc")
      result.version = value;
    else if (key == "machine")
      result.machine = value;
    else if (key == "argument")
      result.arguments.push_back(value);
    else if (key == "message")
      result.message = value;
    else if (key == "pipeline")
      result.pipeline = value;
    else if (key == "status")
      hasStatus = true;
    else
      return damaged("unknown key '" + key + "'");
  }
  if (!hasStatus) // it stands behind all arguments
    return damaged("it is cut off");
  return result;
}

} // namespace nncc::pipeline
