// Trains a little, predicts, looks at gradients: a model as a C++ class.
#include "waves.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

// Four kinds of waves: sine, square, saw, none; of `count` series.
static void make(std::mt19937 &random, std::vector<float> &series, std::vector<float> &kinds) {
  std::uniform_real_distribution<float> uniform;
  std::normal_distribution<float> noise(0, 0.1f);
  for (std::size_t sample = 0; sample < kinds.size(); ++sample) {
    const int kind = static_cast<int>(random() % 4);
    const float frequency = 0.05f + 0.15f * uniform(random);
    for (int t = 0; t < 64; ++t) {
      const float phase = frequency * static_cast<float>(t), sine = std::sin(6.2831853f * phase);
      const float saw = 2 * (phase - std::floor(phase)) - 1;
      const float wave = kind == 0 ? sine : kind == 1 ? std::copysign(1.0f, sine) : kind == 2 ? saw : 0;
      for (int channel = 0; channel < 2; ++channel)
        series[sample * nncc::Waves::input_elements + 2 * t + channel] = (channel ? -wave : wave) + noise(random);
    }
    kinds[sample] = static_cast<float>(kind);
  }
}

int main() try {
  std::mt19937 random(1);
  std::vector<float> series(32 * nncc::Waves::input_elements), kinds(32);
  nncc::Waves model;
  for (int step = 1; step <= 600; ++step) {
    make(random, series, kinds);
    const float loss = model.train_step(series, kinds);
    if (step % 200 == 0)
      std::printf("step %d: loss %.3f\n", step, loss);
  }
  make(random, series, kinds);
  const std::vector<float> output = model.predict(series);
  int right = 0;
  for (std::size_t sample = 0; sample < kinds.size(); ++sample) {
    const auto row = output.begin() + sample * nncc::Waves::output_elements;
    right += std::max_element(row, row + nncc::Waves::output_elements) - row == static_cast<int>(kinds[sample]);
  }
  std::printf("%d of %zu are right\n", right, kinds.size());

  // Which step of a series matters most to the probability of its kind?
  std::vector<float> wanted(4, 0), gradient(nncc::Waves::input_elements);
  wanted[static_cast<std::size_t>(kinds[0])] = 1;
  model.gradients(std::span(series).first(nncc::Waves::input_elements), wanted, gradient);
  const auto most = std::max_element(gradient.begin(), gradient.end(), [](float a, float b) { return std::abs(a) < std::abs(b); });
  std::printf("step %d matters most\n", static_cast<int>(most - gradient.begin()) / 2);
  model.save("waves.safetensors");
} catch (const nncc::Waves::error &error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
