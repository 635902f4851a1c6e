/* The header's types are those of nncc/ABI/Library.h, which the runtime uses, at the same places and of the same sizes. In C11. */
#include "series.h"

#include "nncc/ABI/Library.h"
#include "nncc/Runtime/Core/Status.h"

#define SAME_SIZE(type) _Static_assert(sizeof(series_##type) == sizeof(nncc_##type), #type);
#define SAME(type, field)                                                                                                      \
  _Static_assert(offsetof(series_##type, field) == offsetof(nncc_##type, field), #field);                                      \
  _Static_assert(sizeof(((series_##type *)0)->field) == sizeof(((nncc_##type *)0)->field), #field);

SAME_SIZE(status)
#define STATUS(name, text) _Static_assert((int)SERIES_##name == (int)NNCC_##name, #name);
NNCC_STATUSES(STATUS)
_Static_assert((int)NNCC_STATUS_COUNT == (int)SERIES_ERROR_BATCH + 1, "all of them");
_Static_assert(SERIES_ABI_VERSION == NNCC_LIBRARY_VERSION, "version");

SAME_SIZE(options)
SAME(options, threads) SAME(options, seed) SAME(options, max_batch) SAME(options, parallel_for) SAME(options, parallel_for_context)

SAME_SIZE(tensor_info)
SAME(tensor_info, name) SAME(tensor_info, rank) SAME(tensor_info, extents) SAME(tensor_info, elements)

SAME_SIZE(parameter_info)
SAME(parameter_info, path) SAME(parameter_info, rank) SAME(parameter_info, extents) SAME(parameter_info, elements)
SAME(parameter_info, trainable)

SAME_SIZE(memory_info)
SAME(memory_info, fixed) SAME(memory_info, per_sample) SAME(memory_info, per_thread)

SAME_SIZE(info)
SAME(info, abi_version) SAME(info, name) SAME(info, compiler) SAME(info, cpu) SAME(info, cpu_features)
SAME(info, input_count) SAME(info, inputs) SAME(info, output) SAME(info, labels)
SAME(info, parameter_count) SAME(info, parameters) SAME(info, parameter_elements) SAME(info, trainable_elements)
SAME(info, parameter_bytes) SAME(info, optimizer_bytes)
SAME(info, predict) SAME(info, evaluate) SAME(info, train_step) SAME(info, gradients)
SAME(info, class_count) SAME(info, classes) SAME(info, embedded_weights)

/* The macros are constants. */
static unsigned char arena[SERIES_ARENA_BYTES(2)];
static float numbers[SERIES_INPUT_ELEMENTS + SERIES_OUTPUT_ELEMENTS + SERIES_LABEL_ELEMENTS + SERIES_PARAMETERS];
int main(void) { return arena[0] + (int)numbers[0]; }
