// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The compiler's own options. Those of a run (--data, --epochs, ...) belong to the runtime, which a compiled executable
// shares; see Runtime/Train/RunOptions.h.

include "llvm/Option/OptParser.td"

// Help, manual and completion show the first spelling; metavariables of words between bars are what may be written there.
class F<string letter, string help> : Flag<["--", "-"], letter>, HelpText<help>;
class J<string letter, string help, string var> : Joined<["--", "-"], letter>, HelpText<help>, MetaVarName<var>;
// Those that compilers spell with one dash.
class C<string letter, string help, string var> : Joined<["-", "--"], letter>, HelpText<help>, MetaVarName<var>;

def help : F<"help", "Display this help">;
def h : Flag<["-"], "h">, Alias<help>;
def version : F<"version", "Display the version of nncc and of LLVM">;
def completion_EQ : J<"completion=", "Print what makes this shell complete nncc's command line: source <(nncc --completion=bash)", "bash|zsh|fish">;
def manual : F<"manual", "Print the manual page">, Flags<[HelpHidden]>;

def emit_EQ : C<"emit=", "Write this stage: see the list below", "KIND">;
def summary_EQ : J<"summary=", "-emit=summary: 'wide' adds FLOPs, kept bytes, receptive fields and the memory plan; 'keras' (default)", "keras|wide">;
def jit : Separate<["-", "--"], "jit">, HelpText<"Do this at once: train, evaluate, predict, gradients, gradcheck, benchmark">,
    MetaVarName<"ACTION">;
def jit_EQ : Joined<["-", "--"], "jit=">, Alias<jit>;
def o : JoinedOrSeparate<["-"], "o">, HelpText<"Write to this file">, MetaVarName<"PATH">;
def output_EQ : Joined<["--"], "output=">, Alias<o>;

def D : JoinedOrSeparate<["-"], "D">, HelpText<"Replace the value of a const">, MetaVarName<"NAME=VALUE">;
def O : Joined<["-"], "O">, HelpText<"Optimisation level (default 3)">, MetaVarName<"0|1|2|3">;
def mcpu_EQ : C<"mcpu=", "Generate code for this CPU (default: the host), e.g. x86-64-v3; artefacts also for several, separated by commas", "CPU">;
def mattr_EQ : C<"mattr=", "Switch features of the CPU on and off, e.g. +avx2,-avx512f", "FEATURES">;
def target_EQ : C<"target=", "Generate code for this target triple (default: the host's)", "TRIPLE">;
def precision_EQ : J<"precision=", "'f32' (default), or 'bf16': convolutions multiply bf16 and add up f32 in AMX tiles, where the CPU has them; of --embed-weights how they are stored, also 'f16'", "f32|bf16|f16">;
def winograd : F<"winograd", "The same as --winograd=all">;
def winograd_EQ : J<"winograd=", "Winograd's algorithm in convolutions: 'off', 'accurate' (default), or 'all' tiles, also those that may double rounding errors", "off|accurate|all">;

def pictures : F<"pictures", "-emit=exe: with what reads PNG and JPEG files, also where the train section reads other data">;
def no_pictures : F<"no-pictures", "-emit=exe: without it">;

def embed_weights : Separate<["--", "-"], "embed-weights">, MetaVarName<"FILE">, HelpText<"Put these weights into the artefact">;
def embed_weights_EQ : Joined<["--", "-"], "embed-weights=">, Alias<embed_weights>;
def no_train : F<"no-train", "Leave out of the code what trains and computes gradients">;

def memory_limit : Separate<["--", "-"], "memory-limit">, MetaVarName<"BYTES">,
    HelpText<"Compute activations twice where training would take more memory (1500000, 64M, 1.5GiB)">;
def memory_limit_EQ : Joined<["--", "-"], "memory-limit=">, Alias<memory_limit>;

def replay : Separate<["--"], "replay">, MetaVarName<"FILE">,
    HelpText<"Run again what left this reproducer of an internal error; takes no other option">;

// MLIR's developer options are handed to MLIR as they are.
def mlir_DASH : Joined<["-", "--"], "mlir-">, Flags<[HelpHidden]>;
