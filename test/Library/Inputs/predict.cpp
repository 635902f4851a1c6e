// As `run predict` of run.c, by the class.
#include "series.hpp"

#include <fstream>
#include <iterator>

int main(int, char **arguments) {
  std::ifstream file(arguments[2], std::ios::binary);
  const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
  nncc::Series model;
  model.load(arguments[1]);
  const std::vector<float> output = model.predict({reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)});
  std::ofstream(arguments[3], std::ios::binary).write(reinterpret_cast<const char *>(output.data()), output.size() * sizeof(float));
}
