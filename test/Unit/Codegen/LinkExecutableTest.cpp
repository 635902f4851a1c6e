// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LinkTest.h"

#include "nncc/Codegen/InternalError.h"

using namespace nncc::codegen;

namespace {

using LinkExecutable = LinkTest;

TEST_F(LinkExecutable, RunsAndNeedsLibcAndLibmOnly) {
  std::string object = objectOf({.withMain = true});
  LinkedFile file = llvm::cantFail(linkExecutable(llvm::MemoryBufferRef(object, "the model"), target, options()));
  write("model", file->getBuffer());
  EXPECT_EQ(output(path("model") + " info").substr(0, 6), "model:");
#if !__has_feature(address_sanitizer) // whose runtime needs more
  for (const std::string &library : neededLibraries(*file))
    EXPECT_TRUE(library == "libc.so.6" || library == "libm.so.6") << library;
#endif
  EXPECT_TRUE(definedSymbols(*file).empty()) << "stripped";
}

TEST_F(LinkExecutable, SameBytesAgain) {
  std::string object = objectOf({.withMain = true});
  auto link = [&] { return llvm::cantFail(linkExecutable(llvm::MemoryBufferRef(object, "the model"), target, options())); };
  EXPECT_EQ(link()->getBuffer(), link()->getBuffer());
}

TEST_F(LinkExecutable, PicturesOnlyWhereAskedFor) {
  std::string object = objectOf({.withMain = true});
  llvm::MemoryBufferRef objects[] = {{object, "the model"}};
  LinkOptions with = options();
  with.pictures = true;
  EXPECT_GT(llvm::cantFail(linkExecutable(objects, target, with))->getBufferSize(),
            llvm::cantFail(linkExecutable(objects, target, options()))->getBufferSize() + 100000);
}

TEST_F(LinkExecutable, AMissingFileIsNamed) {
  EXPECT_EQ(textOf(checkLinkExecutable(target, options())), "");
  copyKit("crti.o");
  std::string error = textOf(checkLinkExecutable(target, LinkOptions{path("bin/nncc")}));
  EXPECT_TRUE(contains(error, "linking needs crti.o, which is missing in '" + path("lib/nncc/")));
}

TEST_F(LinkExecutable, AMissingKitIsNamed) {
  std::string error = textOf(checkLinkExecutable(target, LinkOptions{path("bin/nncc")}));
  EXPECT_TRUE(contains(error, "looked for the folder '" + path("bin/lib/nncc/")));
  EXPECT_TRUE(contains(error, path("lib/nncc/")));
}

TEST_F(LinkExecutable, OtherMachinesAreRefused) {
  Target other = otherTarget();
  EXPECT_TRUE(contains(textOf(checkLinkExecutable(other, options())), "-emit=exe links for this machine's architecture only"));
}

TEST_F(LinkExecutable, WhatLldSaysNamesTheObject) {
  std::string object = objectOf({}); // no main
  auto file = linkExecutable(llvm::MemoryBufferRef(object, "the model"), target, options());
  ASSERT_FALSE(file);
  llvm::Error error = file.takeError();
  EXPECT_TRUE(error.isA<InternalError>());
  EXPECT_TRUE(contains(textOf(std::move(error)), "linking the executable failed\n  undefined symbol: main"));

  // An ELF file that ends early is what lld calls fatal.
  auto broken = linkExecutable(llvm::MemoryBufferRef(llvm::StringRef(object).take_front(100), "the model"), target, options());
  EXPECT_TRUE(contains(textOf(broken.takeError()), "linking the executable failed\n  the model: "));
  // A failure is not the end of the process' linker.
  object = objectOf({.withMain = true});
  EXPECT_EQ(textOf(linkExecutable(llvm::MemoryBufferRef(object, "the model"), target, options()).takeError()), "");
}

TEST(TakesPictures, ByTheTrainSectionsDataOrTheInput) {
  Program program;
  program.inputs = {{"image", {28, 28, 1}}};
  EXPECT_TRUE(takesPictures(program));
  program.training.data = "idx:mnist";
  EXPECT_FALSE(takesPictures(program));
  program.training.validationData = "images:more";
  EXPECT_TRUE(takesPictures(program));
  program.training = {};
  program.inputs = {{"volume", {8, 8, 8, 1}}};
  EXPECT_FALSE(takesPictures(program));
}

} // namespace
