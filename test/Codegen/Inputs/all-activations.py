"""Prints a model with every activation: their names are in the compiler's message in the file that is given."""
import re
import sys

names = re.search("activations are (.*)", open(sys.argv[1]).read()).group(1).split(", ")
layers = ["Dense(9, activation=%s)" % name for name in names]
layers += ["PReLU", "ELU(0.3)", "LeakyReLU", "Softmax", "LayerNormalization", "BatchNormalization", "Dropout(0.2)", "GaussianNoise(0.1)"]
print("model M(x: f32[9]) {\n  x -> " + "\n    -> ".join(layers + ["Dense(3, activation=softplus)"]) + "\n}")
print("train {\n  optimizer = RMSprop\n  loss      = CategoricalCrossentropy\n}")
