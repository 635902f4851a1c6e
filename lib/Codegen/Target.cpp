// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From -target, -mcpu and -mattr to a CPU baseline, a list of features and what the tile chooser needs to know.
#include "nncc/Codegen/Target.h"

#include "nncc/Support/NearestName.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>
#include <optional>

using namespace llvm;

namespace nncc::codegen {

namespace {

/// The x86-64 features that code may be generated for: those that vector and index arithmetic profits from, and whose
/// presence a program can ask the CPU for. In the order in which they are listed to people.
constexpr StringLiteral kX86Features[] = {
    "sse3",       "ssse3",       "sse4.1",       "sse4.2",       "popcnt",     "avx",        "f16c",
    "avx2",       "fma",         "bmi",          "bmi2",         "lzcnt",      "avx512f",    "avx512cd",
    "avx512bw",   "avx512dq",    "avx512vl",     "avx512ifma",   "avx512vbmi", "avx512vbmi2", "avx512vnni",
    "avx512bf16", "avx512bitalg", "avx512vpopcntdq"};

/// x86-64 psABI levels, highest first, by the features of the list above that they ask for.
struct Level {
  StringLiteral name;
  StringLiteral features;
};
constexpr Level kX86Levels[] = {
    {"x86-64-v4", "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,bmi,bmi2,f16c,lzcnt,popcnt,sse4.2"},
    {"x86-64-v3", "avx2,fma,bmi,bmi2,f16c,lzcnt,popcnt,sse4.2"},
    {"x86-64-v2", "popcnt,sse4.2"},
};

/// Loop strength reduction takes 40 % of the code generator's time on kernels and changes none of theirs: their addresses
/// are few and fit x86's addressing modes as they are. There is no other switch for it than LLVM's command line option.
void disableLoopStrengthReduction() {
  auto &options = cl::getRegisteredOptions();
  if (auto option = options.find("disable-lsr"); option != options.end())
    option->second->addOccurrence(0, "disable-lsr", "true");
}

void initializeTargets(bool all) {
  static std::once_flag nativeOnce, allOnce;
  std::call_once(nativeOnce, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
    disableLoopStrengthReduction();
  });
  if (all)
    std::call_once(allOnce, [] {
      InitializeAllTargetInfos();
      InitializeAllTargets();
      InitializeAllTargetMCs();
      InitializeAllAsmPrinters();
    });
}

Error usage(const Twine &text) { return createStringError(text); }

/// "; did you mean 'x'?" or nothing.
std::string didYouMean(StringRef name, ArrayRef<StringRef> candidates) {
  StringRef near = nearestName(name, candidates);
  return near.empty() ? "" : ("; did you mean '" + near + "'?").str();
}

/// A size of the first core's data cache from Linux' sysfs ("32K"); none elsewhere.
std::optional<int64_t> hostCacheBytes(StringRef wantedLevel) {
  for (int index = 0; index < 8; ++index) {
    auto read = [&](StringRef name) -> std::string {
      auto buffer = MemoryBuffer::getFileAsStream("/sys/devices/system/cpu/cpu0/cache/index" + Twine(index) + "/" + name);
      return buffer ? (*buffer)->getBuffer().trim().str() : "";
    };
    std::string level = read("level");
    if (level.empty())
      return std::nullopt;
    if (level != wantedLevel || read("type") == "Instruction")
      continue;
    std::string text = read("size");
    StringRef size = text;
    int64_t number;
    if (size.consumeInteger(10, number) || number <= 0)
      return std::nullopt;
    return size == "M" ? number << 20 : size == "K" ? number << 10 : number;
  }
  return std::nullopt;
}

Error checkFeatureNames(const MCSubtargetInfo &subtarget, StringRef features, StringRef triple) {
  SmallVector<StringRef> known;
  for (const SubtargetFeatureKV &feature : subtarget.getAllProcessorFeatures())
    known.push_back(feature.Key);
  SmallVector<StringRef> parts;
  features.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    part = part.trim();
    StringRef name = part.drop_front(part.empty() ? 0 : 1);
    if (!part.starts_with("+") && !part.starts_with("-"))
      return usage("-mattr: expected '+feature' or '-feature', found '" + part + "'");
    if (!is_contained(known, name))
      return usage("-mattr: " + triple + " has no feature '" + name + "'" + didYouMean(name, known));
  }
  return Error::success();
}

