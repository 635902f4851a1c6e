/* Part of nncc, under the Apache License v2.0 with LLVM Exceptions. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "nncc/Runtime/Core/Random.h"

#include <Random123/philox.h>
#include <math.h>
#include <string.h>

/* Block `index` of the stream with this key, into four words. */
static void philox(philox4x32_key_t key, uint64_t stream, uint64_t index, uint32_t *words) {
  philox4x32_ctr_t counter = {{(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)}};
  memcpy(words, philox4x32_R(10, counter, key).v, 4 * sizeof *words);
}

static philox4x32_key_t keyOf(uint64_t seed) { return (philox4x32_key_t){{(uint32_t)seed, (uint32_t)(seed >> 32)}}; }

void nncc_philox_block(uint64_t seed, uint64_t stream, uint64_t index, uint32_t block[4]) { philox(keyOf(seed), stream, index, block); }

void nncc_random_start(nncc_random *random, uint64_t seed, uint64_t stream) {
  *random = (nncc_random){.seed = seed, .stream = stream, .used = 4};
}

uint32_t nncc_random_word(nncc_random *random) {
  if (random->used == 4) {
    nncc_philox_block(random->seed, random->stream, random->next++, random->block);
    random->used = 0;
  }
  return random->block[random->used++];
}

void nncc_random_words(nncc_random *random, uint32_t *words, int64_t count) {
  for (; count && random->used != 4; --count)
    *words++ = nncc_random_word(random);
  philox4x32_key_t key = keyOf(random->seed);
  for (; count >= 4; count -= 4, words += 4)
    philox(key, random->stream, random->next++, words);
  for (; count; --count)
    *words++ = nncc_random_word(random);
}

double nncc_random_uniform(nncc_random *random) { return ((double)nncc_random_word(random) + 0.5) * 0x1p-32; }

static uint64_t word64(nncc_random *random) {
  uint64_t low = nncc_random_word(random);
  return low | (uint64_t)nncc_random_word(random) << 32;
}

uint64_t nncc_random_below(nncc_random *random, uint64_t bound) {
  uint64_t reject = -bound % bound; /* 2^64 mod bound */
  for (;;) {
    uint64_t value = word64(random);
    if (value >= reject)
      return value % bound;
  }
}

static double uniform53(nncc_random *random) { return ((double)(word64(random) >> 12) + 0.5) * 0x1p-52; }

double nncc_random_normal(nncc_random *random) { return nncc_normal_quantile(uniform53(random)); }

double nncc_random_truncated_normal(nncc_random *random) {
  const double below = 0.022750131948179209; /* the normal distribution function at -2 */
  return nncc_normal_quantile(below + uniform53(random) * (1 - 2 * below));
}

/* The natural logarithm for 0 < x < 1, to some 1e-16: x = 2^k * m, and log(m) = 2 atanh((m-1)/(m+1)) by its series. */
static double naturalLogarithm(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int exponent = (int)(bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffffull) | 0x3ff0000000000000ull;
  double m;
  memcpy(&m, &bits, sizeof m);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  double s = (m - 1) / (m + 1), z = s * s, sum = 0; /* |s| < 0.1716: 12 terms leave less than 1e-19 */
  for (int n = 25; n >= 1; n -= 2)
    sum = sum * z + 1.0 / n;
  return exponent * 0.69314718055994530942 + 2 * s * sum;
}

static double polynomial(const double *c, double x) {
  double sum = c[7];
  for (int i = 6; i >= 0; --i)
    sum = sum * x + c[i];
  return sum;
}

double nncc_normal_quantile(double p) {
  static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                              1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                              3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static const double b[8] = {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                              2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                              5.2264952788528545610e+3};
  static const double c[8] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                              3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                              2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[8] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                              1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                              1.05075007164441684324e-9};
  static const double e[8] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                              2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                              2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[8] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                              7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                              2.04426310338993978564e-15};
  double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  double r = sqrt(-naturalLogarithm(q < 0 ? p : 1 - p));
  double value = r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5) / polynomial(f, r - 5);
  return q < 0 ? -value : value;
}

uint64_t nncc_hash_text(const char *text) {
  uint64_t hash = 14695981039346656037ull;
  for (; *text; ++text)
    hash = (hash ^ (unsigned char)*text) * 1099511628211ull;
  return hash;
}
