"""The Python package: what it takes, computes and says."""
import os
import sys
import tempfile
import threading

import numpy as np
import series
import two_inputs

random = np.random.default_rng(1)
x, y = random.normal(size=(4, 40, 3)), np.array([0, 1, 2, 0])


def says(call, kind):
    """Prints what the call raises."""
    try:
        call()
    except kind as error:
        print(error)
    else:
        sys.exit("nothing was raised")


a, b = series.Model(seed=1, threads=1), series.Model(seed=2)
assert a.predict(x).dtype == np.float32 and a.predict(x).shape == (4, 3)
assert not np.array_equal(a.predict(x), b.predict(x))
# What is not dense, or of another type, is converted.
assert np.array_equal(a.predict(np.asfortranarray(x)), a.predict(x.astype(np.float32)))
assert np.array_equal(a.predict(x[::2]), a.predict(x)[::2])
assert np.array_equal(a.predict({"series": x}), a.predict(x))
b.load_bytes(a.to_bytes())
assert np.array_equal(a.predict(x), b.predict(x))

first = a.train_step(x, y)
for _ in range(20):
    a.train_step(x, y.reshape(4, 1))
loss, output = a.evaluate(x, y)
assert loss < first and np.array_equal(output, a.predict(x))
with tempfile.TemporaryDirectory() as folder:
    a.learning_rate = 0.25
    a.save_state(os.path.join(folder, "state"))
    b.load_state(os.path.join(folder, "state"))
    assert b.learning_rate == 0.25 and a.train_step(x, y) == b.train_step(x, y)
    a.save(os.path.join(folder, "weights"))
    c = series.Model(os.path.join(folder, "weights"))
    assert np.array_equal(a.predict(x), c.predict(x))

parameters = a.parameters
assert parameters["conv1d/kernel"].shape == (5, 3, 8) and sum(p.size for p in parameters.values()) == 595
b.set_parameters({path: 0 * array for path, array in parameters.items()})
assert np.allclose(b.predict(x), 1 / 3)

output, gradient = a.gradients(x)
assert gradient.shape == x.shape and np.abs(gradient).max() < 1e-5
output, gradient = a.gradients(x, np.eye(3)[y])
assert np.abs(gradient).max() > 1e-5
pair = two_inputs.Model()
numbers, image = random.normal(size=(2, 6)), random.normal(size=(2, 4, 4, 1))
assert np.array_equal(pair.predict([numbers, image]), pair.predict({"image": image, "double": numbers}))
assert [g.shape for g in pair.gradients([numbers, image])[1]] == [(2, 6), (2, 4, 4, 1)]

# One model in many threads: calls take turns.
expected, wrong = a.predict(x), []
def compare():
    for _ in range(50):
        wrong.extend([1] if not np.array_equal(a.predict(x), expected) else [])
threads = [threading.Thread(target=compare) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not wrong

facts = series.info()
assert facts["inputs"] == {"series": (40, 3)} and facts["output"] == (3,) and facts["labels"] == ()
assert facts["parameter_elements"] == 595 and "dense/bias" in facts["trainable"] and facts["embedded_weights"] is None

says(lambda: a.predict(x[0]), ValueError)
says(lambda: a.predict(x[:, :39]), ValueError)
says(lambda: a.predict(x[:0]), ValueError)
says(lambda: a.predict(x + 1j), TypeError)
says(lambda: a.train_step(x, y[:3]), ValueError)
says(lambda: pair.predict(numbers), ValueError)
says(lambda: pair.predict([numbers, image[:1]]), ValueError)
says(lambda: pair.predict({"double": numbers}), ValueError)
says(lambda: a.set_parameters({"dense/bais": np.zeros(3)}), ValueError)
says(lambda: a.set_parameters({"dense/bias": np.zeros(4)}), ValueError)
says(lambda: a.load("/no/such/file"), series.Error)
says(lambda: series.Model(max_batch=2).predict(x), series.Error)
with series.Model() as closed:
    pass
says(lambda: closed.predict(x), ValueError)
