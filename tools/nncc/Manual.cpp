// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// nncc --manual: the page nncc(1), from the tables behind --help.

#include "Usage.h"

#include "nncc/Pipeline/Stages.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace nncc::tool {

namespace {

/// Exit status, files and the like: a term and what it means.
struct Entry {
  StringLiteral term, text;
};

constexpr Entry kStatuses[] = {
    {"0", "Success."},
    {"1", "Bad input: model, data or weights; also an input that is missing."},
    {"2", "Wrong usage."},
    {"3", "A resource or an I/O operation failed, e.g. an output that cannot be written."},
    {"4", "Training diverged (TerminateOnNaN)."},
    {"70", "An internal error: a bug; the message names a file that replays it."},
    {"130, 143", "After SIGINT, SIGTERM: the batch was finished, and the checkpoint, if one was asked for, is written."},
};

constexpr Entry kFiles[] = {
    {"MODEL.nn", "A model in the language of nncc; its reference is docs/Language.md in the folder of nncc's documents."},
    {"MODEL.mlir", "A model in the nn dialect, as -emit=nn prints it."},
    {"FILE.safetensors", "Weights under Keras' names, and checkpoints."},
    {"../lib/nncc/", "Beside the folder of the program: the runtime library and what else an executable is linked from."},
};

constexpr Entry kEnvironment[] = {
    {"NNCC_CPU", "Read by compiled programs and libraries: the name of the CPU version to run, where several were compiled."},
    {"TMPDIR", "The folder for temporary files."},
};

constexpr Entry kExamples[] = {
    {"nncc -jit train", "Trains the built-in example on generated pictures."},
    {"nncc model.nn -emit=summary", "Prints the layers, as Keras does."},
    {"nncc model.nn -jit train --save model.safetensors --report model.html", "Trains, keeps the weights, and writes a page on how it went."},
    {"nncc model.nn -emit=exe -o model && ./model predict --weights model.safetensors --input x.npy",
     "Compiles a program that needs no compiler and no nncc, and predicts with it."},
    {"nncc sweep model.nn --learning-rate 0.1,0.01,0.001 -o sweep", "Trains with each of these and compares them."},
};

/// Writes text as troff: nothing in it is taken for a request or an escape, and what is to be typed has its own dashes.
class Page {
public:
  explicit Page(raw_ostream &out) : out(out) {}

  void section(StringRef title) { out << ".SH " << title << "\n"; }
  void subsection(StringRef title) { out << ".SS " << title << "\n"; }
  void paragraph(StringRef words) {
    out << ".PP\n";
    text(words);
  }
  /// In lines of less than 80 columns.
  void text(StringRef words) {
    std::string line;
    for (StringRef word : split(words, ' ')) {
      if (!line.empty() && line.size() + word.size() > 66) {
        out << escape(line) << "\n";
        line.clear();
      }
      line += (line.empty() ? "" : " ") + word.str();
    }
    out << escape(line) << "\n";
  }
  /// `term` bold up to its metavariable.
  void entry(StringRef term, StringRef value, StringRef help) {
    out << ".TP\n\\fB" << escape(term) << "\\fR";
    if (!value.empty())
      out << "\\fI" << escape(value) << "\\fR";
    out << "\n";
    text(help);
  }
  void entry(const OptionUsage &option) {
    const std::string shown = option.display();
    const size_t value = shown.size() - option.value.size();
    if (option.form == OptionUsage::Form::OptionalValue)
      entry(option.names.front(), "[=" + option.value + "]", option.help);
    else
      entry(StringRef(shown).take_front(value), option.value, option.help);
  }
  void entries(ArrayRef<Entry> list) {
    for (const Entry &item : list)
      entry(item.term, "", item.text);
  }
  void options(ArrayRef<OptionUsage> list) {
    for (const OptionUsage &option : list)
      entry(option);
  }
  void words(ArrayRef<WordUsage> list) {
    for (const WordUsage &word : list)
      entry(word.name, "", word.help);
  }

private:
  static std::string escape(StringRef text) {
    std::string result;
    char before = '\n';
    for (char c : text) {
      if ((c == '.' || c == '\'') && before == '\n')
        result += "\\&";
      if (c == '\\')
        result += "\\e";
      else if (c == '-' && !isAlnum(before))
        result += "\\-";
      else if (c == '\'')
        result += "\\(aq";
      else if (c == '`')
        result += "\\(ga";
      else
        result += c;
      before = c;
    }
    return result;
  }

  raw_ostream &out;
};

void printSynopsis(Page &page, raw_ostream &out, ArrayRef<CommandUsage> usages) {
  page.section("SYNOPSIS");
  for (const auto &[index, usage] : enumerate(usages)) {
    out << (index ? ".br\n" : "") << ".B nncc" << (usage.name.empty() ? "" : " ") << usage.name << "\n";
    page.text(usage.arguments);
  }
}

void printCommands(Page &page, ArrayRef<CommandUsage> usages) {
  page.section("COMMANDS");
  for (const CommandUsage &usage : usages.drop_front()) {
    page.subsection("nncc " + usage.name);
    page.text("nncc " + usage.name + " " + usage.arguments);
    for (StringRef paragraph : split(usage.description, "\n\n"))
      page.paragraph(join(split(paragraph, '\n'), " "));
    page.options(usage.options);
    if (!usage.others.empty())
      page.paragraph("Options of training, below, are handed to every run.");
  }
}

} // namespace

void printManual(raw_ostream &out) {
  const std::vector<CommandUsage> usages = commandUsages();
  Page page(out);
  out << ".\\\" Printed by nncc --manual.\n"
      << ".TH NNCC 1 " NNCC_DATE " \"nncc " NNCC_VERSION "\" \"User Commands\"\n";
  page.section("NAME");
  out << "nncc \\- compile convolutional networks to native code that trains and predicts\n";
  printSynopsis(page, out, usages);

  page.section("DESCRIPTION");
  page.text("nncc reads a model that is written in Keras' words, checks it, differentiates it, and compiles forward pass, backward pass and "
            "optimizer to native code. It either writes a stage of the model (-emit=) or runs it at once (-jit). MODEL.nn may be - for "
            "standard input. Results go to standard output, progress and messages to standard error.");
  page.paragraph("A compiled executable takes the actions and options of -jit, and gives the same numbers to the last bit.");
  printCommands(page, usages);

  page.section("OPTIONS");
  page.options(usages.front().options);
  page.subsection("Kinds for -emit=");
  for (const pipeline::Stage &stage : pipeline::stages())
    page.entry(stage.name, "", (stage.help + (stage.isBinary() ? " (needs -o)" : "")).str());
  page.subsection("Actions for -jit");
  page.words(actions());
  page.subsection("Options of a run, for -jit and for compiled executables");
  page.options(usages.front().others);

  page.section("EXIT STATUS");
  page.entries(kStatuses);
  page.section("ENVIRONMENT");
  page.entries(kEnvironment);
  page.section("FILES");
  page.entries(kFiles);
  page.section("EXAMPLES");
  page.entries(kExamples);
}

} // namespace nncc::tool
