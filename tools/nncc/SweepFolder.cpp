// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SweepFolder.h"

#include "nncc/Runtime/Report/History.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace nncc::runtime;

namespace nncc::tool {

llvm::Error writeFile(StringRef path, StringRef text) {
  return writeToOutput(path, [&](raw_ostream &out) {
    out << text;
    return llvm::Error::success();
  });
}

std::optional<std::string> readFile(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  return buffer ? std::optional((*buffer)->getBuffer().str()) : std::nullopt;
}

llvm::Error RunFolder::prepare(StringRef model, StringRef command) const {
  if (std::error_code code = sys::fs::create_directories(path))
    return createStringError("cannot make '" + path + "': " + code.message());
  for (auto [name, text, what] : {std::tuple{"model.nn", model, "the model"}, {"command", command, "the options"}}) {
    std::optional<std::string> before = readFile(file(name));
    if (before && *before != text)
      return createStringError("'" + path + "' holds a run of before " + what +
                               " changed; take another -o DIR, or remove that folder");
    if (!before)
      if (llvm::Error error = writeFile(file(name), text))
        return error;
  }
  return llvm::Error::success();
}

/// The step and the epoch of "... in epoch 1, batch 2 of 10 (step 2), ...", the last one in a log; 0 where there is
/// none.
static std::pair<int64_t, int64_t> badPlace(StringRef log) {
  int64_t step = 0, epoch = 0;
  const size_t at = log.rfind(" in epoch ");
  if (at == StringRef::npos)
    return {0, 0};
  StringRef rest = log.drop_front(at + StringRef(" in epoch ").size());
  rest.consumeInteger(10, epoch);
  rest = rest.split("(step ").second;
  rest.consumeInteger(10, step);
  return {step, epoch};
}

/// Whether the last loss of a history is NaN or infinite.
static bool endsBadly(const std::vector<Logs> &epochs) {
  return !epochs.empty() &&
         any_of(epochs.back(), [](const auto &log) { return log.first == "loss" && !std::isfinite(log.second); });
}

llvm::Error RunFolder::finish(bool diverged, double seconds) const {
  diverged = diverged || endsBadly(History::parse(readFile(file("history.csv")).value_or("")));
  std::string text = formatv("seconds {0:f3}\n", seconds).str();
  if (diverged) {
    auto [step, epoch] = badPlace(readFile(file("log")).value_or(""));
    text += formatv("diverged {0} {1}\n", step, epoch).str();
  }
  if (llvm::Error error = writeFile(file("result"), text))
    return error;
  sys::fs::remove(file("checkpoint"));
  return llvm::Error::success();
}

/// The epochs that a log tells of: a training that diverged writes no history.
static std::vector<Logs> parseLog(StringRef log) {
  std::vector<Logs> epochs;
  SmallVector<StringRef> lines, parts;
  log.split(lines, '\n');
  for (StringRef line : lines) {
    parts.clear();
    line.split(parts, " - ");
    Logs logs;
    for (StringRef part : parts) {
      auto [name, value] = part.split(": ");
      double number;
      if (!value.empty() && (!value.getAsDouble(number) || value == "nan"))
        logs.push_back({name.str(), value == "nan" ? NAN : number});
    }
    if (parts.size() > 2 && parts[0].contains('/') && !logs.empty())
      epochs.push_back(std::move(logs));
  }
  return epochs;
}

void RunFolder::load(report::SweepRun &run) const {
  const std::string result = readFile(file("result")).value_or(""), log = readFile(file("log")).value_or("");
  SmallVector<StringRef> lines;
  StringRef(result).split(lines, '\n', -1, false);
  run.status = report::SweepRun::Finished;
  for (StringRef line : lines) {
    SmallVector<StringRef, 3> words;
    line.split(words, ' ');
    if (words[0] == "seconds" && words.size() == 2)
      words[1].getAsDouble(run.seconds);
    if (words[0] == "diverged" && words.size() == 3) {
      run.status = report::SweepRun::Diverged;
      words[1].getAsInteger(10, run.badStep);
      words[2].getAsInteger(10, run.badEpoch);
    }
  }
  std::vector<Logs> epochs = History::parse(readFile(file("history.csv")).value_or(""));
  if (epochs.empty())
    epochs = parseLog(log);
  run.epochs.clear();
  for (Logs &logs : epochs) {
    EpochRecord record;
    record.epoch = run.epochs.size();
    record.logs = std::move(logs);
    run.epochs.push_back(std::move(record));
  }
}

std::string RunFolder::progress() const {
  const std::string log = readFile(file("log")).value_or("");
  const size_t at = StringRef(log).rfind("Epoch ");
  return at == std::string::npos ? "starting" : "e" + StringRef(log).drop_front(at + 1).split('\n').first.str();
}

std::string RunFolder::lastError() const {
  const std::string log = readFile(file("log")).value_or("");
  const size_t at = StringRef(log).rfind("error: ");
  return at == std::string::npos ? "see " + file("log") : StringRef(log).drop_front(at + 7).split('\n').first.str();
}

} // namespace nncc::tool
