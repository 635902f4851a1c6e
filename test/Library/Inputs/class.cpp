// The C++ class: what it owns, how sizes are checked, what is thrown.
#include "series.hpp"
#include "two_inputs.hpp"

#include "check.h"
#include <type_traits>

using nncc::Series;
using nncc::TwoInputs;

static_assert(!std::is_copy_constructible_v<Series> && std::is_nothrow_move_constructible_v<Series>);
static_assert(Series::input_elements == 120 && Series::output_elements == 3 && Series::label_elements == 1);
static_assert(TwoInputs::input_image_elements == 16);

/// The message of what a call throws; "" where it does not.
template <typename Call> static std::string thrown(Call call, Series::status code) {
  try {
    call();
  } catch (const Series::error &error) {
    CHECK(error.code() == code);
    return error.what();
  }
  return "";
}

int main(int, char **arguments) {
  std::vector<float> input(4 * Series::input_elements), labels = {0, 1, 2, 0}, output(4 * Series::output_elements);
  fillWithNumbers(input.data(), input.size(), 1);

  Series::options options{};
  options.threads = 1;
  options.seed = 3;
  Series a(options), b;
  CHECK(a.predict(input) != b.predict(input));
  b.load(a.save());
  const std::vector<float> first = a.predict(input);
  CHECK(first == b.predict(input));
  b.predict(input, output);
  CHECK(first == output);

  const std::string folder = arguments[1];
  const float loss = a.train_step(input, labels);
  for (int step = 0; step < 20; ++step)
    a.train_step(input, labels);
  CHECK(a.evaluate(input, labels) < loss && a.evaluate(input, labels, output) == a.evaluate(input, labels));
  CHECK(output == a.predict(input));
  a.set_learning_rate(0.5f);
  a.save_state(folder + "/state");
  b.load_state(folder + "/state");
  CHECK(b.learning_rate() == 0.5f && a.train_step(input, labels) == b.train_step(input, labels));
  a.save(folder + "/weights");
  b.load(folder + "/weights");

  const Series moved = std::move(b);
  CHECK(moved.handle() && !b.handle());
  b = Series();
  CHECK(b.handle());
  std::vector<float> bias = a.parameter("dense/bias");
  CHECK(bias.size() == 3);
  b.set_parameter("dense/bias", bias);
  CHECK(b.parameter("dense/bias") == bias);
  CHECK(Series::get_info().parameter_elements == SERIES_PARAMETERS);

  std::vector<float> gradient(input.size());
  a.gradients(input, {}, gradient);
  TwoInputs pair;
  std::vector<float> numbers(12, 1), image(32, 1), numbersGradient(12);
  pair.gradients(numbers, image, {}, numbersGradient, {});
  CHECK(numbersGradient[0] != 0 && pair.predict(numbers, image).size() == 4);

  static std::byte arena[SERIES_ARENA_BYTES(4)];
  Series placed{std::span(arena)};
  CHECK(placed.predict(input).size() == 12);

  using std::puts;
  puts(thrown([&] { a.predict(std::span(input).first(7)); }, SERIES_ERROR_ARGUMENT).c_str());
  puts(thrown([&] { a.predict(input, std::span(output).first(3)); }, SERIES_ERROR_ARGUMENT).c_str());
  puts(thrown([&] { a.train_step(input, std::span(labels).first(3)); }, SERIES_ERROR_ARGUMENT).c_str());
  puts(thrown([&] { a.load("/no/such/file"); }, SERIES_ERROR_OPEN).c_str());
  puts(thrown([&] { (void)a.parameter("no/such"); }, SERIES_ERROR_ARGUMENT).c_str());
  puts(thrown([&] { placed.predict(std::vector<float>(5 * Series::input_elements)); }, SERIES_ERROR_BATCH).c_str());
  puts(thrown([&] { Series{std::span(arena).first(100)}; }, SERIES_ERROR_BATCH).c_str());
  return 0;
}
