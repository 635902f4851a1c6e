// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole commands on the hand-written program, in processes of their own where signals and output matter.
#include "Commands.h"
#include "nncc/Runtime/Data/Npy.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <thread>

using namespace nncc::runtime;
using namespace nncc::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

TEST_F(Commands, TrainingLearnsAndWritesItsFiles) {
  Result r = run({"train", "--data", clusters(), "--epochs", "5", "--history", path("h.csv"), "--save", path("w.safetensors"), "--validation-split=0.2"});
  ASSERT_EQ(r.status, 0) << r.err;
  EXPECT_EQ(r.out, "");
  EXPECT_THAT(r.err, HasSubstr("Epoch 1/5\n4/4 - 0s - loss: "));
  EXPECT_THAT(r.err, HasSubstr(" - val_accuracy: 1.0000 - "));
  std::string history = read("h.csv");
  EXPECT_EQ(history.substr(0, history.find('\n')), "epoch,accuracy,loss,val_accuracy,val_loss");
  EXPECT_EQ(std::count(history.begin(), history.end(), '\n'), 6);
  Result e = run({"evaluate", "--data", clusters(), "--weights", path("w.safetensors")});
  ASSERT_EQ(e.status, 0) << e.err;
  EXPECT_THAT(e.out, ::testing::MatchesRegex("loss: 0\\.[0-9]+ - accuracy: 1\\.0000\n"));
  EXPECT_EQ(e.err, "");
}

TEST_F(Commands, SameBitsForAnyThreadsAndOtherBitsForAnotherSeed) {
  for (const char *threads : {"1", "2", "3"})
    ASSERT_EQ(run({"train", "--data", clusters(), "--threads", threads, "--save", path(std::string("w") + threads), "--history",
                   path(std::string("h") + threads), "--verbose=0"}).status, 0);
  EXPECT_EQ(read("w1"), read("w2"));
  EXPECT_EQ(read("w1"), read("w3"));
  EXPECT_EQ(read("h1"), read("h2"));
  ASSERT_EQ(run({"train", "--data", clusters(), "--seed=4", "--save", path("w4"), "--verbose=0"}).status, 0);
  EXPECT_NE(read("w1"), read("w4"));
}

TEST_F(Commands, PredictAsTextAndAsNpy) {
  std::string input = write("in.npy", npyFloats("(3, 4)", {2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0}));
  ASSERT_EQ(run({"train", "--data", clusters(), "--save", path("w"), "--verbose=0"}).status, 0);
  Result text = run({"predict", "--input", input, "--weights", path("w"), "--batch-size=2"});
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_EQ(std::count(text.out.begin(), text.out.end(), '\n'), 3);
  ASSERT_EQ(run({"predict", "--input", input, "--weights", path("w"), "-o", path("y.npy")}).status, 0);
  Array y = readNpyFile(path("y.npy"));
  EXPECT_THAT(y.shape, ElementsAre(3, 3));
  EXPECT_FLOAT_EQ(y.values[0], strtof(text.out.c_str(), nullptr));
  EXPECT_NEAR(y.values[0] + y.values[1] + y.values[2], 1, 1e-6);
  Result untrained = run({"predict", "--input", input});
  EXPECT_EQ(untrained.status, 0);
  EXPECT_EQ(untrained.err, "warning: no --weights given: predict uses the initial, untrained weights\n");
}

