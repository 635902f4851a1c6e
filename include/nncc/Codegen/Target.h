// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef NNCC_CODEGEN_TARGET_H
#define NNCC_CODEGEN_TARGET_H

#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace nncc::codegen {

/// What the user asks for: -target=, -mcpu=, -mattr= and -O. Empty strings mean the host.
struct TargetOptions {
  std::string triple;   ///< "x86_64-linux-gnu"; empty: the host's
  std::string cpu;      ///< "x86-64-v3", "znver4"; empty or "native": the host's features. For resolveList also a list
  std::string features; ///< "+avx2,-avx512f": changes to the features of `cpu`
  int optLevel = 3;     ///< 0..3
  bool bfloat16 = false; ///< products of bf16 in AMX tiles, which the CPU must have
};

/// What the chooser of tiles needs to know of a target.
struct CpuFacts {
  int64_t vectorBits = 128;     ///< width that vector code should use: 128, 256 or 512
  int64_t vectorRegisters = 16; ///< of that width
  bool fma = false;             ///< one instruction for a * b + c
  int64_t l1Bytes = 32 * 1024;  ///< data cache of one core
  int64_t l2Bytes = 1024 * 1024;
  bool bfloat16 = false; ///< asked for, and there
};

/// A target that exists, fully spelt out. Made by `resolve` only.
///
/// On x86-64 the code is always for the baseline `x86-64` plus a list of features, whatever was asked for: the name of a CPU
/// only says which features and which instruction scheduling. (Virtual machines show a CPU of another name than they have;
/// a name also implies features that no float code uses, and each used one has to be checked before the code runs.)
class Target {
public:
  /// Checks what the user asked for. The errors name what is unknown and the nearest name that exists.
  static llvm::Expected<Target> resolve(const TargetOptions &options);
  /// The same where `options.cpu` may list several, separated by commas: most features first, so that the first that a machine
  /// can run is the best for it. Their names are then those of the list. CPUs of the same features are refused: the second would
  /// never run.
  static llvm::Expected<std::vector<Target>> resolveList(const TargetOptions &options);
  /// What every CPU of the architecture runs.
  Target baseline() const;

  const std::string &triple() const { return tripleText; }
  /// Name for the program table: the nearest level at or below ("x86-64-v3"), or the CPU's own name on other architectures.
  const std::string &cpu() const { return cpuText; }
  /// Comma separated, e.g. "avx2,fma,avx512f": all that the code may use and a CPU may lack, for
  /// `nncc_program.cpu_features`. Only x86-64 features that run time code can ask for (CPUID) are ever enabled.
  const std::string &requiredFeatures() const { return requiredText; }
  const CpuFacts &facts() const { return cpuFacts; }
  int optLevel() const { return level; }
  /// Whether code for this target can run in this process, as far as architecture and operating system go.
  bool isHostArchitecture() const { return hostArchitecture; }

  /// Position-independent code; `forJit` chooses the code model.
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(bool forJit = false) const;

  /// Triple, data layout and, on each function with a body, target-cpu, tune-cpu, target-features and the width of vectors
  /// that LLVM may use without splitting (it prefers 256 bits where a CPU has 512).
  void applyTo(llvm::Module &module, const llvm::TargetMachine &machine) const;

private:
  Target() = default;

  std::string tripleText, cpuText, requiredText;
  std::string isaCpu, tuneCpu, featureText; ///< as LLVM takes them
  CpuFacts cpuFacts;
  int level = 3;
  bool hostArchitecture = true;
};

/// All names that -mcpu= takes for a triple, sorted.
std::vector<std::string> knownCpus(const std::string &triple = "");

} // namespace nncc::codegen

#endif // NNCC_CODEGEN_TARGET_H
