// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

//
// nncc sweep: trains a model with every combination of some values.
//  1. The grid is made, each run's model and options are checked; nothing runs before all of them are right.
//  2. Runs that are not finished are started as processes of this same program.
//  3. After each one the table and the page are written anew.

#include "Commands.h"
#include "SweepArguments.h"
#include "SweepFolder.h"
#include "SweepProcesses.h"
#include "SweepResults.h"

#include "nncc/Frontend/EditTrain.h"
#include "nncc/Runtime/Report/Html.h"
#include "nncc/Runtime/Report/Machine.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <thread>
#include <unistd.h>

using namespace llvm;
using namespace nncc::runtime;

namespace nncc::tool {

using pipeline::ExitStatus; // and not the runtime's

namespace {

/// Where files of the sweep cannot be written.
int failed(llvm::Error error) {
  errs() << "nncc: error: " << printable(toString(std::move(error))) << "\n";
  return static_cast<int>(ExitStatus::Failed);
}

double secondsNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// A run that may have to be started.
struct Run {
  RunFolder folder;
  std::string model;
  std::vector<std::string> options; ///< without files and threads
};

class SweepCommand {
public:
  SweepCommand(const SweepArguments &arguments, std::string source) : arguments(arguments), source(std::move(source)) {}
  int run(const std::vector<std::string> &words);

private:
  int plan();
  int execute();
  ChildCommand childOf(const Run &run, int64_t threads) const;
  void atEnd(size_t number, int status);
  void showProgress(const std::vector<size_t> &numbers);
  void say(const Twine &line);

