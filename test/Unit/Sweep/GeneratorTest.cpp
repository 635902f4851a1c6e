// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The generator of the sweep: it knows every layer and argument, repeats itself, and what it draws is legal mostly.
#include "Sweep/ModelGenerator.h"

#include "gtest/gtest.h"

#include <set>

using namespace nncc;
using namespace nncc::sweep;

TEST(Generator, IsTheSameForOneSeed) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    EXPECT_EQ(generateModel(seed).text, generateModel(seed).text);
  EXPECT_NE(generateModel(0).text, generateModel(frontend::layers().size()).text);
}

TEST(Generator, KnowsEveryLayer) {
  for (uint64_t seed = 0; seed < frontend::layers().size(); ++seed) {
    GeneratedModel model = generateModel(seed);
    EXPECT_FALSE(model.text.empty()) << model.layer->name;
    EXPECT_NE(model.text.find(model.layer->name), std::string::npos) << model.text;
  }
}

TEST(Generator, GivesEveryArgument) {
  for (const frontend::LayerSpec &spec : frontend::layers()) {
    std::set<std::string> given;
    Draw draw(1);
    for (int i = 0; i < 300; ++i)
      for (const auto &[name, value] : drawLayer(spec, drawInputs(spec, draw), draw).arguments)
        given.insert(name);
    for (const frontend::ArgumentSpec &argument : spec.arguments)
      EXPECT_TRUE(given.count(argument.name.str())) << argument.name.str() << " of " << spec.name << " is never given";
  }
}
