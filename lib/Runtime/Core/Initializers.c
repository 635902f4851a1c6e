/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "nncc/Runtime/Core/Initializers.h"

#include "nncc/Runtime/Core/Random.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

double nncc_call_number(const nncc_call *call, const char *name, double otherwise) {
  for (int64_t i = 0; i < call->argument_count; ++i)
    if (strcmp(call->arguments[i].name, name) == 0)
      return isnan(call->arguments[i].number) ? otherwise : call->arguments[i].number;
  return otherwise;
}

const char *nncc_call_text(const nncc_call *call, const char *name) {
  for (int64_t i = 0; i < call->argument_count; ++i)
    if (strcmp(call->arguments[i].name, name) == 0)
      return call->arguments[i].text;
  return NULL;
}

const nncc_argument *nncc_call_list(const nncc_call *call, const char *name) {
  for (int64_t i = 0; i < call->argument_count; ++i)
    if (strcmp(call->arguments[i].name, name) == 0)
      return call->arguments[i].count > 0 ? &call->arguments[i] : NULL;
  return NULL;
}

/* "GlorotUniform" and "glorot_uniform" are one name. */
static int named(const char *name, const char *plain) {
  for (;; ++name) {
    if (*name == '_')
      continue;
    char c = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
    if (c != *plain)
      return 0;
    if (!c)
      return 1;
    ++plain;
  }
}

static void fill(float *values, int64_t count, float value) {
  for (int64_t i = 0; i < count; ++i)
    values[i] = value;
}

static void fillUniform(float *values, int64_t count, nncc_random *random, double low, double high) {
  enum { chunk = 256 };
  uint32_t words[chunk];
  for (int64_t begin = 0; begin < count; begin += chunk) {
    int64_t length = count - begin < chunk ? count - begin : chunk;
    nncc_random_words(random, words, length);
    for (int64_t i = 0; i < length; ++i) /* nncc_random_uniform's */
      values[begin + i] = (float)(low + (high - low) * (((double)words[i] + 0.5) * 0x1p-32));
  }
}

static void fillNormal(float *values, int64_t count, nncc_random *random, double mean, double deviation) {
  for (int64_t i = 0; i < count; ++i)
    values[i] = (float)(mean + deviation * nncc_random_normal(random));
}

static void fillTruncated(float *values, int64_t count, nncc_random *random, double mean, double deviation) {
  for (int64_t i = 0; i < count; ++i)
    values[i] = (float)(mean + deviation * nncc_random_truncated_normal(random));
}

/* VarianceScaling: scale / fan is the variance that is wanted. Keras corrects the normal ones for the truncation. */
static void fillScaled(float *values, int64_t count, nncc_random *random, double scale, double fan, int uniform) {
  scale /= fan > 1 ? fan : 1;
  if (uniform)
    fillUniform(values, count, random, -sqrt(3 * scale), sqrt(3 * scale));
  else
    fillTruncated(values, count, random, 0, sqrt(scale) / 0.87962566103423978);
}

/*
 * The Q of a Gaussian matrix's QR decomposition with R's diagonal made positive, which is the one that Gram-Schmidt finds;
 * each column is orthogonalised twice ("twice is enough", Giraud et al. 2005). A wide matrix is made from its transpose.
 */
