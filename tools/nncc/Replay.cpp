// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Replay.h"

#include "Commands.h"

#include "nncc/Dialect/NN/Layer.h"
#include "nncc/Pipeline/ProgramFacts.h"
#include "nncc/Pipeline/Reproducer.h"
#include "nncc/Support/PrintableText.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

namespace {

struct Replay {
  pipeline::Reproducer recorded;
  std::string folder; ///< for all that the run writes
  StringSet<> taken;  ///< names in it
};

/// Set once, before the run.
std::optional<Replay> &current() {
  static std::optional<Replay> replay;
  return replay;
}

/// `path` in the folder, under its own name or, where another option has it, with a number before it.
std::string confined(StringRef path) {
  const std::string name = sys::path::filename(path).str();
  std::string free = name;
  for (int number = 2; !current()->taken.insert(free).second; ++number)
    free = std::to_string(number) + "-" + name;
  return current()->folder + "/" + free;
}

/// MLIR's developer options that write files.
bool writesFiles(StringRef option) {
  option = option.ltrim('-');
  return option.starts_with("mlir-print-ir-tree-dir") || option.starts_with("mlir-pass-pipeline-crash-reproducer");
}

/// Of commands with a name those whose writing is confined.
bool isReplayable(StringRef command) {
  return command == "fmt" || command == "data" || command == "inspect" ||
         none_of(commands(), [&](const Command &known) { return known.name == command; });
}

void tellDifferences(const pipeline::Reproducer &recorded) {
  errs() << "nncc: replaying: nncc";
  for (const std::string &argument : recorded.arguments)
    errs() << " " << printable(argument);
  errs() << "\n";
  if (recorded.version != pipeline::compilerVersion())
    errs() << "nncc: note: the reproducer is from " << printable(recorded.version) << ", this is "
           << pipeline::compilerVersion() << "\n";
  if (recorded.machine != pipeline::describeMachine())
    errs() << "nncc: note: the reproducer is from another machine: " << printable(recorded.machine) << "\n";
}

} // namespace

bool isReplay() { return current().has_value(); }

std::optional<StringRef> replayedInput(const std::string &path) {
  if (!isReplay() || !current()->recorded.input || current()->recorded.input->name != path)
    return std::nullopt;
  return StringRef(current()->recorded.input->text);
}

void confine(runtime::RunOptions &options) {
  if (!isReplay())
    return;
  for (std::string *path : runtime::writtenFiles(options))
    if (!path->empty())
      *path = confined(*path);
}

void confine(Arguments &arguments) {
  if (!isReplay())
    return;
  confine(arguments.run);
  erase_if(arguments.mlirOptions, writesFiles);
  codegen::TargetOptions &target = arguments.compiler.target;
  const std::string &machine = current()->recorded.machine;
  if (arguments.emit.empty() || !target.triple.empty() || !target.cpu.empty() || machine == pipeline::describeMachine())
    return;
  auto [triple, processor] = StringRef(machine).split(' ');
  auto [cpu, features] = processor.split(' ');
  target.triple = triple.str();
  target.cpu = cpu.str();
  if (target.features.empty())
    target.features = features.str();
}

void confineCallbacks(mlir::ModuleOp model) {
  auto train = model->getAttrOfType<mlir::DictionaryAttr>("nn.train");
  auto callbacks = train ? train.getAs<mlir::ArrayAttr>("callbacks") : mlir::ArrayAttr();
  if (!isReplay() || !callbacks)
    return;
  mlir::Builder builder(model.getContext());
  SmallVector<mlir::Attribute> changed;
  for (mlir::Attribute callback : callbacks) {
    auto call = dyn_cast<nn::CallAttr>(callback);
    if (!call) {
      changed.push_back(callback);
      continue;
    }
    mlir::NamedAttrList arguments(call.getArguments());
    for (StringRef name : {"filepath", "filename"})
      if (auto path = call.getArguments().getAs<mlir::StringAttr>(name))
        arguments.set(name, builder.getStringAttr(confined(path.getValue())));
    changed.push_back(nn::CallAttr::get(model.getContext(), call.getName(), arguments.getDictionary(model.getContext())));
  }
  mlir::NamedAttrList settings(train);
  settings.set("callbacks", builder.getArrayAttr(changed));
  model->setAttr("nn.train", settings.getDictionary(model.getContext()));
}

int runReplay(const std::vector<std::string> &words, int (*run)(const std::vector<std::string> &words)) {
  using pipeline::ExitStatus;
  if (words.size() != 2) {
    errs() << "nncc: error: --replay takes one reproducer, and no other option beside it: nncc --replay FILE\n";
    return static_cast<int>(ExitStatus::WrongUsage);
  }
  const std::string &path = words[1];
  std::string text;
  if (!readSource(path, text))
    return static_cast<int>(ExitStatus::BadInput);
  Expected<pipeline::Reproducer> recorded = pipeline::Reproducer::parse(text);
  auto fail = [&](const Twine &why, ExitStatus status) {
    errs() << "nncc: error: cannot replay '" << printable(path) << "': " << why << "\n";
    return static_cast<int>(status);
  };
  if (!recorded)
    return fail(printable(toString(recorded.takeError())), ExitStatus::BadInput);
  const std::string command = recorded->arguments.empty() ? "" : recorded->arguments[0];
  if (!isReplayable(command))
    return fail("'nncc " + printable(command) + "' is not replayed; what it runs leaves reproducers of its own",
                ExitStatus::WrongUsage);
  SmallString<128> folder;
  if (std::error_code error = sys::fs::createUniqueDirectory("nncc-replay", folder))
    return fail("cannot make a folder for what it writes: " + error.message(), ExitStatus::Failed);
  current() = Replay{*recorded, folder.str().str(), {}};
  tellDifferences(*recorded);
  pipeline::recordRun(recorded->arguments);
  pipeline::recordReplay(path);
  const int status = run(recorded->arguments);
  if (sys::fs::remove(folder)) // which removes no folder that holds anything
    errs() << "nncc: note: what the run wrote is in " << folder << "\n";
  return status;
}

} // namespace nncc::tool
