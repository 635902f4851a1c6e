// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A checkpoint that a training goes on with: the training ends as it should, or the file is refused. An input is a list of
// lines, changes to the metadata of a checkpoint that the training itself has written: `key=value` sets, `-key` removes.
// (Damage of the file's own structure is the target safetensors.)
#include "Fuzz.h"

#include "Runtime/FakeProgram.h"
#include "nncc/Runtime/Core/Safetensors.h"
#include "nncc/Runtime/Data/Error.h"
#include "nncc/Runtime/Train/Run.h"

#include <map>

using namespace nncc::fuzz;
using namespace nncc::runtime;

namespace {

class StoppedTraining {
public:
  StoppedTraining() {
    program = nncc::test::statefulProgram();
    program.model_hash = 17;
    program.training.callbacks = callbacks;
    program.training.callback_count = std::size(callbacks);
    RunOptions options = optionsFor(2);
    options.checkpoint = folder.path("genuine");
    expect(run(options) == exitSuccess, "the training that is to be resumed failed");
    load();
    expect(resume("") == exitSuccess, "a training refuses its own checkpoint");
  }

  /// Goes on with the changed checkpoint.
  int resume(std::string_view changes) {
    std::map<std::string, std::string> metadata = genuine;
    for (std::string_view line : split(changes, "\n")) {
      const size_t equals = line.find('=');
      if (line.starts_with('-'))
        metadata.erase(std::string(line.substr(1)));
      else if (equals != line.npos)
        metadata[std::string(line.substr(0, equals))] = line.substr(equals + 1);
    }
    write(metadata);
    RunOptions options = optionsFor(4);
    options.resume = folder.path("changed");
    options.save = folder.path("weights");
    return run(options);
  }

private:
  RunOptions optionsFor(int64_t epochs) const {
    RunOptions options;
    options.data = "csv:" NNCC_FUZZ_FOLDER "/data.csv";
    options.validationSplit = 0.25;
    options.epochs = epochs;
    options.batchSize = 4;
    options.threads = 1;
    return options;
  }

  int run(const RunOptions &options) const {
    Silence silence;
    return runCommand(program, Action::Train, options);
  }

  void load() {
    nncc_safetensors *file = nullptr;
    expect(nncc_safetensors_open(folder.path("genuine").c_str(), &file, nullptr) == NNCC_OK, "no checkpoint");
    for (int64_t i = 0; i < file->metadata_count; ++i)
      genuine[file->metadata[i].key] = file->metadata[i].value;
    for (int64_t i = 0; i < file->count; ++i) {
      const nncc_stored_tensor &tensor = file->tensors[i];
      Tensor kept{tensor.name, {tensor.extents, tensor.extents + tensor.rank}, {}};
      kept.values.resize(static_cast<size_t>(tensor.elements));
      expect(nncc_safetensors_read(file, &tensor, kept.values.data(), nullptr) == NNCC_OK, "no tensor");
      tensors.push_back(std::move(kept));
    }
    nncc_safetensors_close(file);
  }

  void write(const std::map<std::string, std::string> &fields) const {
    std::vector<nncc_saved_tensor> saved;
    for (const Tensor &tensor : tensors)
      saved.push_back({tensor.name.c_str(), static_cast<int64_t>(tensor.extents.size()), tensor.extents.data(),
                       static_cast<int64_t>(tensor.values.size()), tensor.values.data()});
    std::vector<nncc_metadata> metadata;
    for (const auto &[key, value] : fields)
      metadata.push_back({key.c_str(), value.c_str()});
    const nncc_saved_file contents{saved.data(), static_cast<int64_t>(saved.size()), metadata.data(),
                                   static_cast<int64_t>(metadata.size())};
    nncc_file *file = nullptr;
    expect(nncc_file_create(folder.path("changed").c_str(), &file, nullptr) == NNCC_OK &&
               nncc_safetensors_write(&contents, file, nullptr) == NNCC_OK &&
               nncc_file_commit(file, nullptr) == NNCC_OK,
           "a checkpoint cannot be written");
  }

  struct Tensor {
    std::string name;
    std::vector<int64_t> extents;
    std::vector<float> values;
  };
  nncc_argument stopping[2] = {{"patience", 3, nullptr, 0, nullptr}, {"restore_best_weights", 1, nullptr, 0, nullptr}};
  nncc_argument plateau[2] = {{"patience", 1, nullptr, 0, nullptr}, {"min_delta", 0.05, nullptr, 0, nullptr}};
  nncc_call callbacks[2] = {{"EarlyStopping", 2, stopping}, {"ReduceLROnPlateau", 2, plateau}};
  nncc_program program;
  Folder folder;
  std::map<std::string, std::string> genuine;
  std::vector<Tensor> tensors;
};

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static StoppedTraining training;
  const int status = training.resume(textOf(data, size));
  expect(status == exitSuccess || status == exitBadInput || status == exitDiverged, "another end than good or refused");
  return 0;
}
