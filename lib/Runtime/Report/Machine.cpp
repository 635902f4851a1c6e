// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Machine.h"

#include "nncc/Runtime/Data/Error.h"
#include <cstdio>
#include <cstring>
#include <ctime>
#include <sys/utsname.h>
#include <unistd.h>

namespace nncc::runtime::report {

/// The CPU's name as the kernel knows it; "" where it tells none.
static std::string cpuName() {
  std::string name;
  FILE *file = fopen("/proc/cpuinfo", "r");
  if (!file)
    return name;
  char line[512];
  while (name.empty() && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) == 0 && colon)
      name = colon + 1 + strspn(colon + 1, " \t");
  }
  fclose(file);
  return name.substr(0, name.find('\n'));
}

std::string machineText() {
  std::string text = cpuName();
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  if (cores > 0)
    text += (text.empty() ? "" : ", ") + std::to_string(cores) + (cores == 1 ? " core" : " cores");
  utsname names;
  if (uname(&names) == 0)
    text += (text.empty() ? "" : ", ") + std::string(names.sysname) + " " + names.release + " (" + names.machine + ")";
  return text;
}

std::string dateText() {
  const time_t seconds = time(nullptr);
  tm local;
  char text[64];
  if (!localtime_r(&seconds, &local) || !strftime(text, sizeof text, "%Y-%m-%d %H:%M %z", &local))
    return "";
  return text;
}

std::string shellText(const std::vector<std::string> &words) {
  constexpr const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  std::string text;
  for (const std::string &word : words) {
    text += text.empty() ? "" : " ";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
      text += word;
      continue;
    }
    text += '\'';
    for (char c : word)
      text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  }
  return text;
}

} // namespace nncc::runtime::report
