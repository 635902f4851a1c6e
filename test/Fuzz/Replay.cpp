// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a fuzz target as a test: its corpus, the inputs of past findings, and a fixed number of damaged ones, the same each
// time. NNCC_FUZZ=N damages N; what a failing run was fed with stands in the file that it names.
#include "Fuzz.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <unistd.h>

using namespace nncc::fuzz;

namespace {

// What a signal handler may look at.
std::string current;
char kept[256];

void keepInput(int signal) {
  int file = open(kept, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  bool isKept = file >= 0 && write(file, current.data(), current.size()) == static_cast<ssize_t>(current.size());
  for (const char *text : {"the input is in ", isKept ? kept : "(not written)", "\n"})
    (void)!write(2, text, strlen(text));
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void run(std::string input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(current.data()), current.size());
}

/// The files of a subfolder of the target's, by name.
std::vector<std::string> load(const char *folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code missing;
  for (const auto &entry : std::filesystem::directory_iterator(std::string(NNCC_FUZZ_FOLDER "/") + folder, missing))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const auto &path : paths) {
    std::ifstream stream(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return inputs;
}

/// One change of the kinds that libFuzzer makes, too.
void damage(std::string &input, const std::vector<std::string> &corpus, std::mt19937_64 &random) {
  auto below = [&](size_t bound) { return bound ? random() % bound : 0; };
  const size_t at = below(input.size() + 1), length = below(std::min<size_t>(input.size() - at, 64) + 1);
  constexpr char telling[] = {0, 1, 2, 16, 32, 64, 127, -128, -1, '0', '9', '(', ')', '"', '\n', ' '};
  switch (random() % 7) {
  case 0: input.erase(at, length); break;
  case 1: input.insert(at, input.substr(below(input.size()), length)); break;
  case 2: input.insert(at, 1 + below(8), telling[below(std::size(telling))]); break;
  case 3: {
    const std::string &other = corpus[below(corpus.size())];
    input.replace(at, length, other.substr(below(other.size()), below(64)));
    break;
  }
  case 4: input.resize(at); break;
  case 5:
    if (at < input.size())
      input[at] = static_cast<char>(input[at] ^ 1 << below(8));
    break;
  default:
    if (at < input.size())
      input[at] = telling[below(std::size(telling))];
  }
}

class Fuzz : public testing::Test {
protected:
  static void SetUpTestSuite() {
    snprintf(kept, sizeof kept, "%s/nncc-finding-%d", std::filesystem::temp_directory_path().c_str(), getpid());
    for (int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
      std::signal(signal, keepInput);
  }
};

} // namespace

TEST_F(Fuzz, Corpus) {
  for (const std::string &input : load("corpus"))
    run(input);
  run("");
}

TEST_F(Fuzz, PastFindings) {
  for (const std::string &input : load("regressions"))
    run(input);
}

TEST_F(Fuzz, Damaged) {
  const std::vector<std::string> corpus = load("corpus");
  ASSERT_FALSE(corpus.empty());
  const char *wanted = std::getenv("NNCC_FUZZ");
  const uint64_t count = wanted ? strtoull(wanted, nullptr, 10) : NNCC_FUZZ_RUNS;
  std::mt19937_64 random(1);
  for (uint64_t i = 0; i < count; ++i) {
    std::string input = corpus[random() % corpus.size()];
    for (uint64_t changes = 1 + random() % 4; changes > 0; --changes)
      damage(input, corpus, random);
    run(std::move(input));
  }
}
