"""The plain recipe in PyTorch, on the demo's images: networks and step of the paper's authors' program, or of the Keras program.

    pip install torch numpy pillow scikit-image
    python bench/quality/peer.py <folder with trainA, trainB, testA and testB> keras 1

prints the scores of the averaged and of the last generators after 664 and 1,600 steps.
"""

import copy
import json
import math
import random
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from skimage.metrics import structural_similarity
from torch import nn

folder, convention, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
keras = convention == "keras"
filters, blocks, milestones = 32, 6, [int(step) for step in sys.argv[4:]] or [664, 1600]
torch.manual_seed(seed)
random.seed(seed)


def images(name):
    """[n, 3, 64, 64] in [-1, 1]"""
    files = sorted((folder / name).glob("**/*.png"))
    pixels = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1


def weight(*shape):
    return nn.Parameter(torch.randn(*shape) * 0.02)


class Norm(nn.Module):
    """Keras' norm has a scale, which begins near 0, and an offset."""

    def __init__(self, channels):
        super().__init__()
        self.scale = weight(channels) if keras else None
        self.offset = nn.Parameter(torch.zeros(channels)) if keras else None

    def forward(self, x):
        return F.instance_norm(x, weight=self.scale, bias=self.offset, eps=1e-3 if keras else 1e-5)


