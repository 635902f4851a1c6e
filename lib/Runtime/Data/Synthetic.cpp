// Part of nncc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// synthetic: - generated data that is worth learning, for inputs of any extents and any number of classes.
//
//   shapes  pictures (H x W x C) of a figure: disc, square, triangle, ring, ...
//   waves   series (L x C) of a wave form at a frequency
//   solids  volumes (D x H x W x C) of a body
//
// Of several inputs each with another number of axes gets the family of its own; all show the class of the sample.
//
// A sample's class is uniform; place, size, rotation, contrast and phase are random. The sign of the contrast is random too, so
// that all classes have the same mean: a linear model can do little better than guess. Under noise s, a share 0.6 s (at most a
// half) of the samples is a blend of two classes, each as likely the stronger one as not: what no model gets right.
// All of it is Philox and exact float arithmetic: the same data on every machine, whatever the number of threads.
#include "nncc/Runtime/Core/Random.h"
#include "nncc/Runtime/Data/Failure.h"
#include "nncc/Runtime/Data/Source.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>

namespace nncc::runtime {
namespace {

enum class Family { Waves = 1, Shapes = 2, Solids = 3 }; // the number of spatial axes

constexpr int64_t noiseEntries = 1 << 16;

/// sin(2 pi x), to some 1e-7, in float arithmetic alone.
float sineOfTurns(float x) {
  float r = x - std::floor(x + 0.5f); // [-1/2, 1/2)
  if (r > 0.25f)
    r = 0.5f - r;
  else if (r < -0.25f)
    r = -0.5f - r;
  float t = 6.28318530718f * r, s = t * t;
  return t * (1 + s * (-1.0f / 6 + s * (1.0f / 120 + s * (-1.0f / 5040 + s * (1.0f / 362880)))));
}
float cosineOfTurns(float x) { return sineOfTurns(x + 0.25f); }

/// What is random about a sample, but for the noise.
struct Latent {
  int64_t label = 0, other = 0; ///< other: the class that is blended in
  float weight = 1;             ///< of the label's figure; the other's is 1 - weight
  float centre[3] = {0.5f, 0.5f, 0.5f};
  float size = 0.3f, angle = 0, sign = 1, contrast = 0.4f, phase = 0, pace = 1;
};

struct Generator {
  const nncc_program &program;
  Family family;
  int64_t classes, count;
  uint64_t seed;
  float noise;
  LossKind loss;
  std::vector<float> noiseTable;
  std::vector<Array> inputs{}; ///< one per model input, filled by drawSample
  Array labels{};
  std::atomic<bool> outOfMemory = false;

  /// Whether an input can hold what was asked for: one row takes anything.
  bool takesFamily(int64_t index) const {
    return program.inputs[index].rank == 1 || program.inputs[index].rank == static_cast<int64_t>(family) + 1;
  }
  Family familyOf(int64_t index) const {
    return takesFamily(index) ? family
                              : static_cast<Family>(std::min<int64_t>(3, std::max<int64_t>(1, program.inputs[index].rank - 1)));
  }

  Latent drawLatent(int64_t sample) const {
    nncc_random random;
    nncc_random_start(&random, seed, static_cast<uint64_t>(sample) << 8);
    auto between = [&](float low, float high) { return low + (high - low) * static_cast<float>(nncc_random_uniform(&random)); };
    Latent l;
    l.label = static_cast<int64_t>(nncc_random_below(&random, static_cast<uint64_t>(classes)));
    l.other = static_cast<int64_t>(nncc_random_below(&random, static_cast<uint64_t>(classes)));
    bool blended = between(0, 1) < std::min(0.5f, 0.6f * noise);
    float weight = between(0.3f, 0.7f);
    if (blended && l.other != l.label)
      l.weight = weight;
    for (float &c : l.centre)
      c = between(0.4f, 0.6f);
    l.size = between(0.26f, 0.38f);
    l.angle = between(-0.03f, 0.03f);
    l.sign = between(0, 1) < 0.5f ? -1.0f : 1.0f;
    l.contrast = between(0.25f, 0.45f);
    l.phase = between(0, 1);
    l.pace = between(0.94f, 1.06f);
    return l;
  }

