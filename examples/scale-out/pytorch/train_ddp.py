"""Trains a CycleGAN of ts-cyclegan on with PyTorch, on several processes or machines.

    torchrun --standalone --nproc-per-node 2 train_ddp.py --weights exported --data-a photos --data-b paintings --out trained --steps 1000

The objective is that of pytorch-CycleGAN-and-pix2pix: least squares, cycle consistency, identity, image pools, two Adams. Each
process trains on its share of the batch, and DistributedDataParallel averages the gradients. The folder of weights has
latest_net_{G_A,G_B,D_A,D_B}.pth and latest_optimizer_{G,D}.pth, and so has each folder that is written: trained/step-<n>. A run that
was interrupted goes on from the newest.
"""

import argparse
import json
import os
import random
import shutil
from itertools import chain
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from networks import network_of
from PIL import Image
from torch.nn.functional import l1_loss, mse_loss
from torch.nn.parallel import DistributedDataParallel

NAMES = ("G_A", "G_B", "D_A", "D_B")
LOSSES = ("D_A", "G_A", "cycle_A", "idt_A", "D_B", "G_B", "cycle_B", "idt_B")


class Images:
    """A folder. Orders, crops and flips depend on the seed and the count of images shown, not on the count of processes."""

    def __init__(self, side, folder, options):
        self.files = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"))
        if not self.files:
            raise SystemExit(f"error: {folder} has no images (png, jpg, webp).")
        self.options, self.side = options, side

    def __getitem__(self, index):
        size, load_size = self.options.size, self.options.load_size
        epoch, position = divmod(index, len(self.files))
        order = random.Random(f"{self.options.seed}/{self.side}/{epoch}").sample(self.files, len(self.files))
        draw = random.Random(f"{self.options.seed}/{self.side}/{index}/crop")
        image = Image.open(order[position]).convert("RGB").resize((load_size, load_size), Image.BICUBIC)
        left, top = draw.randint(0, load_size - size), draw.randint(0, load_size - size)
        image = np.asarray(image.crop((left, top, left + size, top + size)), np.float32) / 127.5 - 1
        if draw.random() < self.options.flip:
            image = image[:, ::-1]
        return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))

    def batch(self, indices):
        return torch.stack([self[index] for index in indices])


class Pool:
    """Fakes of earlier steps: half of the time, a discriminator sees one of them instead of the new one."""

    def __init__(self, size, seed):
        self.size, self.images, self.random = size, [], random.Random(seed)

    def swap(self, batch):
        return torch.stack([self.swap_one(image) for image in batch.detach()])

    def swap_one(self, image):
        if len(self.images) < self.size:
            self.images.append(image)
            return image
        if self.size == 0 or self.random.random() < 0.5:
            return image
        index = self.random.randrange(self.size)
        old, self.images[index] = self.images[index], image
        return old


class CycleGAN:
    def __init__(self, folder, options, device):
        load = lambda file: torch.load(folder / file, weights_only=True, map_location=device)
        self.networks = {name: network_of(load(f"latest_net_{name}.pth"), name).to(device) for name in NAMES}
        self.optimizers = {}
        for kind in "GD":
            parameters = chain(*(self.networks[f"{kind}_{side}"].parameters() for side in "AB"))
            self.optimizers[kind] = torch.optim.Adam(parameters, lr=2e-4, betas=(0.5, 0.999))
            self.optimizers[kind].load_state_dict(load(f"latest_optimizer_{kind}.pth"))
            (group,) = self.optimizers[kind].param_groups
            if options.lr is not None:
                group["lr"] = options.lr
            elif group["lr"] == 0:
                raise SystemExit("error: the learning rate has decayed to 0 in the run that was exported. Pass --lr 0.0002.")
        self.parallel = {name: DistributedDataParallel(network) for name, network in self.networks.items()}
        self.pools = {side: Pool(options.pool_size, f"{options.seed}/{side}/{dist.get_rank()}") for side in "AB"}
        self.options = options

    def step(self, real_a, real_b):
        """One step of the paper. Returns the losses of this process's share of the batch."""
        G_A, G_B = self.parallel["G_A"], self.parallel["G_B"]
        weight, losses = {"A": self.options.lambda_a, "B": self.options.lambda_b}, {}

        fake_b, fake_a = G_A(real_a), G_B(real_b)
        losses["cycle_A"] = weight["A"] * l1_loss(G_B(fake_b), real_a)
        losses["cycle_B"] = weight["B"] * l1_loss(G_A(fake_a), real_b)
        if self.options.lambda_identity > 0:
            losses["idt_A"] = weight["B"] * self.options.lambda_identity * l1_loss(G_A(real_b), real_b)
            losses["idt_B"] = weight["A"] * self.options.lambda_identity * l1_loss(G_B(real_a), real_a)
        # The discriminators only judge here: they are called without DDP, which would wait for their gradients.
        for name, fake in (("A", fake_b), ("B", fake_a)):
            judge = self.networks[f"D_{name}"].requires_grad_(False)
            losses[f"G_{name}"] = adversarial(judge(fake), 1.0)
        self.update("G", sum(losses.values()))

        for name, real, fake in (("A", real_b, fake_b), ("B", real_a, fake_a)):
            self.networks[f"D_{name}"].requires_grad_(True)
            judge = self.parallel[f"D_{name}"]
            fakes = self.pools[name].swap(fake)
            losses[f"D_{name}"] = (adversarial(judge(real), 1.0) + adversarial(judge(fakes), 0.0)) / 2
        self.update("D", losses["D_A"] + losses["D_B"])
        return {name: losses[name].detach() for name in LOSSES if name in losses}

    def update(self, kind, loss):
        self.optimizers[kind].zero_grad()
        loss.backward()
        self.optimizers[kind].step()

    def save(self, out, step):
        """The folder is complete or does not exist. The last two are kept."""
        unfinished, folder = out / "unfinished", out / f"step-{step}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for name, network in self.networks.items():
            torch.save({key: value.cpu() for key, value in network.state_dict().items()}, unfinished / f"latest_net_{name}.pth")
        for kind, optimizer in self.optimizers.items():
            torch.save(optimizer.state_dict(), unfinished / f"latest_optimizer_{kind}.pth")
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(unfinished, folder)
        for old in saved(out)[:-2]:
            shutil.rmtree(old)