  const SweepArguments &arguments;
  std::string source;
  report::Sweep sweep;
  std::vector<Run> runs;
  std::vector<size_t> waiting;   ///< runs that are not finished, in the order in which they are started
  std::vector<double> startedAt; ///< of those
  size_t finishedNow = 0;
  double lastShown = 0;
  size_t shownWidth = 0;
  const bool isTerminal = isatty(STDERR_FILENO);
  int worst = 0;
};

} // namespace

/// Makes the grid; checks the model and the options of each run as if it were started.
int SweepCommand::plan() {
  llvm::StringSet<> names;
  for (const std::vector<size_t> &indices : combinations(arguments.axes)) {
    report::SweepRun entry;
    entry.name = runName(arguments.axes, indices);
    for (std::string base = entry.name; !names.insert(entry.name).second;)
      entry.name = base + "-" + std::to_string(names.size());
    entry.folder = "runs/" + entry.name;
    Run run{RunFolder(arguments.folder + "/" + entry.folder), frontend::withCallback(source, "TerminateOnNaN"),
            arguments.passed};
    for (auto [axis, index] : zip(arguments.axes, indices)) {
      const std::string &value = axis.values[index];
      entry.values.push_back(value);
      if (axis.option == "--optimizer")
        run.model = frontend::withSetting(run.model, "optimizer", value);
      else if (axis.option == "-D")
        run.options.push_back("-D" + axis.name + "=" + value);
      else
        run.options.insert(run.options.end(), {axis.option, value});
    }
    std::vector<std::string> words{arguments.model, "-jit", "train"};
    words.insert(words.end(), run.options.begin(), run.options.end());
    Arguments checked;
    if (!parseArguments(words, checked))
      return static_cast<int>(ExitStatus::WrongUsage);
    pipeline::Compiler compiler(checked.compiler);
    if (ExitStatus status = compiler.load(run.model, arguments.model); status != ExitStatus::Success) {
      errs() << "nncc: note: in the run " << entry.name << "\n";
      return static_cast<int>(status);
    }
    if (!compiler.model()->hasAttr("nn.train")) {
      errs() << "nncc: error: '" << printable(arguments.model) << "' has no train section: there is nothing to sweep\n";
      return static_cast<int>(ExitStatus::BadInput);
    }
    if (sweep.title.empty())
      sweep.title = compiler.model().getName().value_or("model").str() + ", sweep";
    sweep.runs.push_back(std::move(entry));
    runs.push_back(std::move(run));
  }
  return 0;
}

/// What is typed to do this run alone, and what is started with files and threads beside it.
ChildCommand SweepCommand::childOf(const Run &run, int64_t threads) const {
  ChildCommand child;
  child.words = {sys::fs::getMainExecutable(nullptr, reinterpret_cast<void *>(&runSweep)), run.folder.file("model.nn"),
                 "-jit", "train"};
  auto add = [&](std::initializer_list<std::string> words) { child.words.insert(child.words.end(), words); };
  child.words.insert(child.words.end(), run.options.begin(), run.options.end());
  add({"--threads", std::to_string(threads), "--verbose", "2", "--history", run.folder.file("history.csv"), "--save",
       run.folder.file("weights.safetensors"), "--report", run.folder.file("report.html")});
  const std::string checkpoint = run.folder.file("checkpoint");
  if (sys::fs::exists(checkpoint))
    add({"--resume", checkpoint});
  add({"--checkpoint", checkpoint});
  child.log = run.folder.file("log");
  return child;
}

void SweepCommand::say(const Twine &line) {
  if (shownWidth)
    errs() << '\r' << std::string(shownWidth, ' ') << '\r';
  shownWidth = 0;
  errs() << line << "\n";
}

/// On a terminal one line that changes: how many runs are done, and what the others do.
void SweepCommand::showProgress(const std::vector<size_t> &numbers) {
  const double now = secondsNow();
  if (!isTerminal || now - lastShown < 0.5)
    return;
  lastShown = now;
  std::string line = formatv("{0}/{1} runs done", runs.size() - waiting.size() + finishedNow, runs.size());
  for (size_t number : numbers) {
    const size_t index = waiting[number];
    line += "; " + sweep.runs[index].name + " " + runs[index].folder.progress();
  }
  if (line.size() > 110)
    line = line.substr(0, 109) + "~";
  errs() << '\r' << line << std::string(shownWidth > line.size() ? shownWidth - line.size() : 0, ' ');
  shownWidth = line.size();
}

void SweepCommand::atEnd(size_t number, int status) {
  const size_t index = waiting[number];
  report::SweepRun &entry = sweep.runs[index];
  const Run &run = runs[index];
  constexpr int diverged = 4;
  if (status == 0 || status == diverged) {
    if (llvm::Error error = run.folder.finish(status == diverged, secondsNow() - startedAt[number])) {
      worst = failed(std::move(error));
      return;
    }
    run.folder.load(entry);
  } else if (status == 130 || status == 143) {
    return; // to be gone on with
  } else {
    entry.status = report::SweepRun::Failed;
    worst = std::max(worst, status > 128 ? static_cast<int>(ExitStatus::Internal) : status);
  }
  ++finishedNow;
  if (sweep.monitor.empty() && !entry.epochs.empty())
    sweep.monitor = std::isnan(report::bestOf(entry.epochs, "val_loss").value) ? "loss" : "val_loss";
  std::string what = report::statusText(entry);
  if (const report::Best best = report::bestOf(entry.epochs, sweep.monitor); !std::isnan(best.value))
    what += ", best " + sweep.monitor + " " + report::numberText(best.value) + " in epoch " +
            std::to_string(best.epoch + 1);
  if (entry.status == report::SweepRun::Failed)
    what += ": " + run.folder.lastError();
  say(formatv("[{0}/{1}] {2}: {3}", runs.size() - waiting.size() + finishedNow, runs.size(), entry.name, what).str());
  if (llvm::Error error = writeResults(sweep, arguments.folder))
    worst = failed(std::move(error));
}

int SweepCommand::execute() {
  for (auto [index, run] : enumerate(runs)) {
    if (llvm::Error error = run.folder.prepare(run.model, report::shellText(run.options))) {
      errs() << "nncc: error: " << printable(toString(std::move(error))) << "\n";
      return static_cast<int>(ExitStatus::Failed);
    }
    if (run.folder.isFinished())
      run.folder.load(sweep.runs[index]);
    else
      waiting.push_back(index);
  }
  for (const report::SweepRun &run : sweep.runs)
    if (sweep.monitor.empty() && !run.epochs.empty())
      sweep.monitor = std::isnan(report::bestOf(run.epochs, "val_loss").value) ? "loss" : "val_loss";
  if (waiting.size() < runs.size())
    say(formatv("{0} of {1} runs are there already", runs.size() - waiting.size(), runs.size()).str());
  if (llvm::Error error = writeResults(sweep, arguments.folder))
    return failed(std::move(error));

  const int64_t cores = arguments.threads ? arguments.threads : std::max(1u, std::thread::hardware_concurrency());
  const bool sideBySide = static_cast<int64_t>(waiting.size()) >= cores;
  std::vector<ChildCommand> commands;
  for (size_t index : waiting)
    commands.push_back(childOf(runs[index], sideBySide ? 1 : cores));
  startedAt.assign(waiting.size(), 0);
  ChildProcesses processes;
  processes.onEnd = [this](size_t number, int status) { atEnd(number, status); };
  processes.onTick = [this](const std::vector<size_t> &numbers) {
    for (size_t number : numbers)
      if (startedAt[number] == 0)
        startedAt[number] = secondsNow();
    showProgress(numbers);
  };
  return processes.run(commands, sideBySide ? cores : 1);
}

int SweepCommand::run(const std::vector<std::string> &words) {
  std::vector<std::string> command{"nncc", "sweep"};
  command.insert(command.end(), words.begin(), words.end());
  sweep.command = report::shellText(command);
  sweep.monitor = arguments.monitor;
  for (const SweepAxis &axis : arguments.axes)
    sweep.parameters.push_back(axis.name);
  if (int status = plan())
    return status;
  if (int signal = execute()) {
    say("interrupted; the same command goes on where the runs were");
    return signal;
  }
  printTable(sweep, outs());
  say("curves of all runs: " + arguments.folder + "/index.html");
  return worst;
}

int runSweep(const std::vector<std::string> &words) {
  SweepArguments arguments;
  if (!parseSweepArguments(words, arguments))
    return static_cast<int>(ExitStatus::WrongUsage);
  if (arguments.help) {
    outs() << sweepUsage();
    return 0;
  }
  std::string source;
  if (!readSource(arguments.model, source))
    return static_cast<int>(ExitStatus::BadInput);
  return SweepCommand(arguments, std::move(source)).run(words);
}

} // namespace nncc::tool
