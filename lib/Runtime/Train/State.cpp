// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Train/State.h"

#include "nncc/Runtime/Data/Error.h"

#include <cerrno>
#include <cstdlib>

namespace nncc::runtime {

void State::refuse(const std::string &name, const std::string &expected) const {
  const std::string *found = held.find(prefix + name);
  fail(exitBadInput, "'%s' is not a checkpoint of this training: '%s' should be %s, found %s", path.c_str(),
       (prefix + name).c_str(), expected.c_str(),
       found ? ("'" + found->substr(0, 40) + "'").c_str() : "nothing");
}

const std::string &State::find(const std::string &name) const {
  const std::string *found = held.find(prefix + name);
  if (!found)
    refuse(name, "there");
  return *found;
}

void State::integer(const std::string &name, int64_t &value) { integer(name, value, INT64_MIN, INT64_MAX); }

void State::integer(const std::string &name, int64_t &value, int64_t low, int64_t high) {
  if (!isReading) {
    held[prefix + name] = std::to_string(value);
    return;
  }
  const std::string &from = find(name);
  char *end;
  errno = 0;
  value = strtoll(from.c_str(), &end, 10);
  if (from.empty() || *end || errno)
    refuse(name, "an integer");
  if (value < low || value > high)
    refuse(name, format("from %lld to %lld", static_cast<long long>(low), static_cast<long long>(high)));
}

void State::boolean(const std::string &name, bool &value) {
  int64_t number = value;
  integer(name, number, 0, 1);
  value = number != 0;
}

/// The number at `from`, which moves behind it; false where there is none. Hexadecimal, so that all bits are kept.
static bool readReal(const char *&from, double &value) {
  char *end;
  value = strtod(from, &end);
  bool isFound = end != from;
  from = end;
  return isFound;
}

void State::real(const std::string &name, double &value) {
  std::vector<double> values{value};
  reals(name, values);
  value = values[0];
}

void State::reals(const std::string &name, std::vector<double> &values) {
  if (!isReading) {
    std::string &to = held[prefix + name];
    for (double value : values)
      to += format(to.empty() ? "%a" : " %a", value);
    return;
  }
  const char *from = find(name).c_str();
  bool isRight = true;
  for (double &value : values)
    isRight = isRight && readReal(from, value);
  if (!isRight || *from)
    refuse(name, values.size() == 1 ? "a number" : std::to_string(values.size()) + " numbers");
}

void State::text(const std::string &name, std::string &value) {
  if (isReading)
    value = find(name);
  else
    held[prefix + name] = value;
}

void State::weights(const std::string &name, std::vector<float> &values, int64_t floats) {
  bool isThere = !values.empty();
  boolean(name, isThere);
  if (!isThere) {
    values.clear();
    return;
  }
  values.resize(static_cast<size_t>(floats));
  sets.emplace_back(prefix + name, &values);
}

} // namespace nncc::runtime