def adversarial(logits, target):
    return mse_loss(logits, torch.full_like(logits, target))


def saved(out):
    """The folders of weights in `out`, oldest first."""
    return sorted(out.glob("step-*"), key=lambda folder: int(folder.name.removeprefix("step-")))


def steps_of(folder):
    """The steps that Adam has taken."""
    states = torch.load(folder / "latest_optimizer_D.pth", weights_only=True, map_location="cpu")["state"].values()
    return max((int(state["step"]) for state in states), default=0)


def train(options):
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    rank, processes = dist.get_rank(), dist.get_world_size()
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    if options.batch % processes != 0:
        raise SystemExit(f"error: --batch must be a multiple of the {processes} processes, got {options.batch}.")
    share = options.batch // processes

    newest = saved(options.out)[-1] if saved(options.out) else options.weights
    model = CycleGAN(newest, options, device)
    done, until = steps_of(newest), steps_of(options.weights) + options.steps
    a, b = Images("A", options.data_a, options), Images("B", options.data_b, options)

    for step in range(done + 1, until + 1):
        start = (step - 1) * options.batch + rank * share
        indices = range(start, start + share)
        losses = model.step(a.batch(indices).to(device), b.batch(indices).to(device))
        mean = torch.stack(list(losses.values()))
        dist.all_reduce(mean)
        if rank == 0:
            print(json.dumps({"step": step, **dict(zip(losses, (mean / processes).tolist()))}), flush=True)
            if step == until or step % options.save_every == 0:
                model.save(options.out, step)
    dist.destroy_process_group()


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weights", type=Path, required=True, help="a folder that ts-cyclegan has exported")
    parser.add_argument("--data-a", required=True, help="the folder of A's images")
    parser.add_argument("--data-b", required=True, help="the folder of B's images")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the results")
    parser.add_argument("--steps", type=int, required=True, help="steps after those of the weights")
    parser.add_argument("--batch", type=int, default=int(os.environ.get("WORLD_SIZE", 1)), help="of all processes together")
    parser.add_argument("--size", type=int, default=256, help="pixels of the crops")
    parser.add_argument("--load-size", type=int, help="pixels to which images are resized before (default: 286 for 256)")
    parser.add_argument("--flip", type=float, default=0.5, help="probability of mirroring an image")
    parser.add_argument("--lr", type=float, help="learning rate (default: that of the optimizer files)")
    parser.add_argument("--lambda-a", type=float, default=10.0)
    parser.add_argument("--lambda-b", type=float, default=10.0)
    parser.add_argument("--lambda-identity", type=float, default=0.5)
    parser.add_argument("--pool-size", type=int, default=50, help="of each process")
    parser.add_argument("--save-every", type=int, default=500, help="steps")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.load_size = options.load_size or round(options.size * 286 / 256)
    return options


if __name__ == "__main__":
    train(parse())
