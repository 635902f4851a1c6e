// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Executables, libraries and object files: the notes in them, as a page and as JSON.
#include "Inspect.h"

#include "nncc/Analysis/SummaryTable.h"
#include "nncc/Codegen/Note.h"
#include "nncc/Support/PrintableText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ELFObjectFile.h"

using namespace llvm;

namespace nncc::tool {

namespace {

/// A value that nests deeper than any note does would overflow the parser's stack.
bool nestsTooDeep(StringRef text) {
  constexpr int most = 64;
  int depth = 0;
  for (char c : text) {
    if (c == '[' || c == '{')
      ++depth;
    else if (c == ']' || c == '}')
      --depth;
    if (depth > most)
      return true;
  }
  return false;
}

Expected<json::Object> parseNote(StringRef text) {
  const auto damaged = [](const Twine &why) { return createStringError("its note on the model is damaged: " + why); };
  if (nestsTooDeep(text))
    return damaged("it nests too deep");
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return damaged(toString(value.takeError()));
  json::Object *note = value->getAsObject();
  if (!note)
    return damaged("expected an object");
  if (note->getInteger("format") != codegen::kNoteFormat)
    return createStringError("another version of nncc wrote its note on the model: this one reads format " + Twine(codegen::kNoteFormat));
  return std::move(*note);
}

/// Adds the notes of an object file; its type if `type` is given.
Error readObject(const object::ObjectFile &file, std::vector<json::Object> &models, std::string *type) {
  bool isStarted = false;
  for (const object::SectionRef &section : file.sections()) {
    Expected<StringRef> name = section.getName();
    if (!name)
      return name.takeError();
    isStarted |= *name == ".interp";
    if (*name != codegen::kNoteSection)
      continue;
    Expected<StringRef> contents = section.getContents();
    if (!contents)
      return contents.takeError();
    Expected<std::vector<StringRef>> texts = codegen::readNotes(*contents);
    if (!texts)
      return texts.takeError();
    for (StringRef text : *texts) {
      Expected<json::Object> note = parseNote(text);
      if (!note)
        return note.takeError();
      models.push_back(std::move(*note));
    }
  }
  const auto *elf = dyn_cast<object::ELFObjectFileBase>(&file);
  if (elf && type)
    *type = elf->getEType() == ELF::ET_REL                ? "object file"
            : elf->getEType() == ELF::ET_EXEC || isStarted ? "executable"
                                                          : "shared library";
  return Error::success();
}

Error readArchive(const object::Archive &archive, std::vector<json::Object> &models) {
  Error error = Error::success();
  const MemoryBufferRef all = archive.getMemoryBufferRef();
  for (const object::Archive::Child &child : archive.children(error)) {
    // LLVM believes a member's header.
    Expected<StringRef> bytes = child.getBuffer();
    if (!bytes || bytes->begin() < all.getBufferStart() || bytes->end() > all.getBufferEnd()) {
      consumeError(bytes.takeError());
      consumeError(std::move(error));
      return createStringError("a member of the archive ends behind the file's end");
    }
    Expected<std::unique_ptr<object::Binary>> member = child.getAsBinary();
    if (!member) {
      // What is no object file may lie in an archive, too.
      consumeError(member.takeError());
      continue;
    }
    if (const auto *file = dyn_cast<object::ObjectFile>(member->get()))
      if (Error bad = readObject(*file, models, nullptr)) {
        consumeError(std::move(error));
        return bad;
      }
  }
  return error;
}

} // namespace

bool isMachineCode(StringRef bytes) {
  switch (identify_magic(bytes)) {
  case file_magic::archive:
  case file_magic::elf:
  case file_magic::elf_relocatable:
  case file_magic::elf_executable:
  case file_magic::elf_shared_object:
  case file_magic::elf_core: return true;
  default: return false;
  }
}

Expected<Artefact> readArtefact(MemoryBufferRef file) {
  Artefact artefact;
  Expected<std::unique_ptr<object::Binary>> binary = object::createBinary(file);
  if (!binary)
    return binary.takeError();
  if (const auto *archive = dyn_cast<object::Archive>(binary->get())) {
    artefact.type = "static library";
    if (Error error = readArchive(*archive, artefact.models))
      return std::move(error);
  } else if (const auto *objectFile = dyn_cast<object::ObjectFile>(binary->get())) {
    if (Error error = readObject(*objectFile, artefact.models, &artefact.type))
      return std::move(error);
  }
  if (artefact.models.empty())
    return createStringError("it holds no model of nncc's: there is no section " + codegen::kNoteSection);
  return artefact;
}

//===----------------------------------------------------------------------===//
// The page
//===----------------------------------------------------------------------===//

std::string shapeText(ArrayRef<int64_t> extents, bool batch) {
  std::string text = batch ? "(None" : "(";
  for (size_t i = 0; i < extents.size(); ++i)
    text += (i || batch ? ", " : "") + std::to_string(extents[i]);
  return text + (extents.size() == 1 && !batch ? ",)" : ")");
}

namespace {

/// Reads a note's fields. What is missing shows as "?" or 0: a damaged note is no reason to say nothing.
class Page {
public:
  explicit Page(raw_ostream &out) : out(out) {}