TEST_F(Commands, GradientsOfInputsAndParameters) {
  std::string input = write("in.npz", zipOf({{"x.npy", npyFloats("(2, 4)", {1, 2, 3, 4, 5, 6, 7, 8})}}, false));
  ASSERT_EQ(run({"gradients", "--input", input, "-o", path("g.npz")}).status, 0);
  NpzFile g(path("g.npz"));
  EXPECT_THAT(g.names(), ElementsAre("x", "dense/kernel", "dense/bias"));
  EXPECT_THAT(g.read("dense/bias").values, ElementsAre(2, 2, 2)); // all ones, summed over two samples
  EXPECT_THAT(g.read("dense/kernel").values, ElementsAre(6, 6, 6, 8, 8, 8, 10, 10, 10, 12, 12, 12));
  std::string weights = write("dy.npy", npyFloats("(2, 3)", {1, 0, 0, 0, 0, 3}));
  ASSERT_EQ(run({"gradients", "--input", input, "--output-gradient", weights, "-o", path("g.npz")}).status, 0);
  EXPECT_THAT(NpzFile(path("g.npz")).read("dense/bias").values, ElementsAre(1, 0, 3));
  write("dy.npy", npyFloats("(3, 2)", {1, 0, 0, 0, 0, 3}));
  Result r = run({"gradients", "--input", input, "--output-gradient", weights, "-o", path("other.npz")});
  EXPECT_EQ(r.status, 1);
  EXPECT_THAT(r.err, HasSubstr("has the shape (3, 2); the output of model 'Linear' for this input is (2, 3)"));
  EXPECT_NE(access(path("other.npz").c_str(), F_OK), 0);
}

TEST_F(Commands, ExitStatuses) {
  struct Case {
    int status;
    const char *text;
    std::vector<std::string> arguments;
  };
  std::string data = clusters();
  for (const Case &c : {
           Case{2, "unknown command 'trian'; did you mean 'train'?", {"trian"}},
           Case{2, "unknown option '--epoch'; did you mean '--epochs'?", {"train", "--epoch=3"}},
           Case{2, "names no data; give --data SRC", {"train"}},
           Case{2, "--checkpoint-steps needs --checkpoint FILE", {"train", "--data", data, "--checkpoint-steps=3"}},
           Case{2, "--weights beside it means two starts", {"train", "--data", data, "--resume=c", "--weights=w"}},
           Case{1, "cannot read '/none.ckpt'", {"train", "--data", data, "--resume=/none.ckpt"}},
           Case{3, "cannot write '/none/c'", {"train", "--data", data, "--checkpoint=/none/c"}},
           Case{2, "unknown data source 'np:'; did you mean 'npz:'?", {"train", "--data=np:x"}},
           Case{1, "cannot read '/none.npz': No such file or directory", {"train", "--data=npz:/none.npz"}},
           Case{1, "cannot read '/none.safetensors'", {"train", "--data", data, "--weights=/none.safetensors"}},
           Case{3, "cannot write '/none/w': No such file or directory", {"train", "--data", data, "--save=/none/w"}},
           Case{3, "cannot write '/none/h'", {"train", "--data", data, "--history=/none/h"}},
           Case{2, "give --input FILE", {"predict"}},
           Case{1, "cannot read '/none.npy'", {"predict", "--input=/none.npy"}},
           Case{1, "cannot read 'a.png'", {"predict", "--input=a.png"}},
           Case{2, "give -o FILE.npz", {"gradients", "--input=a.npy"}},
           Case{2, "gradcheck needs the compiler", {"gradcheck"}},
           Case{1, "a validation split of 0.99 leaves 0 samples", {"train", "--data", data, "--validation-split=0.99"}},
       }) {
    Result r = run(c.arguments);
    EXPECT_EQ(r.status, c.status) << c.text;
    EXPECT_THAT(r.err, HasSubstr(c.text));
    EXPECT_EQ(r.out, "");
  }
  EXPECT_EQ(list(), std::vector<std::string>{"data.npz"});
  EXPECT_EQ(run({}).status, 2);
  EXPECT_EQ(run({"help"}).status, 0);
  EXPECT_EQ(run({"summary"}).out, "Model: \"Linear\"\n");
  EXPECT_THAT(run({"info"}).out, HasSubstr("ABI version:  " + std::to_string(NNCC_ABI_VERSION) + "\n"));
  EXPECT_THAT(run({"benchmark", "--threads=1"}).out, HasSubstr("dense forward"));
}

