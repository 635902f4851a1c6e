// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Hints for misspelt names.

#include "nncc/Support/NearestName.h"

#include <algorithm>
#include <string>

using namespace nncc;
using llvm::ArrayRef;
using llvm::StringRef;

/// Lower case without underscores: what is left of a name that was written in the wrong style.
static std::string skeleton(StringRef name) {
  std::string result = name.lower();
  result.erase(std::remove(result.begin(), result.end(), '_'), result.end());
  return result;
}

StringRef nncc::nearestName(StringRef name, ArrayRef<StringRef> candidates) {
  // A name this long is no misspelling of anything, and the distance is quadratic.
  if (name.size() > 100 || candidates.size() > kMostCandidates)
    return {};
  const std::string plain = skeleton(name);
  StringRef best;
  // Twice the distance, plus one where case or underscores differ too: of two that are equally far the closer in style.
  unsigned bestScore = 2 * ((name.size() + 1) / 3) + 2;
  for (StringRef candidate : candidates) {
    if (candidate == name)
      continue;
    const unsigned distance =
        StringRef(plain).edit_distance(skeleton(candidate), /*AllowReplacements=*/true, /*MaxEditDistance=*/bestScore / 2);
    const unsigned exact = name.edit_distance(candidate, true, distance + 1);
    const unsigned score = 2 * distance + (exact > distance ? 1 : 0);
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}
