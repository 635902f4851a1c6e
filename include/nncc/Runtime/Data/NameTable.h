// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values by name, for few of them. Like std::map, whose code in the C++ library executables do without.
#ifndef NNCC_RUNTIME_DATA_NAMETABLE_H
#define NNCC_RUNTIME_DATA_NAMETABLE_H

#include <string>
#include <utility>
#include <vector>

namespace nncc::runtime {

template <typename Value> class NameTable {
public:
  using Entry = std::pair<std::string, Value>;

  /// The value of a name, a new one where there is none.
  Value &operator[](const std::string &name) {
    auto at = entries.begin();
    while (at != entries.end() && at->first < name)
      ++at;
    if (at == entries.end() || at->first != name)
      at = entries.insert(at, Entry(name, Value()));
    return at->second;
  }
  /// nullptr where there is none.
  const Value *find(const std::string &name) const {
    for (const Entry &entry : entries)
      if (entry.first == name)
        return &entry.second;
    return nullptr;
  }
  // In the order of the names.
  auto begin() const { return entries.begin(); }
  auto end() const { return entries.end(); }

private:
  std::vector<Entry> entries;
};

} // namespace nncc::runtime
#endif // NNCC_RUNTIME_DATA_NAMETABLE_H
