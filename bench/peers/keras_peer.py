"""Keras on TensorFlow, under tf.function: the networks and the step of the paper, without image pools."""

import os

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import keras
import tensorflow as tf
from keras import layers
from peer import serve, settings, weights_and_images


class ReflectionPadding(layers.Layer):
    def __init__(self, by):
        super().__init__()
        self.by = [[0, 0], [by, by], [by, by], [0, 0]]

    def call(self, x):
        return tf.pad(x, self.by, "REFLECT")


class InstanceNorm(layers.Layer):
    def call(self, x):
        mean, variance = tf.nn.moments(x, [1, 2], keepdims=True)
        return tf.nn.batch_normalization(x, mean, variance, None, None, 1e-5)


def generator(filters, blocks):
    def after(x):
        return layers.ReLU()(InstanceNorm()(x))

    x = start = layers.Input([settings["size"], settings["size"], 3])
    x = after(layers.Conv2D(filters, 7)(ReflectionPadding(3)(x)))
    for width in (2 * filters, 4 * filters):
        x = after(layers.Conv2D(width, 3, strides=2)(layers.ZeroPadding2D(1)(x)))
    for _ in range(blocks):
        inside = after(layers.Conv2D(4 * filters, 3)(ReflectionPadding(1)(x)))
        inside = InstanceNorm()(layers.Conv2D(4 * filters, 3)(ReflectionPadding(1)(inside)))
        x = layers.Add()([x, inside])
    for width in (2 * filters, filters):
        # to 2n + 1 pixels, without the first: PyTorch's padding=1, output_padding=1
        up = layers.Conv2DTranspose(width, 3, strides=2, padding="valid")(x)
        x = after(layers.Cropping2D(((1, 0), (1, 0)))(up))
    x = layers.Conv2D(3, 7)(ReflectionPadding(3)(x))
    return keras.Model(start, layers.Activation("tanh")(x))


def discriminator(filters):
    def convolution(x, channels, strides):
        return layers.Conv2D(channels, 4, strides=strides)(layers.ZeroPadding2D(1)(x))

    start = layers.Input([settings["size"], settings["size"], 3])
    x = layers.LeakyReLU(0.2)(convolution(start, filters, 2))
    for width, strides in ((2, 2), (4, 2), (8, 1)):
        x = layers.LeakyReLU(0.2)(InstanceNorm()(convolution(x, width * filters, strides)))
    return keras.Model(start, convolution(x, 1, 1))


def pytorch_shape(weight):
    shape = tuple(weight.shape)
    return (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape


filters, blocks = settings["filters"], settings["blocks"]
g, f = generator(filters, blocks), generator(filters, blocks)
x, y = discriminator(filters), discriminator(filters)  # judge A's and B's images
of_generators = g.trainable_variables + f.trainable_variables
of_discriminators = x.trainable_variables + y.trainable_variables
everything = of_generators + of_discriminators
weights, a, b = weights_and_images([pytorch_shape(v) for v in everything])
for variable, weight in zip(everything, weights):
    variable.assign(weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight)
del weights, weight  # memory is measured
a, b = tf.constant(a), tf.constant(b)
adam_g = keras.optimizers.Adam(2e-4, 0.5, 0.999, 1e-8)
adam_d = keras.optimizers.Adam(2e-4, 0.5, 0.999, 1e-8)
adam_g.build(of_generators)
adam_d.build(of_discriminators)


def l1(x, y):
    return tf.reduce_mean(tf.abs(x - y))


def gan(judgement, target):
    return tf.reduce_mean(tf.square(judgement - target))


@tf.function
def losses_of_step(a, b):
    with tf.GradientTape() as tape:
        fake_b = g(a, training=True)
        rec_a = f(fake_b, training=True)
        fake_a = f(b, training=True)
        rec_b = g(fake_a, training=True)
        losses = [gan(y(fake_b, training=True), 1.0), gan(x(fake_a, training=True), 1.0)]
        losses += [10 * l1(rec_a, a), 10 * l1(rec_b, b)]
        losses += [5 * l1(g(b, training=True), b), 5 * l1(f(a, training=True), a)]
        total = tf.add_n(losses)
    adam_g.apply(tape.gradient(total, of_generators), of_generators)

    with tf.GradientTape() as tape:
        pairs = ((y, b, fake_b), (x, a, fake_a))
        judged = [0.5 * (gan(d(real, training=True), 1.0) + gan(d(fake, training=True), 0.0)) for d, real, fake in pairs]
        total = tf.add_n(judged)
    adam_d.apply(tape.gradient(total, of_discriminators), of_discriminators)
    return tf.stack([*losses, *judged])


translation = tf.function(lambda a: g(a, training=False))

serve(
    f"Keras {keras.__version__}, TensorFlow {tf.__version__}",
    sum(network.count_params() for network in (g, f, x, y)),
    lambda: losses_of_step(a, b).numpy(),
    lambda: translation(a).numpy(),
)
