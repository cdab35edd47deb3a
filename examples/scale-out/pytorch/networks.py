"""CycleGAN's networks under the names of pytorch-CycleGAN-and-pix2pix, with their options read from the weights.

These are its default networks: the ResNet generator and the patch discriminator, both with instance norm.
"""

from torch import nn


def after(channels, activation):
    return [nn.InstanceNorm2d(channels), activation]


class ResnetBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        conv = lambda: [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3)]
        self.conv_block = nn.Sequential(*conv(), *after(channels, nn.ReLU()), *conv(), nn.InstanceNorm2d(channels))

    def forward(self, x):
        return x + self.conv_block(x)


class Generator(nn.Module):
    def __init__(self, inputs, outputs, filters, blocks):
        super().__init__()
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(inputs, filters, 7), *after(filters, nn.ReLU())]
        for width in (filters, 2 * filters):
            layers += [nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), *after(2 * width, nn.ReLU())]
        layers += [ResnetBlock(4 * filters) for _ in range(blocks)]
        for width in (4 * filters, 2 * filters):
            up = nn.ConvTranspose2d(width, width // 2, 3, stride=2, padding=1, output_padding=1)
            layers += [up, *after(width // 2, nn.ReLU())]
        self.model = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(filters, outputs, 7), nn.Tanh())

    def forward(self, x):
        return self.model(x)


class Discriminator(nn.Module):
    def __init__(self, inputs, filters, layers):
        super().__init__()
        model = [nn.Conv2d(inputs, filters, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        width = filters
        for n in range(1, layers + 1):
            wider = filters * min(2**n, 8)
            conv = nn.Conv2d(width, wider, 4, stride=2 if n < layers else 1, padding=1)
            model += [conv, *after(wider, nn.LeakyReLU(0.2))]
            width = wider
        self.model = nn.Sequential(*model, nn.Conv2d(width, 1, 4, padding=1))

    def forward(self, x):
        return self.model(x)


def network_of(weights, name):
    """Builds the network of a state dict. Other networks than the default ones are an error that names the keys."""
    kernels = [tensor.shape for key, tensor in weights.items() if key.endswith(".weight")]
    if name.startswith("G"):
        # a transposed convolution has its inputs first; the first and the last layer are plain ones
        blocks = sum(key.endswith("conv_block.1.weight") for key in weights)
        network = Generator(kernels[0][1], kernels[-1][0], kernels[0][0], blocks)
    else:
        network = Discriminator(kernels[0][1], kernels[0][0], len(kernels) - 2)
    network.load_state_dict(weights)
    return network
