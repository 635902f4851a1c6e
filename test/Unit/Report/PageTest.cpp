// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Runtime/FakeProgram.h"
#include "Runtime/Files.h"
#include "nncc/Runtime/Data/PrintableText.h"
#include "nncc/Runtime/Report/Html.h"
#include "nncc/Runtime/Report/Machine.h"
#include "nncc/Runtime/Report/Page.h"
#include "nncc/Runtime/Report/Png.h"
#include "nncc/Runtime/Train/Run.h"

using namespace nncc::runtime;
using namespace nncc::runtime::report;
using namespace nncc::test;

namespace {

// --- text ----------------------------------------------------------------------------------------------------------------

TEST(Html, EscapesWhatIsMarkupAndWhatIsNoText) {
  EXPECT_EQ(escape("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(escape("é \xE4\xBD\xA0 \xF0\x9F\x98\x80"), "é \xE4\xBD\xA0 \xF0\x9F\x98\x80");
  EXPECT_EQ(escape("\xFF\xC0\x80\xE4"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escape("\x1B[31m\u202E"), "\uFFFD[31m\uFFFD");
  EXPECT_EQ(escapeShort("abcdef", 3), "abc\u2026");
  EXPECT_EQ(escapeShort("é<b", 3), "é&lt;b");
}

TEST(PrintableText, EscapesWhatTerminalsObey) {
  EXPECT_EQ(printable("a <é> \xE4\xBD\xA0\n\uFFFD"), "a <é> \xE4\xBD\xA0\n\uFFFD");
  EXPECT_EQ(printable("\x1B[31m\u202E\xFF\r"), "\\x1B[31m\\xE2\\x80\\xAE\\xFF\\x0D");
}

TEST(Html, Numbers) {
  EXPECT_EQ(groupedText(1234567), "1,234,567");
  EXPECT_EQ(groupedText(-1234), "-1,234");
  EXPECT_EQ(groupedText(999), "999");
  EXPECT_EQ(shortCount(999), "999");
  EXPECT_EQ(shortCount(1455000), "1.46 M");
  EXPECT_EQ(shortCount(999999), "1.00 M");
  EXPECT_EQ(durationText(0.00131), "1.31 ms");
  EXPECT_EQ(durationText(59.96), "1 min 0 s");
  EXPECT_EQ(durationText(7500), "2 h 5 min");
  EXPECT_EQ(lengthText(-0.01), "0");
  EXPECT_EQ(lengthText(12.34), "12.3");
}

TEST(Html, DataUris) {
  EXPECT_EQ(dataUri("text/plain", ""), "data:text/plain;base64,");
  EXPECT_EQ(dataUri("text/plain", "a"), "data:text/plain;base64,YQ==");
  EXPECT_EQ(dataUri("text/plain", "ab"), "data:text/plain;base64,YWI=");
  EXPECT_EQ(dataUri("text/plain", "abc"), "data:text/plain;base64,YWJj");
}

TEST(Machine, CommandsCanBeTypedAgain) {
  EXPECT_EQ(shellText({"nncc", "my model.nn", "-D", "n=1", ""}), "nncc 'my model.nn' -D n=1 ''");
  EXPECT_EQ(shellText({"it's"}), "'it'\\''s'");
}

/// Undoes the filter that encodePng uses, after inflating.
TEST(Png, HoldsThePixels) {
  Picture picture(3, 2, 3);
  for (size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<uint8_t>(i * 41);
  const std::string file = encodePng(picture);
  EXPECT_EQ(file.substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(file.substr(12, 17), std::string("IHDR") + big(3) + big(2) + std::string("\x08\x02\x00\x00\x00", 5));
  const size_t data = file.find("IDAT") + 4;
  std::vector<uint8_t> rows(2 * 10);
  uLongf length = rows.size();
  ASSERT_EQ(uncompress(rows.data(), &length, reinterpret_cast<const Bytef *>(file.data() + data), file.size() - data - 16), Z_OK);
  for (size_t y = 0; y < 2; ++y) {
    EXPECT_EQ(rows[y * 10], 1);
    for (size_t x = 3; x < 9; ++x)
      rows[y * 10 + 1 + x] = static_cast<uint8_t>(rows[y * 10 + 1 + x] + rows[y * 10 + 1 + x - 3]);
    EXPECT_TRUE(std::equal(&picture.pixels[y * 9], &picture.pixels[y * 9] + 9, &rows[y * 10 + 1]));
  }
}

// --- the page of a training ----------------------------------------------------------------------------------------------

class Report : public FileTest {
protected:
  /// Trains the linear model on eight samples of each class.
  int train(const nncc_program &program, RunOptions options = {}) {
    std::vector<float> x, y;
    for (int i = 0; i < 24; ++i) {
      for (int64_t k = 0; k < features; ++k)
        x.push_back(k == i % 3 ? 1.0f : 0.0f);
      y.push_back(static_cast<float>(i % 3));
    }
    options.data = "npz:" + write("data.npz", zipOf({{"x.npy", npyFloats("(24, 4)", x)}, {"y.npy", npyFloats("(24,)", y)}}, false));
    options.report = path("report.html");
    options.commandLine = {"./linear", "train", "--data", "a <b>.npz"};
    options.verbose = 0;
    return runCommand(program, Action::Train, options);
  }
};

TEST_F(Report, HasAllSections) {
  RunOptions options;
  options.validationSplit = 0.25;
  ASSERT_EQ(train(linearProgram(), options), 0);
  const std::string page = read("report.html");
  for (const char *part : {"<h1>Linear</h1>", "3 of 3 epochs", "<h2>Curves</h2>", "<h2>Confusion matrix</h2>", "<h2>Worst samples</h2>",
                           "<h2>Layers</h2>", "<h2>To do it again</h2>", "./linear train --data &#39;a &lt;b&gt;.npz&#39;",
                           "SGD(learning_rate=0.5)", "18 samples", "6 samples", "validation accuracy"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  EXPECT_EQ(page.find("http-equiv"), std::string::npos); // finished: no more reloading
  EXPECT_EQ(page.find("://"), std::string::npos);
}

TEST_F(Report, NamesAreNotMarkup) {
  nncc_program program = linearProgram();
  program.name = "<script>alert(1)</script>";
  ASSERT_EQ(train(program), 0);
  EXPECT_EQ(read("report.html").find("<script"), std::string::npos);
}

TEST_F(Report, TellsWhereTheLossBecameNaN) {
  RunOptions options;
  options.learningRate = 1e38;
  train(linearProgram(), options);
  EXPECT_NE(read("report.html").find("The loss became NaN or infinite in step 2, epoch 1."), std::string::npos);
}

TEST_F(Report, ATrainingThatDivergesLeavesItsPage) {
  static constexpr nncc_call callbacks[] = {{"TerminateOnNaN", 0, nullptr}};
  nncc_program program = linearProgram();
  program.training.callback_count = 1;
  program.training.callbacks = callbacks;
  RunOptions options;
  options.learningRate = 1e38;
  EXPECT_EQ(train(program, options), exitDiverged);
  const std::string page = read("report.html");
  EXPECT_NE(page.find("Stopped after 0 of 3 epochs"), std::string::npos);
  EXPECT_NE(page.find("diverged"), std::string::npos);
  EXPECT_EQ(page.find("http-equiv"), std::string::npos);
}

TEST_F(Report, AFolderThatIsMissingIsToldBeforeTraining) {
  nncc_program program = linearProgram();
  RunOptions options;
  options.data = "npz:" + path("none.npz");
  options.report = path("missing/report.html");
  EXPECT_EQ(runCommand(program, Action::Train, options), exitResource);
}

} // namespace