class Conv(nn.Module):
    def __init__(self, inputs, outputs, size, stride=1, pad="valid", bias=None):
        super().__init__()
        self.weight = weight(outputs, inputs, size, size)
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias or (bias is None and not keras) else None
        self.size, self.stride, self.pad = size, stride, pad

    def forward(self, x):
        if self.pad == "same" and keras:  # as TensorFlow: one more on the right and below
            length = x.shape[-1]
            total = max((math.ceil(length / self.stride) - 1) * self.stride + self.size - length, 0)
            x = F.pad(x, (total // 2, total - total // 2) * 2)
        return F.conv2d(x, self.weight, self.bias, self.stride, padding=1 if self.pad == "same" and not keras else 0)


class Up(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = weight(inputs, outputs, 3, 3)
        self.bias = None if keras else nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        doubled = 2 * x.shape[-1]
        y = F.conv_transpose2d(x, self.weight, self.bias, stride=2)
        first = 0 if keras else 1
        return y[:, :, first : first + doubled, first : first + doubled]


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = lambda: [nn.ReflectionPad2d(1), Conv(channels, channels, 3), Norm(channels)]  # noqa: E731
        self.layers = nn.Sequential(*half(), nn.ReLU(), *half())

    def forward(self, x):
        return x + self.layers(x)


def generator():
    layers, width = [nn.ReflectionPad2d(3), Conv(3, filters, 7), Norm(filters), nn.ReLU()], filters
    for _ in range(2):
        layers += [Conv(width, 2 * width, 3, 2, "same"), Norm(2 * width), nn.ReLU()]
        width *= 2
    layers += [Block(width) for _ in range(blocks)]
    for _ in range(2):
        layers += [Up(width, width // 2), Norm(width // 2), nn.ReLU()]
        width //= 2
    last = Conv(width, 3, 7, bias=True)
    if keras:
        nn.init.xavier_uniform_(last.weight)
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), last, nn.Tanh())


def discriminator():
    layers, width = [Conv(3, filters, 4, 2, "same", True), nn.LeakyReLU(0.2)], filters
    for stride in (2, 2, 1):
        layers += [Conv(width, 2 * width, 4, stride, "same"), Norm(2 * width), nn.LeakyReLU(0.2)]
        width *= 2
    return nn.Sequential(*layers, Conv(width, 1, 4, 1, "same", True))


class Adam:
    """As TensorFlow's and PyTorch's: they differ in where epsilon is added."""

    def __init__(self, *networks):
        self.weights = [p for network in networks for p in network.parameters()]
        self.m = [torch.zeros_like(p) for p in self.weights]
        self.v = [torch.zeros_like(p) for p in self.weights]
        self.t = 0

    @torch.no_grad()
    def step(self, gradients):
        self.t += 1
        correction = math.sqrt(1 - 0.999**self.t)
        rate, epsilon = 2e-4 * correction / (1 - 0.5**self.t), 1e-7 if keras else 1e-8 * correction
        for p, g, m, v in zip(self.weights, gradients, self.m, self.v):
            m.mul_(0.5).add_(g, alpha=0.5)
            v.mul_(0.999).addcmul_(g, g, value=0.001)
            p.addcdiv_(m, v.sqrt().add_(epsilon), value=-rate)


class Pool:
    """The authors' pool of 50 fakes. The Keras program has none."""

    def __init__(self):
        self.stored = []

    def __call__(self, fake):
        fake = fake.detach()
        if keras:
            return fake
        if len(self.stored) < 50:
            self.stored.append(fake)
            return fake
        if random.random() < 0.5:
            return fake
        i = random.randrange(50)
        old, self.stored[i] = self.stored[i], fake
        return old


g, f, x, y = generator(), generator(), discriminator(), discriminator()  # A→B, B→A; x judges A, y judges B
averages = copy.deepcopy(g), copy.deepcopy(f)
pools = Pool(), Pool()


def gan(judgement, target):
    return ((judgement - target) ** 2).mean()


def l1(a, b):
    return (a - b).abs().mean()


def judged(d, real, fake):
    return 0.5 * (gan(d(real), 1) + gan(d(fake), 0))


def gradients(loss, adam):
    return torch.autograd.grad(loss, adam.weights, retain_graph=True)


adams = [Adam(network) for network in (g, f, x, y)] if keras else [Adam(g, f), Adam(x, y)]


def step(a, b):
    fake_b, fake_a = g(a), f(b)
    back_a, back_b = f(fake_b), g(fake_a)
    of_g = gan(y(fake_b), 1) + 10 * l1(back_b, b) + 5 * l1(g(b), b)
    of_f = gan(x(fake_a), 1) + 10 * l1(back_a, a) + 5 * l1(f(a), a)
    if keras:  # each network learns from its own half of the cycle; all gradients come before any update
        own = [of_g, of_f, judged(x, a, fake_a.detach()), judged(y, b, fake_b.detach())]
        found = [gradients(loss, adam) for loss, adam in zip(own, adams)]
        for adam, own in zip(adams, found):
            adam.step(own)
    else:
        adams[0].step(gradients(of_g + of_f, adams[0]))
        of_d = judged(y, b, pools[0](fake_b)) + judged(x, a, pools[1](fake_a))
        adams[1].step(gradients(of_d, adams[1]))


def scores(g, f):
    """Over all test images: of values in [0, 1], so that L1 is between 0 and 1."""
    result = {}
    for name, there, back, source, target in (("AtoB", g, f, test_a, test_b), ("BtoA", f, g, test_b, test_a)):
        with torch.no_grad():
            fake = torch.cat([there(part) for part in source.split(20)])
            cycle = torch.cat([back(part) for part in fake.split(20)])
        fake, cycle, source, target = (((t + 1) / 2).permute(0, 2, 3, 1).numpy() for t in (fake, cycle, source, target))
        window = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=2)
        result[name] = {
            "l1": float(np.abs(fake - target).mean()),
            "psnr": float(np.mean([10 * np.log10(1 / ((p - q) ** 2).mean()) for p, q in zip(fake, target)])),
            "ssim": float(np.mean([structural_similarity(p, q, **window) for p, q in zip(fake, target)])),
            "colour": float((fake.max(3) - fake.min(3)).mean()),
            "cycle": float(np.abs(cycle - source).mean()),
        }
    return result


train_a, train_b, test_a, test_b = (images(name) for name in ("trainA", "trainB", "testA", "testB"))
order = []
for count in range(1, milestones[-1] + 1):
    if not order:
        order = list(zip(torch.randperm(len(train_a)).tolist(), torch.randperm(len(train_b)).tolist()))
    i, j = order.pop()
    step(train_a[i : i + 1], train_b[j : j + 1])
    decay = min(0.999, count / (count + 9))  # as this library's averages: they follow quickly at first
    with torch.no_grad():
        for average, network in zip(averages, (g, f)):
            for p, q in zip(average.parameters(), network.parameters()):
                p.lerp_(q, 1 - decay)
    if count in milestones:
        print(json.dumps({"convention": convention, "seed": seed, "steps": count, "averaged": scores(*averages), "last": scores(g, f)}), flush=True)