TEST_F(Commands, DivergingTrainingStopsAndWritesNothing) {
  nncc_call nan{"TerminateOnNaN", 0, nullptr};
  program.training.callbacks = &nan;
  program.training.callback_count = 1;
  std::string data = clusters();
  Result r = run({"train", "--data", data, "--learning-rate=1e30", "--save", path("w"), "--history", path("h")});
  EXPECT_EQ(r.status, 4);
  EXPECT_THAT(r.err, HasSubstr("error: training diverged: the loss is "));
  EXPECT_EQ(list(), std::vector<std::string>{"data.npz"});
  // Without the callback Keras goes on; so do we, with a word.
  program.training.callback_count = 0;
  r = run({"train", "--data", data, "--learning-rate=1e30"});
  EXPECT_EQ(r.status, 0);
  EXPECT_THAT(r.err, HasSubstr("warning: the loss is "));
}

TEST_F(Commands, SignalsEndAfterTheBatch) {
  std::string data = clusters();
  // The second time as a script's background job, for which the shell ignores SIGINT.
  for (auto [signal, status, before] : {std::tuple{SIGINT, 130, SIG_DFL}, {SIGINT, 130, SIG_IGN}, {SIGTERM, 143, SIG_DFL}}) {
    std::signal(SIGINT, before);
    Result r = run({"train", "--data", data, "--epochs=5000000", "--save", path("w")}, signal);
    EXPECT_EQ(r.status, status) << r.err;
    EXPECT_THAT(r.err, HasSubstr("error: interrupted in epoch "));
    EXPECT_THAT(r.err, HasSubstr("; no file was written, which --checkpoint FILE would change\n"));
    EXPECT_EQ(list(), std::vector<std::string>{"data.npz"});
    std::signal(SIGINT, SIG_DFL);
  }
}

TEST_F(Commands, OutputThatCannotBeWritten) {
  std::string input = write("in.npy", npyFloats("(1, 4)", {1, 2, 3, 4}));
  ASSERT_EQ(run({"train", "--data", clusters(), "--save", path("w"), "--verbose=0"}).status, 0);
  if (access("/dev/full", W_OK) == 0) {
    Result r = run({"predict", "--input", input, "--weights", path("w")}, 0, "/dev/full");
    EXPECT_EQ(r.status, 3);
    EXPECT_EQ(r.err, "error: cannot write to standard output: No space left on device\n");
  }
  // A pipe that nobody reads: quiet.
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  int reader = open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK), writer = open(path("pipe").c_str(), O_WRONLY);
  close(reader);
  std::string fd = "/proc/self/fd/" + std::to_string(writer);
  pid_t child = fork();
  if (child == 0) {
    dup2(writer, 1);
    int e = open(path("err").c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(e, 2);
    RunOptions options;
    options.input = input;
    options.weights = path("w");
    _exit(runCommand(program, Action::Predict, options));
  }
  int status;
  waitpid(child, &status, 0);
  close(writer);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_EQ(read("err"), "");
}

TEST_F(Commands, CompilesOnlyAfterTheChecks) {
  nncc_program facts = program;
  for (auto &entry : facts.entries)
    entry = nullptr;
  struct Compiler {
    const nncc_program *program;
    int calls = 0;
  } compiler{&program};
  CompileFunction compile = [](void *context, const CompileRequest &, int &) {
    ++static_cast<Compiler *>(context)->calls;
    return static_cast<Compiler *>(context)->program;
  };
  RunOptions options;
  options.verbose = 0;
  options.data = "npz:/none.npz";
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(runCommand(facts, Action::Train, options, compile, &compiler), 1);
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(compiler.calls, 0);
  options.data = clusters();
  EXPECT_EQ(runCommand(facts, Action::Train, options, compile, &compiler), 0);
  EXPECT_EQ(compiler.calls, 1);
  compiler.program = nullptr;
  EXPECT_EQ(runCommand(facts, Action::Train, options, [](void *, const CompileRequest &, int &status) -> const nncc_program * { status = 70; return nullptr; }, nullptr), 70);
}

} // namespace
