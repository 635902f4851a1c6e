// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --embed-weights: a weights file becomes part of an artefact.
#include "Commands.h"

#include "nncc/Codegen/FactsTable.h"
#include "nncc/Codegen/StoreWeights.h"
#include "nncc/Runtime/Core/Weights.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace llvm;

namespace nncc::tool {

pipeline::ExitStatus embedWeights(pipeline::Compiler &compiler, const Arguments &arguments) {
  const auto fail = [](const Twine &text, pipeline::ExitStatus status) {
    errs() << "nncc: error: " << printableLines(text.str()) << "\n";
    return status;
  };
  const codegen::Program &program = compiler.describe();
  codegen::FactsTable facts(program);
  codegen::Embedded embedded;
  embedded.storage = arguments.storage;
  std::vector<float> values(program.parameterFloats);
  nncc_message message = {};
  char **classes = nullptr;
  int64_t classCount = 0;
  auto release = make_scope_exit([&] {
    nncc_message_free(&message);
    free(classes);
  });
  if (nncc_status status = nncc_weights_read(&facts.program(), arguments.embedWeights.c_str(), values.data(), &classes, &classCount, &message);
      status != NNCC_OK)
    return fail(message.text ? message.text : nncc_status_string(status),
                status == NNCC_ERROR_MEMORY ? pipeline::ExitStatus::Failed : pipeline::ExitStatus::BadInput);
  Expected<std::vector<char>> bytes = codegen::storeWeights(values, program, arguments.storage);
  if (!bytes)
    return fail("--embed-weights " + arguments.embedWeights + ": " + toString(bytes.takeError()), pipeline::ExitStatus::BadInput);
  embedded.values = std::move(*bytes);
  embedded.classes.assign(classes, classes + classCount);
  compiler.embed(std::move(embedded));
  return pipeline::ExitStatus::Success;
}

} // namespace nncc::tool