  void print(const json::Object &note);

private:
  raw_ostream &line(StringRef title) { return out << "  " << left_justify((title + ":").str(), 13); }
  static std::string text(const json::Object &object, StringRef key) { return printable(object.getString(key).value_or("?")); }
  static int64_t number(const json::Object &object, StringRef key) { return object.getInteger(key).value_or(0); }
  static std::string bytes(int64_t count) { return analysis::formatMemorySize(static_cast<double>(count)); }
  static std::string shape(const json::Object &tensor);
  void printCpu(const json::Object &cpu);

  raw_ostream &out;
};

std::string Page::shape(const json::Object &tensor) {
  std::vector<int64_t> extents;
  if (const json::Array *list = tensor.getArray("shape"))
    for (const json::Value &extent : *list)
      extents.push_back(extent.getAsInteger().value_or(0));
  return shapeText(extents, /*batch=*/true);
}

void Page::printCpu(const json::Object &cpu) {
  line("CPU") << text(cpu, "cpu");
  if (std::optional<StringRef> features = cpu.getString("features"); features && !features->empty())
    out << ", needs " << printable(*features);
  out << "\n";
  if (const json::Object *entries = cpu.getObject("entries"))
    for (StringRef name : {"predict", "evaluate", "train_step", "gradients", "gradients_training"})
      if (const json::Object *entry = entries->getObject(name)) {
        out << "    " << left_justify(name, 20) << number(*entry, "fixed") << " + " << number(*entry, "per_sample") << " * batch bytes";
        if (int64_t perThread = number(*entry, "per_thread"))
          out << ", and " << perThread << " a thread";
        out << "\n";
      }
}

void Page::print(const json::Object &note) {
  line("model") << text(note, "model") << ", hash " << text(note, "model_hash") << "\n";
  line("compiler") << text(note, "compiler") << ", -emit=" << text(note, "kind");
  if (const json::Array *options = note.getArray("options"))
    for (const json::Value &option : *options)
      out << " " << printable(option.getAsString().value_or("?"));
  out << "\n";
  line("interface") << "ABI " << number(note, "abi_version") << ", C interface " << number(note, "library_version") << "\n";
  line("machine") << text(note, "target") << "\n";
  if (const json::Array *inputs = note.getArray("inputs"))
    for (const json::Value &input : *inputs)
      if (const json::Object *tensor = input.getAsObject())
        line("input") << text(*tensor, "name") << " " << shape(*tensor) << "\n";
  if (const json::Object *output = note.getObject("output"))
    line("output") << shape(*output) << "\n";
  const json::Object *parameters = note.getObject("parameters");
  if (parameters)
    line("parameters") << number(*parameters, "elements") << " (" << number(*parameters, "trainable") << " trainable) in "
                       << number(*parameters, "variables") << " variables, " << bytes(number(*parameters, "bytes")) << "\n";
  if (const json::Object *embedded = note.getObject("embedded"))
    line("weights") << "embedded as " << text(*embedded, "storage") << ", " << bytes(number(*embedded, "bytes")) << ", names of "
                    << number(*embedded, "classes") << " classes\n";
  else
    line("weights") << "not embedded\n";
  if (note.getBoolean("trains").value_or(false))
    line("training") << text(note, "optimizer") << ", " << bytes(parameters ? number(*parameters, "training_bytes") : 0)
                     << " for gradients and its state\n";
  else
    line("training") << "not compiled in\n";
  out << "\n";
  if (const json::Array *cpus = note.getArray("cpus"))
    for (const json::Value &cpu : *cpus)
      if (const json::Object *object = cpu.getAsObject())
        printCpu(*object);
}

} // namespace

void printArtefact(StringRef path, const Artefact &artefact, raw_ostream &out) {
  out << printable(path) << ": " << artefact.type << ", "
      << (artefact.models.size() == 1 ? "one model" : std::to_string(artefact.models.size()) + " models") << "\n";
  Page page(out);
  for (const json::Object &model : artefact.models) {
    out << "\n";
    page.print(model);
  }
}

json::Object artefactToJson(const Artefact &artefact) {
  json::Array models;
  for (const json::Object &model : artefact.models)
    models.push_back(json::Object(model));
  return json::Object{{"type", artefact.type}, {"models", std::move(models)}};
}

} // namespace nncc::tool
