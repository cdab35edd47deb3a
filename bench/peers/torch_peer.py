"""PyTorch, eager or compiled: the networks and the step of the paper's authors' program, without image pools."""

import contextlib
import sys

import torch
from peer import cores, serve, settings, weights_and_images
from torch import nn
from torch.nn.functional import l1_loss, mse_loss

mode = sys.argv[2]  # eager, compile or bf16
torch.set_num_threads(cores)


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        layers = [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
        layers += [nn.ReLU(True)]
        layers += [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
        self.block = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.block(x)


def generator(filters, blocks):
    def after(channels):
        return [nn.InstanceNorm2d(channels), nn.ReLU(True)]

    layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, filters, 7), *after(filters)]
    for width in (filters, 2 * filters):
        layers += [nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), *after(2 * width)]
    layers += [Block(4 * filters) for _ in range(blocks)]
    for width in (4 * filters, 2 * filters):
        up = nn.ConvTranspose2d(width, width // 2, 3, stride=2, padding=1, output_padding=1)
        layers += [up, *after(width // 2)]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(filters, 3, 7), nn.Tanh())


def discriminator(filters):
    layers = [nn.Conv2d(3, filters, 4, stride=2, padding=1), nn.LeakyReLU(0.2, True)]
    for n, stride in ((1, 2), (2, 2), (4, 1)):
        layers += [nn.Conv2d(n * filters, 2 * n * filters, 4, stride=stride, padding=1)]
        layers += [nn.InstanceNorm2d(2 * n * filters), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*layers, nn.Conv2d(8 * filters, 1, 4, padding=1))


filters, blocks = settings["filters"], settings["blocks"]
g, f = generator(filters, blocks), generator(filters, blocks)
x, y = discriminator(filters), discriminator(filters)  # judge A's and B's images
of_generators = [*g.parameters(), *f.parameters()]
of_discriminators = [*x.parameters(), *y.parameters()]
everything = of_generators + of_discriminators
weights, a, b = weights_and_images([p.shape for p in everything])
with torch.no_grad():
    for parameter, weight in zip(everything, weights):
        parameter.copy_(torch.from_numpy(weight))
del weights, weight  # memory is measured
a, b = (torch.from_numpy(p).permute(0, 3, 1, 2).contiguous() for p in (a, b))
adam_g = torch.optim.Adam(of_generators, 2e-4, (0.5, 0.999))
adam_d = torch.optim.Adam(of_discriminators, 2e-4, (0.5, 0.999))
if mode == "compile":
    for network in (g, f, x, y):
        network.compile()


def precision():
    return torch.autocast("cpu", torch.bfloat16) if mode == "bf16" else contextlib.nullcontext()


def gan(judgement, target):
    return mse_loss(judgement, torch.full_like(judgement, target))


def learn(adam, losses):
    adam.zero_grad()
    sum(losses).backward()
    adam.step()


def step():
    for parameter in of_discriminators:
        parameter.requires_grad_(False)
    with precision():
        fake_b = g(a)
        rec_a = f(fake_b)
        fake_a = f(b)
        rec_b = g(fake_a)
        losses = [gan(y(fake_b), 1), gan(x(fake_a), 1), 10 * l1_loss(rec_a, a), 10 * l1_loss(rec_b, b)]
        losses += [5 * l1_loss(g(b), b), 5 * l1_loss(f(a), a)]
    learn(adam_g, losses)

    for parameter in of_discriminators:
        parameter.requires_grad_(True)
    with precision():
        pairs = ((y, b, fake_b.detach()), (x, a, fake_a.detach()))
        judged = [0.5 * (gan(d(real), 1) + gan(d(fake), 0)) for d, real, fake in pairs]
    learn(adam_d, judged)
    return torch.stack([*losses, *judged]).detach().tolist()


def translate():
    with torch.no_grad(), precision():
        return g(a).float().numpy()


serve(f"PyTorch {torch.__version__}", sum(p.numel() for p in everything), step, translate)
