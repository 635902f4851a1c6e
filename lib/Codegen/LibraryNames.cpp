// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "nncc/Codegen/LibraryNames.h"

#include "ReservedNames.h"
#include "nncc/Codegen/Program.h"
#include "nncc/Support/SnakeCase.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace nncc::codegen {

/// Letters, digits and underscores, no digit first, not empty; `otherwise` stands before or for what isn't there.
static std::string identifier(StringRef text, StringRef otherwise) {
  std::string result;
  for (char c : text)
    result += isAlnum(c) ? c : '_';
  if (result.empty())
    return otherwise.str();
  // What begins with an underscore is reserved at file scope; Keras says "private" too.
  if (result.front() == '_')
    return "private" + result;
  return isDigit(result.front()) ? (otherwise + "_" + result).str() : result;
}

LibraryNames LibraryNames::of(StringRef modelName) {
  LibraryNames names;
  names.prefix = identifier(snakeCase(modelName), "model");
  if (isKeyword(names.prefix) || isLibraryName(names.prefix) || names.prefix == "std" || names.prefix == "nncc")
    names.prefix += "_model";
  names.cppClass = identifier(modelName, "Model");
  names.cppClass.front() = toUpper(names.cppClass.front());
  names.macro = StringRef(names.prefix).upper();
  names.fileBase = names.prefix;
  return names;
}

std::vector<std::string> inputParameters(ArrayRef<Tensor> inputs) {
  if (inputs.size() == 1)
    return {"input"};
  // The other parameters of the functions, and what the C++ class calls within them.
  StringSet<> taken = {
      "model",          "labels", "batch",   "loss",   "output",   "output_gradient",  "output_elements",
      "label_elements", "check",  "samples", "expect", "batch_of", "labeled_batch_of", "pointer",
      "handle_",        "std"};
  std::vector<std::string> names;
  for (const Tensor &input : inputs) {
    std::string name = identifier(input.name, "input");
    // Whatever the case, as names also become parts of macros.
    auto isTaken = [&](const std::string &one) { return taken.contains(StringRef(one).lower()); };
    while (isKeyword(name) || isTaken(name) || isTaken(name + "_gradient"))
      name += "_input";
    taken.insert(StringRef(name).lower());
    taken.insert(StringRef(name + "_gradient").lower());
    names.push_back(name);
  }
  return names;
}

} // namespace nncc::codegen