Error checkCpuName(const MCSubtargetInfo &subtarget, StringRef cpu, const Triple &triple) {
  SmallVector<StringRef> known;
  for (const SubtargetSubTypeKV &description : subtarget.getAllProcessorDescriptions())
    known.push_back(description.Key);
  if (!is_contained(known, cpu)) {
    known.push_back("native");
    return usage("-mcpu: " + triple.str() + " has no CPU '" + cpu + "'" + didYouMean(cpu, known));
  }
  auto features = subtarget.getAllProcessorFeatures();
  auto mode64 = find_if(features, [](const SubtargetFeatureKV &feature) { return StringRef(feature.Key) == "64bit"; });
  auto description = find_if(subtarget.getAllProcessorDescriptions(),
                             [&](const SubtargetSubTypeKV &description) { return cpu == description.Key; });
  if (triple.getArch() == Triple::x86_64 && cpu != "generic" && mode64 != features.end() &&
      !description->Implies.getAsBitset().test(mode64->Value))
    return usage("-mcpu: '" + cpu + "' is a 32-bit CPU; expected one that runs x86-64 code, e.g. 'x86-64'");
  return Error::success();
}

bool hasFeature(const MCSubtargetInfo &subtarget, StringRef name) {
  return any_of(subtarget.getAllProcessorFeatures(), [&](const SubtargetFeatureKV &feature) {
    return name == feature.Key && subtarget.getFeatureBits()[feature.Value];
  });
}

/// The host's features as a string for LLVM: "+avx2,-avx512f,...".
std::string hostFeatureText() {
  std::string text;
  for (const auto &feature : sys::getHostCPUFeatures())
    text += (text.empty() ? "" : ",") + std::string(feature.second ? "+" : "-") + feature.first().str();
  return text;
}

} // namespace

