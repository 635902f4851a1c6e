// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Commands.h"
#include "Replay.h"

#include "nncc/Frontend/Formatter.h"
#include "nncc/Support/Diagnostics.h"
#include "nncc/Support/OutputPath.h"
#include "nncc/Support/PrintableText.h"
#include "nncc/Support/SourceFile.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

static constexpr StringLiteral kUsage = "usage: nncc fmt [--check] MODEL.nn...\n\n"
                                        "Rewrites the files in the canonical layout; '-' formats standard input to standard output.\n\n"
                                        "  --check  writes nothing, names the files whose layout is not canonical, and exits with 1 if any\n";

StringRef formatUsage() { return kUsage; }

static int wrong(const Twine &message) {
  errs() << "nncc: error: " << printable(message.str()) << "; " << kUsage;
  return static_cast<int>(pipeline::ExitStatus::WrongUsage);
}

static pipeline::ExitStatus formatOne(const std::string &path, bool check) {
  using pipeline::ExitStatus;
  std::string text;
  if (!readSource(path, text))
    return ExitStatus::BadInput;
  Diagnostics diagnostics;
  auto file = std::make_shared<SourceFile>(path == "-" ? "<stdin>" : path, text);
  std::optional<std::string> formatted = frontend::format(file, diagnostics);
  diagnostics.print(errs());
  if (!formatted)
    return ExitStatus::BadInput;
  if (check) {
    if (*formatted == text)
      return ExitStatus::Success;
    outs() << path << "\n";
    return ExitStatus::BadInput;
  }
  if (path == "-") {
    outs() << *formatted;
    return ExitStatus::Success;
  }
  if (*formatted == text || isReplay())
    return ExitStatus::Success;
  Error error = writeToOutput(behindLink(path), [&](raw_ostream &out) {
    out << *formatted;
    return Error::success();
  });
  if (!error)
    return ExitStatus::Success;
  errs() << "nncc: error: cannot write " << printable(toString(std::move(error))) << "\n"; // which names the file
  return ExitStatus::Failed;
}

int runFormat(const std::vector<std::string> &arguments) {
  bool check = false;
  std::vector<std::string> paths;
  for (const std::string &argument : arguments) {
    if (argument == "--help" || argument == "-h") {
      outs() << kUsage;
      return 0;
    }
    if (argument == "--check")
      check = true;
    else if (argument.size() > 1 && argument[0] == '-')
      return wrong("unknown option '" + argument + "'");
    else
      paths.push_back(argument);
  }
  if (paths.empty())
    return wrong("no file to format");
  pipeline::ExitStatus worst = pipeline::ExitStatus::Success;
  for (const std::string &path : paths)
    worst = std::max(worst, formatOne(path, check));
  return static_cast<int>(worst);
}

} // namespace nncc::tool
