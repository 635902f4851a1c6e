// Two models in one program: one is trained here, on pictures that are bright at the left or at the right.
#include "shapes.hpp"
#include "waves.hpp"

#include <cstdio>
#include <vector>

int main() {
  constexpr int samples = 32, side = 28;
  std::vector<float> pictures, labels;
  for (int sample = 0; sample < samples; ++sample) {
    const bool right = sample % 2;
    for (int i = 0; i < side * side; ++i)
      pictures.push_back((i % side >= side / 2) == right ? 1.0f : 0.1f * float(sample % 7));
    labels.push_back(right);
  }
  try {
    nncc::Shapes model;
    const float first = model.train_step(pictures, labels);
    for (int step = 0; step < 20; ++step)
      model.train_step(pictures, labels);
    const float last = model.evaluate(pictures, labels);
    std::printf("loss %.3f before, %.3f after 21 steps: %s\n", first, last, last < first / 4 ? "learned" : "not learned");

    nncc::Waves other;
    const std::vector<float> probabilities = other.predict(std::vector<float>(nncc::Waves::input_elements, 0.5f));
    std::printf("%zu probabilities of the other model\n", probabilities.size());
  } catch (const std::runtime_error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