static nncc_status fillOrthogonal(const nncc_variable *variable, nncc_random *random, double gain, float *values,
                                  double *workspace, nncc_message *message) {
  if (variable->rank < 2) {
    nncc_message_append(message, "the orthogonal initializer of '%s' needs a shape of rank 2 or more, found rank %d",
                        variable->path, (int)variable->rank);
    return NNCC_ERROR_UNSUPPORTED;
  }
  int64_t columns = variable->extents[variable->rank - 1], rows = variable->elements / (columns ? columns : 1);
  int64_t longer = rows > columns ? rows : columns, shorter = rows > columns ? columns : rows;
  if (variable->elements == 0)
    return NNCC_OK;
  /* Column c at q + c * longer. */
  double *q = workspace ? workspace : malloc((size_t)variable->elements * sizeof *q);
  if (!q)
    return NNCC_ERROR_MEMORY;
  for (int64_t r = 0; r < longer; ++r)
    for (int64_t c = 0; c < shorter; ++c)
      q[c * longer + r] = nncc_random_normal(random);
  for (int64_t c = 0; c < shorter; ++c) {
    double *column = q + c * longer;
    for (int pass = 0; pass < 2; ++pass)
      for (int64_t k = 0; k < c; ++k) {
        const double *other = q + k * longer;
        double dot = 0;
        for (int64_t r = 0; r < longer; ++r)
          dot += other[r] * column[r];
        for (int64_t r = 0; r < longer; ++r)
          column[r] -= dot * other[r];
      }
    double square = 0;
    for (int64_t r = 0; r < longer; ++r)
      square += column[r] * column[r];
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (int64_t r = 0; r < longer; ++r)
      column[r] *= scale;
  }
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      values[r * columns + c] = (float)(gain * (rows >= columns ? q[c * longer + r] : q[r * longer + c]));
  if (!workspace)
    free(q);
  return NNCC_OK;
}

int64_t nncc_initializer_workspace(const nncc_variable *variable) {
  int64_t bytes;
  if (!variable->initializer.name || !named(variable->initializer.name, "orthogonal"))
    return 0;
  return __builtin_mul_overflow(variable->elements, (int64_t)sizeof(double), &bytes) ? INT64_MAX : bytes;
}

nncc_status nncc_initialize(const nncc_variable *variable, uint64_t seed, float *values, void *workspace, nncc_message *message) {
  const nncc_call *call = &variable->initializer;
  const char *name = call->name ? call->name : "zeros";
  int64_t count = variable->elements;
  nncc_random random;
  double own = nncc_call_number(call, "seed", -1);
  if (own >= 0)
    nncc_random_start(&random, (uint64_t)own, 0);
  else
    nncc_random_start(&random, seed, variable->stream);

  double fanIn = (double)variable->fan_in, fanOut = (double)variable->fan_out, average = (fanIn + fanOut) / 2;
  if (named(name, "zeros"))
    fill(values, count, 0);
  else if (named(name, "ones"))
    fill(values, count, 1);
  else if (named(name, "constant"))
    fill(values, count, (float)nncc_call_number(call, "value", 0));
  else if (named(name, "randomuniform"))
    fillUniform(values, count, &random, nncc_call_number(call, "minval", -0.05), nncc_call_number(call, "maxval", 0.05));
  else if (named(name, "randomnormal"))
    fillNormal(values, count, &random, nncc_call_number(call, "mean", 0), nncc_call_number(call, "stddev", 0.05));
  else if (named(name, "truncatednormal"))
    fillTruncated(values, count, &random, nncc_call_number(call, "mean", 0), nncc_call_number(call, "stddev", 0.05));
  else if (named(name, "glorotuniform"))
    fillScaled(values, count, &random, 1, average, 1);
  else if (named(name, "glorotnormal"))
    fillScaled(values, count, &random, 1, average, 0);
  else if (named(name, "heuniform"))
    fillScaled(values, count, &random, 2, fanIn, 1);
  else if (named(name, "henormal"))
    fillScaled(values, count, &random, 2, fanIn, 0);
  else if (named(name, "lecununiform"))
    fillScaled(values, count, &random, 1, fanIn, 1);
  else if (named(name, "lecunnormal"))
    fillScaled(values, count, &random, 1, fanIn, 0);
  else if (named(name, "orthogonal"))
    return fillOrthogonal(variable, &random, nncc_call_number(call, "gain", 1), values, workspace, message);
  else {
    nncc_message_append(message, "'%s': the initializer '%s' is not supported", variable->path, name);
    return NNCC_ERROR_UNSUPPORTED;
  }
  return NNCC_OK;
}
