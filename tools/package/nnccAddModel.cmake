#[[
nncc_add_model(<target> <model>            a .nn or .mlir file
               [TRAIN]                     with the functions that train; without: --no-train
               [SHARED]                    a shared library; without: a static one
               [EMBED <weights>]           with the weights of this .safetensors file inside
               [PRECISION bf16|f16]        how these are stored
               [CPU <cpu>...]              x86-64-v3 and the like; of several the program takes the best that its machine has
               [OPTIONS <option>...])      handed to nncc: -D classes=3, ...

A library target, compiled by nncc when what it is made from changes: the model, the weights, nncc. Who links it finds the header, which is
called as the model is: brain_tumor.h of BrainTumor (the property NNCC_HEADER has its path), and brain_tumor.hpp for C++. Without CPU the
library is for this machine; where CMake compiles for aarch64 on another machine, for aarch64.
]]

# The name that nncc gives to the files of a model; of one with errors, which are told when it is compiled, `otherwise`.
function(_nncc_file_name result model options otherwise)
  get_target_property(nncc nncc::nncc IMPORTED_LOCATION)
  execute_process(COMMAND "${nncc}" "${model}" -emit=json ${options} OUTPUT_VARIABLE facts ERROR_QUIET RESULT_VARIABLE status)
  set(name "${otherwise}")
  if(status EQUAL 0)
    string(JSON name GET "${facts}" c_name)
  endif()
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

function(nncc_add_model target model)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "TRAIN;SHARED" "EMBED;PRECISION" "CPU;OPTIONS")
  # 1. The call.
  foreach(unknown IN LISTS ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "nncc_add_model(${target}): unknown argument '${unknown}'; there are TRAIN SHARED EMBED PRECISION CPU OPTIONS")
  endforeach()
  foreach(empty IN LISTS ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "nncc_add_model(${target}): ${empty} needs a value")
  endforeach()
  if(ARG_PRECISION AND NOT ARG_EMBED)
    message(FATAL_ERROR "nncc_add_model(${target}): PRECISION is how embedded weights are stored: name them with EMBED")
  endif()
  get_filename_component(model "${model}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT EXISTS "${model}")
    message(FATAL_ERROR "nncc_add_model(${target}): there is no file ${model}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${model}")

  # 2. The command. Weights may be made by the build, too.
  set(depends "${model}" "$<TARGET_FILE:nncc::nncc>")
  set(options ${ARG_OPTIONS})
  _nncc_file_name(name "${model}" "${options}" "${target}")
  if(NOT ARG_TRAIN)
    list(APPEND options --no-train)
  endif()
  if(ARG_EMBED)
    get_filename_component(weights "${ARG_EMBED}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    list(APPEND options --embed-weights "${weights}")
    list(APPEND depends "${weights}")
  endif()
  if(ARG_PRECISION)
    list(APPEND options --precision=${ARG_PRECISION})
  endif()
  if(ARG_CPU)
    string(JOIN "," cpus ${ARG_CPU})
    list(APPEND options -mcpu=${cpus})
  endif()
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$" AND NOT CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL CMAKE_SYSTEM_PROCESSOR)
    list(APPEND options -target=aarch64-linux-gnu)
  endif()
  if(ARG_SHARED)
    set(kind shared)
    set(type SHARED)
    set(suffix .so)
  else()
    set(kind lib)
    set(type STATIC)
    set(suffix .a)
  endif()

  # 3. The library, in a folder of its own: its header is found there, and no other model's.
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  set(library "${folder}/lib${name}${suffix}")
  set(header "${folder}/${name}.h")
  file(MAKE_DIRECTORY "${folder}")
  file(RELATIVE_PATH shown "${CMAKE_SOURCE_DIR}" "${model}")
  add_custom_command(OUTPUT "${library}" "${header}" "${folder}/${name}.hpp"
    COMMAND nncc::nncc "${model}" -emit=${kind} ${options} -o "${library}"
    DEPENDS ${depends}
    COMMENT "Compiling the model ${shown}"
    VERBATIM)
  add_custom_target(${target}-compile DEPENDS "${library}" "${header}")

  add_library(${target} ${type} IMPORTED GLOBAL)
  add_dependencies(${target} ${target}-compile)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION "${library}"
    INTERFACE_INCLUDE_DIRECTORIES "${folder}"
    NNCC_HEADER "${header}")
  if(NOT ARG_SHARED)
    target_link_libraries(${target} INTERFACE Threads::Threads m)
  endif()
endfunction()
