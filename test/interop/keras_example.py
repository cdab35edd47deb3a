"""The networks of the CycleGAN example of keras.io in Keras 3, for any backend, and what they do with weight files.

Usage: keras_example.py <folder>. The folder has `tasks.json`, a list of networks, each with the name of a weight file and an input.
Each is loaded, applied to its input, and saved again.
"""

import json
import os
import sys

import h5py
import keras
import numpy as np
from keras import layers, ops


class ReflectionPadding2D(layers.Layer):
    def __init__(self, padding, **options):
        super().__init__(**options)
        self.padding = padding

    def call(self, x):
        p = self.padding
        return ops.pad(x, [[0, 0], [p, p], [p, p], [0, 0]], mode="reflect")


class InstanceNormalization(layers.Layer):
    def build(self, shape):
        self.gamma = self.add_weight(name="gamma", shape=(shape[-1],), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        mean, variance = ops.moments(x, [1, 2], keepdims=True)
        return (x - mean) / ops.sqrt(variance + 1e-3) * self.gamma + self.beta


def norm(options, x):
    if options.get("norm") == "GroupNormalization":
        return layers.GroupNormalization(groups=-1)(x)
    return InstanceNormalization()(x)


def generator(options):
    filters, channels = options["filters"], options["channels"]
    image = layers.Input((None, None, channels))

    def block(x, layer):
        return layers.Activation("relu")(norm(options, layer(x)))

    x = block(ReflectionPadding2D(3)(image), layers.Conv2D(filters, 7, use_bias=False))
    for factor in (2, 4):
        x = block(x, layers.Conv2D(factor * filters, 3, strides=2, padding="same", use_bias=False))
    for _ in range(options["blocks"]):
        y = block(ReflectionPadding2D(1)(x), layers.Conv2D(4 * filters, 3, use_bias=False))
        y = norm(options, layers.Conv2D(4 * filters, 3, use_bias=False)(ReflectionPadding2D(1)(y)))
        x = layers.add([x, y])
    for factor in (2, 1):
        x = block(x, layers.Conv2DTranspose(factor * filters, 3, strides=2, padding="same", use_bias=False))
    x = layers.Conv2D(channels, 7)(ReflectionPadding2D(3)(x))
    return keras.Model(image, layers.Activation("tanh")(x))


def discriminator(options):
    filters = options["filters"]
    image = layers.Input((None, None, options["channels"]))
    x = layers.LeakyReLU(negative_slope=0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(image))
    for factor, stride in ((2, 2), (4, 2), (8, 1)):
        x = layers.Conv2D(factor * filters, 4, strides=stride, padding="same", use_bias=False)(x)
        x = layers.LeakyReLU(negative_slope=0.2)(norm(options, x))
    return keras.Model(image, layers.Conv2D(1, 4, padding="same")(x))


class CycleGan(keras.Model):
    def __init__(self, gen_G, gen_F, disc_X, disc_Y):
        super().__init__()
        self.gen_G, self.gen_F, self.disc_X, self.disc_Y = gen_G, gen_F, disc_X, disc_Y

    def call(self, x):
        return self.disc_Y(self.gen_G(x)), self.disc_X(self.gen_F(x))


def datasets(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: isinstance(item, h5py.Dataset) and found.update({name: item[()]}))
    return found


def equal(one, other):
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype and one[name].tobytes() == other[name].tobytes() for name in one
    )


os.chdir(sys.argv[1])
with open("tasks.json") as file:
    tasks = json.load(file)
results, models = [], {}
for task in tasks:
    model = {"generator": generator, "discriminator": discriminator}[task["network"]](task)
    model.load_weights(task["file"])
    result = {}
    if "input" in task:
        output = model.predict(np.array(task["input"], "float32").reshape(task["shape"]), verbose=0)
        result = {"shape": output.shape, "output": output.ravel().tolist()}
    model.save_weights("again-" + task["file"])
    if "original" in task:
        result["equal"] = equal(datasets(task["original"]), datasets(task["file"]))
    models[task["network"]] = model
    results.append(result)

g, d = models["generator"], models["discriminator"]
g.save("whole.h5")
g.save("whole.keras")
whole = CycleGan(g, keras.models.clone_model(g), d, keras.models.clone_model(d))
whole(np.zeros((1, 32, 32, 2), "float32"))
whole.save_weights("cyclegan.weights.h5")
json.dump(results, sys.stdout)