Expected<Target> Target::resolve(const TargetOptions &options) {
  if (options.optLevel < 0 || options.optLevel > 3)
    return usage("-O: expected a level from 0 to 3, found " + Twine(options.optLevel));

  Target target;
  target.level = options.optLevel;

  // 1. The triple. One that is asked for by name and is the host's is the host.
  Triple host(sys::getProcessTriple());
  Triple triple = options.triple.empty() ? host : Triple(Triple::normalize(options.triple));
  target.hostArchitecture = triple.getArch() == host.getArch() && triple.getOS() == host.getOS();
  initializeTargets(/*all=*/!target.hostArchitecture);
  std::string error;
  const llvm::Target *backend = TargetRegistry::lookupTarget(triple, error);
  if (!backend)
    return usage("-target: no code generator for '" + options.triple +
                 "'; expected a triple such as 'x86_64-linux-gnu' or 'aarch64-linux-gnu'");
  const bool wasm = triple.isWasm();
  if ((!triple.isArch64Bit() && !wasm) || !triple.isLittleEndian())
    return usage("-target: '" + options.triple + "' is not a 64-bit little-endian architecture or wasm32, which nncc needs");
  target.tripleText = triple.str();

  // 2. The CPU: the host's is known by its features, because its name may be masked.
  bool native = options.cpu == "native" || (options.cpu.empty() && target.hostArchitecture);
  if (options.cpu == "native" && !target.hostArchitecture)
    return usage("-mcpu=native: the target '" + triple.str() + "' is not this machine's architecture");
  bool x86 = triple.getArch() == Triple::x86_64;
  std::string cpu = native || options.cpu.empty() ? (x86 ? "x86-64" : "generic") : options.cpu;
  std::unique_ptr<MCSubtargetInfo> generic(backend->createMCSubtargetInfo(triple, "", ""));
  if (Error bad = checkCpuName(*generic, cpu, triple))
    return bad;
  if (Error bad = checkFeatureNames(*generic, options.features, triple.str()))
    return bad;
  // All engines have had vectors since 2021.
  std::string features = native ? hostFeatureText() : wasm && options.cpu.empty() ? "+simd128" : "";
  if (!options.features.empty())
    features += (features.empty() ? "" : ",") + StringRef(options.features).trim(',').str();
  std::unique_ptr<MCSubtargetInfo> subtarget(backend->createMCSubtargetInfo(triple, cpu, features));

  // 3. The features.
  target.tuneCpu = native ? sys::getHostCPUName().str() : cpu;
  if (x86) {
    target.isaCpu = "x86-64";
    SmallVector<StringRef> enabled;
    for (StringRef feature : kX86Features)
      if (hasFeature(*subtarget, feature))
        enabled.push_back(feature);
    if (options.bfloat16) {
      for (StringRef feature : {"amx-tile", "amx-bf16", "avx512bf16"}) // the last rounds to bf16
        if (!hasFeature(*subtarget, feature))
          return usage("--precision=bf16 needs AMX tiles of bf16, and " +
                       (native ? "this CPU" : "'" + cpu + "'") + " has no " + feature +
                       "; leave --precision out, or compile for a CPU that has them (-mcpu=sapphirerapids)");
      enabled.append({"amx-tile", "amx-bf16"});
      target.cpuFacts.bfloat16 = true;
    }
    target.requiredText = join(enabled, ",");
    for (StringRef feature : enabled)
      target.featureText += (target.featureText.empty() ? "+" : ",+") + feature.str();
    target.cpuText = "x86-64";
    for (const Level &level : kX86Levels) {
      SmallVector<StringRef> wanted;
      level.features.split(wanted, ',');
      if (all_of(wanted, [&](StringRef feature) { return is_contained(enabled, feature); })) {
        target.cpuText = level.name.str();
        break;
      }
    }
  } else if (options.bfloat16) {
    return usage("--precision=bf16 needs AMX tiles, which only x86-64 has; leave it out for '" + triple.str() + "'");
  } else {
    target.isaCpu = native ? target.tuneCpu : cpu;
    target.featureText = features;
    target.cpuText = target.isaCpu;
  }

  // 4. The facts.
  CpuFacts &facts = target.cpuFacts;
  if (x86) {
    bool avx512 = hasFeature(*subtarget, "avx512f"), avx = hasFeature(*subtarget, "avx");
    facts.vectorBits = avx512 ? 512 : avx ? 256 : 128;
    facts.vectorRegisters = avx512 ? 32 : 16;
    facts.fma = hasFeature(*subtarget, "fma") || avx512;
    // LLVM's own switch for narrower vectors on a CPU that has wide ones; only if asked for, many CPUs imply it.
    if (StringRef(options.features).contains("+prefer-128-bit"))
      facts.vectorBits = 128;
    else if (StringRef(options.features).contains("+prefer-256-bit"))
      facts.vectorBits = std::min<int64_t>(facts.vectorBits, 256);
    // Narrow registers above the 16th need AVX-512VL.
    if (facts.vectorBits < 512 && !hasFeature(*subtarget, "avx512vl"))
      facts.vectorRegisters = 16;
  } else {
    facts.vectorBits = 128;
    facts.vectorRegisters = wasm ? 16 : 32; // of WebAssembly those of the machine below, which may be an x86
    facts.fma = triple.getArch() == Triple::aarch64 || hasFeature(*subtarget, "f");
  }
  // Code for another machine must not depend on this one.
  if (native) {
    facts.l1Bytes = hostCacheBytes("1").value_or(facts.l1Bytes);
    facts.l2Bytes = hostCacheBytes("2").value_or(facts.l2Bytes);
  }
  return target;
}

std::vector<std::string> knownCpus(const std::string &tripleText) {
  Triple triple(tripleText.empty() ? sys::getProcessTriple() : Triple::normalize(tripleText));
  initializeTargets(/*all=*/!tripleText.empty());
  std::vector<std::string> names;
  std::string error;
  if (const llvm::Target *backend = TargetRegistry::lookupTarget(triple, error)) {
    std::unique_ptr<MCSubtargetInfo> generic(backend->createMCSubtargetInfo(triple, "", ""));
    for (const SubtargetSubTypeKV &description : generic->getAllProcessorDescriptions())
      names.push_back(description.Key);
  }
  return names;
}

} // namespace nncc::codegen
