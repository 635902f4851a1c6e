// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "nncc/Runtime/Report/Progress.h"

#include "nncc/Runtime/Data/Error.h"
#include <cmath>

namespace nncc::runtime {

std::string logsText(const Logs &logs, bool isLine) {
  std::string text;
  for (const auto &[name, value] : logs)
    text += format((isLine ? value : std::fabs(value)) > 1e-3 || std::isnan(value) ? " - %s: %.4f" : " - %s: %.4e", name.c_str(),
                   std::isnan(value) ? static_cast<double>(NAN) : value); // without a sign
  return text;
}

std::string timePerUnit(double seconds, const char *unit) {
  if (seconds >= 1 || seconds == 0)
    return format(" %.0fs/%s", seconds, unit);
  if (seconds >= 1e-3)
    return format(" %.0fms/%s", seconds * 1e3, unit);
  return format(" %.0fus/%s", seconds * 1e6, unit);
}

static std::string etaText(double seconds) {
  auto eta = static_cast<long long>(seconds);
  if (seconds > 3600)
    return format("%lld:%02lld:%02lld", eta / 3600, eta % 3600 / 60, eta % 60);
  if (seconds > 60)
    return format("%lld:%02lld", eta / 60, eta % 60);
  return format("%llds", eta);
}

std::string Progress::bar(int64_t done, const Logs &logs, double now, bool last) {
  constexpr int64_t cells = 30;
  std::string total = std::to_string(steps), count = std::to_string(done);
  std::string line(total.size() > count.size() ? total.size() - count.size() : 0, ' ');
  line += count + "/" + total + " [";
  auto filled = static_cast<int64_t>(static_cast<double>(cells) * static_cast<double>(done) / static_cast<double>(steps));
  if (filled > 0)
    line += std::string(static_cast<size_t>(filled - 1), '=') + (done < steps ? '>' : '=');
  line += std::string(static_cast<size_t>(cells - filled), '.') + "]";
  // The first step pays for warming up, so it does not count for the estimate.
  double perStep = done == 0 ? 0
                   : afterFirst >= 0 && done > 1 ? (now - afterFirst) / static_cast<double>(done - 1)
                                                 : (now - start) / static_cast<double>(done);
  if (last)
    line += format(" - %.0fs", now - start) + timePerUnit(perStep, "step");
  else
    line += " - ETA: " + etaText(perStep * static_cast<double>(steps - done));
  line += logsText(logs);
  std::string text = std::string(width, '\b') + "\r";
  text += line;
  if (width > line.size())
    text += std::string(width - line.size(), ' ');
  width = line.size();
  return last ? text + "\n" : text;
}

std::string Progress::update(int64_t done, const Logs &logs, double now) {
  if (done == 1)
    afterFirst = now;
  if (verbose != 1 || now - shown < 0.05)
    return "";
  shown = now;
  return bar(done, logs, now, false);
}

std::string Progress::finish(const Logs &logs, double now) {
  if (verbose == 1)
    return bar(steps, logs, now, true);
  if (verbose != 2)
    return "";
  double elapsed = now - start;
  return format("%lld/%lld - %.0fs", static_cast<long long>(steps), static_cast<long long>(steps), elapsed) + logsText(logs, true) + " -" +
         timePerUnit(elapsed, "epoch") + " -" + timePerUnit(elapsed / static_cast<double>(steps), "step") + "\n";
}

} // namespace nncc::runtime