  void drawSample(int64_t sample);
  void drawTarget(const Latent &latent, int64_t sample);
  void drawClean(const Latent &latent, int64_t input, int64_t sample, float *out) const;
  void addNoise(int64_t input, int64_t sample, float *out) const;
};

// --- figures: positive inside, about the distance to the edge; they fill [-1, 1] ---------------------------------------------

constexpr int64_t figureCount = 12;

inline float figure(int64_t which, float u, float v) {
  float a = std::fabs(u), b = std::fabs(v);
  switch (which) {
  case 0: return 1 - std::sqrt(u * u + v * v);                                                   // disc
  case 1: return 0.86f - std::max(a, b);                                                         // square
  case 2: return 0.55f - std::max(v, std::max(0.866f * u, -0.866f * u) - 0.5f * v);              // triangle
  case 3: return 0.22f - std::fabs(std::sqrt(u * u + v * v) - 0.75f);                            // ring
  case 4: return std::max(std::min(0.3f - a, 1 - b), std::min(0.3f - b, 1 - a));                 // plus
  case 5: {                                                                                      // cross
    float p = 0.707f * std::fabs(u + v), q = 0.707f * std::fabs(u - v);
    return std::max(std::min(0.25f - p, 1 - q), std::min(0.25f - q, 1 - p));
  }
  case 6: return 0.707f * (1.1f - a - b);                                                        // diamond
  case 7: return 0.17f - std::fabs(std::max(a, b) - 0.72f);                                      // frame
  case 8: return std::min(0.95f - std::max(a, b), 0.18f - std::fabs(b > 0.35f ? b - 0.72f : b)); // bars lying
  case 9: return std::min(0.95f - std::max(a, b), 0.18f - std::fabs(a > 0.35f ? a - 0.72f : a)); // bars standing
  case 10: return 0.42f - std::sqrt((a - 0.55f) * (a - 0.55f) + v * v);                          // two dots
  default: return std::min(1 - std::sqrt(u * u + v * v), std::sqrt((u - 0.45f) * (u - 0.45f) + v * v) - 0.75f); // crescent
  }
}

constexpr int64_t bodyCount = 8;

inline float body(int64_t which, float u, float v, float w) {
  float a = std::fabs(u), b = std::fabs(v), c = std::fabs(w), most = std::max(a, std::max(b, c));
  float r = std::sqrt(u * u + v * v + w * w), round = std::sqrt(u * u + v * v);
  switch (which) {
  case 0: return 1 - r;                                                                    // ball
  case 1: return 0.8f - most;                                                              // cube
  case 2: return 0.25f - std::fabs(r - 0.72f);                                             // shell
  case 3: return 0.3f - std::min(std::max(a, b), std::min(std::max(b, c), std::max(a, c))) // three rods
                 - std::max(0.0f, most - 1);
  case 4: return 0.577f * (1.4f - a - b - c);                                              // octahedron
  case 5: return std::min(0.45f - round, 1 - c);                                           // post
  case 6: return std::min(1 - round, 0.25f - c);                                           // disc
  default: return 0.25f - std::sqrt((round - 0.7f) * (round - 0.7f) + w * w);              // torus
  }
}

/// Light and dark within a figure: one more thing to tell classes apart by, once the outlines are used up.
float texture(int64_t level, float u, float v) {
  if (level == 0)
    return 1;
  float turn = 0.125f * static_cast<float>(level), pace = 0.7f + 0.35f * static_cast<float>(level % 5);
  return 0.5f + 0.5f * sineOfTurns(pace * (u * cosineOfTurns(turn) + v * sineOfTurns(turn)));
}

/// A stretch of a row of pixels, small enough to stay in the first-level cache.
constexpr int64_t stretch = 64;

/// figure() and body() for a stretch: the switch is outside the loop, so that the loop is vectorised.
template <int64_t which = 0> void figureRow(int64_t wanted, const float *u, const float *v, int64_t count, float *out) {
  if constexpr (which + 1 < figureCount)
    if (wanted != which)
      return figureRow<which + 1>(wanted, u, v, count, out);
  for (int64_t i = 0; i < count; ++i)
    out[i] = figure(which, u[i], v[i]);
}
template <int64_t which = 0> void bodyRow(int64_t wanted, const float *u, const float *v, float w, int64_t count, float *out) {
  if constexpr (which + 1 < bodyCount)
    if (wanted != which)
      return bodyRow<which + 1>(wanted, u, v, w, count, out);
  for (int64_t i = 0; i < count; ++i)
    out[i] = body(which, u[i], v[i], w);
}

void coverRow(const float *distance, float perPixel, int64_t count, float *out) {
  for (int64_t i = 0; i < count; ++i)
    out[i] = std::min(1.0f, std::max(0.0f, 0.5f + distance[i] * perPixel));
}

/// Adds weight * (how much of each pixel class `label` fills). Beyond 8 textures of a figure, a small second figure in a corner
/// tells classes apart.
void addShape(int64_t label, float weight, const float *u, const float *v, float perPixel, int64_t count, float *out) {
  int64_t outline = label % figureCount, level = label / figureCount % 8, group = label / (figureCount * 8);
  float distance[stretch], value[stretch], small[stretch];
  figureRow(outline, u, v, count, distance);
  coverRow(distance, perPixel, count, value);
  if (level)
    for (int64_t i = 0; i < count; ++i)
      value[i] *= texture(level, u[i], v[i]);
  if (group) {
    float us[stretch], vs[stretch];
    for (int64_t i = 0; i < count; ++i) {
      us[i] = (u[i] - 0.85f) / 0.3f;
      vs[i] = (v[i] + 0.85f) / 0.3f;
    }
    figureRow((group - 1) % figureCount, us, vs, count, distance);
    coverRow(distance, 0.3f * perPixel, count, small);
    for (int64_t i = 0; i < count; ++i)
      value[i] = std::max(value[i], small[i]);
  }
  for (int64_t i = 0; i < count; ++i)
    out[i] += weight * value[i];
}

void addSolid(int64_t label, float weight, const float *u, const float *v, float w, float perPixel, int64_t count, float *out) {
  float distance[stretch] = {}, value[stretch];
  bodyRow(label % bodyCount, u, v, w, count, distance);
  coverRow(distance, perPixel, count, value);
  for (int64_t i = 0; i < count; ++i)
    out[i] += weight * value[i] * texture(label / bodyCount, u[i] + 0.5f * w, v[i] + 0.5f * w);
}

/// Wave forms of period 1, amplitude 1, mean 0.
float wave(int64_t form, float x) {
  float t = x - std::floor(x);
  switch (form) {
  case 0: return sineOfTurns(x);
  case 1: return t < 0.5f ? 1.0f : -1.0f;
  case 2: return 2 * t - 1;
  default: return t < 0.2f ? 1.6f : -0.4f; // pulses
  }
}

/// A channel's own share of the contrast, and a sign for series: a fixed function of sample and channel.
float channelShare(uint64_t seed, int64_t sample, int64_t channel, uint32_t &sign) {
  uint32_t words[4];
  nncc_philox_block(seed, static_cast<uint64_t>(sample) << 8 | 1, static_cast<uint64_t>(channel), words);
  sign = words[1];
  return 0.6f + 0.4f * static_cast<float>(words[0] >> 8) * 0x1p-24f;
}

/// The sample without noise. Pictures lie around 1/2, series around 0.
void Generator::drawClean(const Latent &l, int64_t index, int64_t sample, float *out) const {
  const nncc_tensor &input = program.inputs[index];
  const Family family = familyOf(index);
  int64_t axes = static_cast<int64_t>(family), channels = 1, extents[3] = {1, 1, 1}; // depth, height, width
  // Axes that the family does not have count as channels from the right, as nothing (extent 1) on the left.
  for (int64_t i = 0; i < input.rank; ++i)
    (i < axes ? extents[3 - std::min(axes, input.rank) + i] : channels) *= input.extents[i];
  if (input.rank == 1) { // a picture or a volume in one row: the most even factors
    for (int64_t i = 3 - axes; i < 2; ++i) {
      int64_t best = 1;
      for (int64_t d = 1; (i == 0 ? d * d * d : d * d) <= extents[2]; ++d)
        if (extents[2] % d == 0)
          best = d;
      extents[i] = best;
      extents[2] /= best;
    }
  }
  std::vector<float> share(static_cast<size_t>(channels));
  std::vector<uint32_t> signs(share.size());
  for (int64_t c = 0; c < channels; ++c)
    share[static_cast<size_t>(c)] = channelShare(seed, sample, c, signs[static_cast<size_t>(c)]);

  if (family == Family::Waves) {
    int64_t length = extents[2], levels = (classes + 3) / 4;
    float least = 3, most = std::max(5.0f, static_cast<float>(length) / 16);
    auto pace = [&](int64_t label) {
      return l.pace * (least + (most - least) * (static_cast<float>(label / 4) + 0.5f) / static_cast<float>(levels));
    };
    float own = pace(l.label), others = pace(l.other);
    for (int64_t c = 0; c < channels; ++c) {
      uint32_t word = signs[static_cast<size_t>(c)];
      float amplitude = 2 * l.contrast * share[static_cast<size_t>(c)] * (word & 1 ? 1 : -1);
      float phase = l.phase + static_cast<float>(word >> 8) * 0x1p-24f;
      for (int64_t t = 0; t < length; ++t) {
        float x = static_cast<float>(t) / static_cast<float>(length);
        float value = l.weight * wave(l.label % 4, phase + own * x);
        if (l.weight < 1)
          value += (1 - l.weight) * wave(l.other % 4, phase + others * x);
        out[t * channels + c] = amplitude * value;
      }
    }
    return;
  }

  std::fill(out, out + input.elements, 0.5f);
  // The box that holds the turned figure; a second figure in the corner needs more.
  bool corner = family == Family::Shapes && std::max(l.label, l.other) >= figureCount * 8;
  float cosine = cosineOfTurns(l.angle), sine = sineOfTurns(l.angle), reach = (corner ? 1.5f : 1.2f) * l.size;
  float step[3], start[3]; // local coordinates: start + step * index
  int64_t first[3], last[3], finest = 1;
  for (int i = 0; i < 3; ++i) {
    float n = static_cast<float>(extents[i]), margin = reach + 1 / n;
    bool spatial = i >= 3 - axes;
    first[i] = spatial ? std::max<int64_t>(0, static_cast<int64_t>(std::floor((l.centre[i] - margin) * n))) : 0;
    last[i] = spatial ? std::min<int64_t>(extents[i], static_cast<int64_t>(std::ceil((l.centre[i] + margin) * n))) : extents[i];
    step[i] = 1 / (n * l.size);
    start[i] = 0.5f * step[i] - l.centre[i] / l.size;
    finest = std::max(finest, extents[i]);
  }
  float perPixel = l.size * static_cast<float>(finest), contrast = l.contrast * l.sign;
  float u[stretch], v[stretch], value[stretch];
  for (int64_t z = first[0]; z < last[0]; ++z)
    for (int64_t y = first[1]; y < last[1]; ++y)
      for (int64_t x = first[2]; x < last[2]; x += stretch) {
        int64_t count = std::min(stretch, last[2] - x);
        float v0 = start[1] + step[1] * static_cast<float>(y), w = start[0] + step[0] * static_cast<float>(z);
        for (int64_t i = 0; i < count; ++i) {
          float u0 = start[2] + step[2] * static_cast<float>(static_cast<int32_t>(x + i));
          u[i] = cosine * u0 + sine * v0;
          v[i] = cosine * v0 - sine * u0;
          value[i] = 0;
        }
        if (family == Family::Shapes)
          addShape(l.label, l.weight, u, v, perPixel, count, value);
        else
          addSolid(l.label, l.weight, u, v, w, perPixel, count, value);
        if (l.weight < 1 && family == Family::Shapes)
          addShape(l.other, 1 - l.weight, u, v, perPixel, count, value);
        else if (l.weight < 1)
          addSolid(l.other, 1 - l.weight, u, v, w, perPixel, count, value);
        float *element = out + ((z * extents[1] + y) * extents[2] + x) * channels;
        for (int64_t i = 0; i < count; ++i)
          for (int64_t c = 0; c < channels; ++c)
            element[i * channels + c] += contrast * value[i] * share[static_cast<size_t>(c)];
      }
}

/// Adds noise from a table of normal numbers, read from a random place for every 256 elements; pictures stay in [0, 1].
void Generator::addNoise(int64_t index, int64_t sample, float *out) const {
  if (noise == 0)
    return;
  int64_t elements = program.inputs[index].elements;
  for (int64_t at = 0; at < elements; at += 256) {
    uint32_t words[4];
    nncc_philox_block(seed, static_cast<uint64_t>(sample) << 8 | (2 + static_cast<uint64_t>(index) % 200),
                      static_cast<uint64_t>(at / 1024), words);
    const float *table = noiseTable.data() + words[at / 256 % 4] % (noiseEntries - 256);
    int64_t part = std::min<int64_t>(256, elements - at);
    for (int64_t i = 0; i < part; ++i)
      out[at + i] += noise * table[i];
    if (familyOf(index) != Family::Waves)
      for (int64_t i = 0; i < part; ++i)
        out[at + i] = std::min(1.0f, std::max(0.0f, out[at + i]));
  }
}

/// Class numbers, one for all positions; for regression the clean input if it has the target's size, else place and size.
void Generator::drawTarget(const Latent &l, int64_t sample) {
  int64_t elements = labels.perSample();
  float *out = labels.values.data() + sample * elements;
  if (loss != LossKind::Regression) {
    std::fill(out, out + elements, static_cast<float>(l.label));
  } else if (program.inputs[0].elements == elements) {
    drawClean(l, 0, sample, out);
  } else {
    const float facts[4] = {5 * (l.centre[2] - 0.4f), 5 * (l.centre[1] - 0.4f), (l.size - 0.26f) / 0.12f, 5 * (l.contrast - 0.25f)};
    const float waveFacts[4] = {(l.pace - 0.94f) / 0.12f, 5 * (l.contrast - 0.25f), static_cast<float>(l.label % 4) / 3, l.weight};
    for (int64_t i = 0; i < elements; ++i)
      out[i] = (family == Family::Waves ? waveFacts : facts)[i % 4];
  }
}

void Generator::drawSample(int64_t sample) {
  Latent latent = drawLatent(sample);
  for (int64_t i = 0; i < program.input_count; ++i) {
    float *out = inputs[static_cast<size_t>(i)].values.data() + sample * program.inputs[i].elements;
    drawClean(latent, i, sample, out);
    addNoise(i, sample, out);
  }
  drawTarget(latent, sample);
}

void drawRange(void *context, int64_t begin, int64_t end, int64_t) {
  auto *generator = static_cast<Generator *>(context);
  auto work = [&] {
    for (int64_t sample = begin; sample < end; ++sample)
      generator->drawSample(sample);
  };
  if (attempt(work)) // out of memory: nothing else fails here; it may not leave a worker thread
    generator->outOfMemory = true;
}

/// What the classes show, where none is told apart by texture or pace alone.
std::vector<std::string> classNamesOf(Family family, int64_t classes) {
  static constexpr const char *figures[figureCount] = {"disc",    "square", "triangle",   "ring",          "plus",     "cross",
                                                       "diamond", "frame",  "lying bars", "standing bars", "two dots", "crescent"};
  static constexpr const char *bodies[bodyCount] = {"ball", "cube", "shell", "rods", "octahedron", "post", "disc", "torus"};
  static constexpr const char *waves[] = {"sine", "square", "sawtooth", "pulses"};
  const char *const *names = family == Family::Shapes ? figures : family == Family::Solids ? bodies : waves;
  const int64_t named = family == Family::Shapes ? figureCount : family == Family::Solids ? bodyCount : 4;
  if (classes > named)
    return {};
  return {names, names + classes};
}

} // namespace

RawData readSynthetic(const nncc_program &program, const SourceSpec &spec, nncc_pool *pool) {
  constexpr const char *known[] = {"n", "seed", "noise", nullptr};
  constexpr const char *names[] = {"waves", "shapes", "solids", nullptr};
  constexpr const char *forms[] = {"series (length x channels)", "pictures (height x width x channels)",
                                   "volumes (depth x height x width x channels)"};
  int64_t family = 0;
  for (int64_t i = 0; i < 3; ++i)
    if (spec.location == names[i])
      family = i + 1;
  if (!family) {
    const char *near = nearest(spec.location, names);
    fail(spec.usageStatus, "unknown data source 'synthetic:%s'; %s%s%s", spec.location.c_str(),
         near ? "did you mean 'synthetic:" : "there are synthetic:shapes, synthetic:waves and synthetic:solids", near ? near : "",
         near ? "'?" : "");
  }
  spec.onlyParameters(known);
  Generator generator{program,
                      static_cast<Family>(family),
                      classCount(program),
                      spec.integer("n", 2000, 1, int64_t{1} << 40),
                      static_cast<uint64_t>(spec.integer("seed", 7, 0, INT64_MAX)),
                      static_cast<float>(spec.number("noise", 0.1, 0, 100)),
                      lossKind(program),
                      {}};
  if (generator.loss == LossKind::Regression)
    generator.classes = 8;
  // A flat input takes any of them; one with axes takes what has as many. Of several inputs one that does is enough.
  int64_t rank = program.inputs[0].rank;
  bool taken = false;
  for (int64_t i = 0; i < program.input_count; ++i)
    taken |= generator.takesFamily(i);
  if (!taken)
    fail(exitBadInput, "'%s' makes %s; the input '%s' of model '%s' is %s%s%s", spec.text.c_str(), forms[family - 1],
         program.inputs[0].name, program.name, shapeText(program.inputs[0].extents, rank, -1).c_str(),
         rank >= 2 && rank <= 4 ? "; try synthetic:" : "", rank >= 2 && rank <= 4 ? names[rank - 2] : "");

  RawData data;
  RawPart &part = data.train;
  part.inputName = "'" + spec.text + "'";
  part.labelName = "the labels of '" + spec.text + "'";
  for (int64_t i = 0; i < program.input_count; ++i) {
    const nncc_tensor &input = program.inputs[i];
    int64_t elements;
    if (__builtin_mul_overflow(generator.count, input.elements, &elements) || elements > INT64_MAX / 8)
      fail(spec.usageStatus, "'%s': so many samples do not fit the memory", spec.text.c_str());
    Array array;
    array.shape.push_back(generator.count);
    array.shape.insert(array.shape.end(), input.extents, input.extents + input.rank);
    array.values.resize(static_cast<size_t>(elements));
    generator.inputs.push_back(std::move(array));
  }
  // Labels: a class number per position of the output; for regression the target itself.
  const nncc_tensor &like = generator.loss == LossKind::Regression ? program.target : program.output;
  int64_t axes = generator.loss == LossKind::Regression ? like.rank : std::max<int64_t>(0, like.rank - 1);
  generator.labels.shape.push_back(generator.count);
  generator.labels.shape.insert(generator.labels.shape.end(), like.extents, like.extents + axes);
  generator.labels.values.resize(static_cast<size_t>(generator.count * generator.labels.perSample()));

  if (generator.noise != 0) {
    nncc_random random;
    nncc_random_start(&random, generator.seed, ~uint64_t{0});
    generator.noiseTable.resize(noiseEntries);
    for (float &value : generator.noiseTable)
      value = static_cast<float>(nncc_random_normal(&random));
  }
  nncc_pool_run_task(pool, drawRange, &generator, generator.count);
  if (generator.outOfMemory)
    failForMemory();
  for (Array &input : generator.inputs)
    part.inputs.push_back(std::move(input));
  part.labels = std::move(generator.labels);
  if (generator.loss != LossKind::Regression)
    data.classNames = classNamesOf(generator.family, generator.classes);
  return data;
}

} // namespace nncc::runtime
