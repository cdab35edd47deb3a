/**
 * PyTorch reads what is written, and trains on with the optimizer; what PyTorch writes is read. Needs a Python with the packages
 * `torch` and `safetensors`, whose path is in `CHECK_PYTHON`; `.ci/run` installs one.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  Adam,
  type AdamState,
  CUTTrainer,
  CycleGANTrainer,
  type TrainerState,
  loadStateDict,
  resnetGenerator,
  stateDict,
  unetGenerator,
} from 'ts-cyclegan';
import {
  exportModel,
  exportOptimizers,
  importOptimizers,
  readStateDicts,
  writeStateDict,
} from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { emptyFolder } from '../support/folder.js';
import { withoutLeaks } from '../support/leaks.js';
import { run } from '../support/run.js';
import { tinyBatch, tinyCUT, tinyModel } from '../support/tiny.js';
import { joined } from './files.js';

const python = process.env.CHECK_PYTHON;

const program = `
import collections, sys
import torch
from safetensors.torch import load_file, save_file

# what this library wrote: the same values in both formats, and again written by torch
for name in ("resnet", "unet"):
    loaded = torch.load(name + ".pth", weights_only=True)
    plain = load_file(name + ".safetensors")
    assert set(loaded) == set(plain)
    for key, value in loaded.items():
        assert value.dtype == plain[key].dtype and torch.equal(value, plain[key]), key
    torch.save(loaded, name + "-again.pth")
    torch.save(loaded, name + "-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "state_dict": {"module." + k: v.double() if v.is_floating_point() else v for k, v in loaded.items()}}, name + "-double.pth")

# other types of elements
values = torch.linspace(-3, 3, 24).reshape(2, 3, 4)
types = {"f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16, "i64": torch.int64, "f32": torch.float32}
tensors = {name: values.to(dtype) for name, dtype in types.items()}
more = {"i32": torch.int32, "i16": torch.int16, "i8": torch.int8}
torch.save(collections.OrderedDict(tensors | {name: values.to(dtype) for name, dtype in more.items()} | {
    "u8": torch.arange(24, dtype=torch.uint8), "bool": torch.tensor([True, False]), "scalar": torch.tensor(5), "empty": torch.zeros(0, 3),
    "transposed": values.transpose(0, 2), "every second": values.flatten()[1::2], "expanded": torch.ones(1).expand(4),
    "parameter": torch.nn.Parameter(values), "first": values[0], "second": values[1],
}), "types.pth")
save_file(tensors, "types.safetensors")
save_file({name: value.to(torch.float32) for name, value in tensors.items()}, "types-float32.safetensors")

# the optimizers of a run: a step with gradients that are given
files = {n: torch.load("latest_net_" + n + ".pth", weights_only=True) for n in ("G_A", "G_B")}
parameters = [torch.nn.Parameter(value) for file in files.values() for key, value in file.items()]
optimizer = torch.optim.Adam(parameters, lr=1.0, betas=(0.9, 0.9))
optimizer.load_state_dict(torch.load("latest_optimizer_G.pth", weights_only=True))
group = optimizer.param_groups[0]
print(group["lr"], group["betas"], group["eps"], len(parameters))
torch.save(optimizer.state_dict(), "before_optimizer_G.pth")
for i, parameter in enumerate(parameters):
    parameter.grad = torch.sin(torch.arange(parameter.numel(), dtype=torch.float32) + i).reshape(parameter.shape) * 1e-3
save_file({str(i): parameter.grad for i, parameter in enumerate(parameters)}, "gradients.safetensors")
optimizer.step()
torch.save(optimizer.state_dict(), "after_optimizer_G.pth")
save_file({str(i): parameter.detach() for i, parameter in enumerate(parameters)}, "after.safetensors")
`;

test.skipIf(python === undefined)('PyTorch reads, trains on and writes', async () => {
  const folder = await emptyFolder();
  const write = (name: string, parts: readonly Uint8Array[]) => writeFile(join(folder, name), joined(parts));
  const read = async (name: string) => new Uint8Array(await readFile(join(folder, name)));
  const dictOf = async (name: string) => Object.values(readStateDicts(await read(name), { name }))[0]!;

  await withoutLeaks(async () => {
    const options = {
      convention: 'pytorch',
      norm: 'batch',
      inputShape: [null, null, 3],
      filters: 2,
      seed: 7,
    } as const;
    const networks = { resnet: resnetGenerator({ ...options, residualBlocks: 1 }), unet: unetGenerator({ ...options, levels: 5 }) }; // prettier-ignore
    for (const [name, network] of Object.entries(networks)) {
      const weights = await stateDict(network);
      await write(`${name}.pth`, writeStateDict(weights, { format: 'pytorch' }));
      await write(`${name}.safetensors`, writeStateDict(weights, { format: 'safetensors' }));
    }
    const model = tinyModel();
    const trainer = new CycleGANTrainer(model, { poolSize: 0, seed: 1 });
    const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
    for (let i = 0; i < 3; i++) await trainer.trainStep(a, b);
    const state = await trainer.state();
    for (const { name, parts } of await exportModel(model, { format: 'pytorch' })) await write(name, parts);
    for (const [name, parts] of Object.entries(exportOptimizers(state)))
      await write(`latest_${name}.pth`, parts);
    tf.dispose([a, b]);

    await writeFile(join(folder, 'check.py'), program);
    const { stdout } = await run(python!, ['check.py'], { cwd: folder });
    expect(stdout.trim()).toMatch(/^0\.0002 \(0\.5, 0\.999\) 1e-08 \d+$/);

    // from PyTorch, in all its formats
    for (const [name, network] of Object.entries(networks)) {
      const weights = await stateDict(network);
      for (const version of ['again', 'legacy', 'double']) {
        expect(await dictOf(`${name}-${version}.pth`)).toEqual(weights);
      }
      loadStateDict(network, await dictOf(`${name}-again.pth`));
      network.dispose();
    }
    await checkTypes(dictOf);

    // the optimizer: unchanged by the way there and back, and a step in PyTorch is a step here
    const optimizer_D = await read('latest_optimizer_D.pth');
    const back = importOptimizers(state, { optimizer_G: await read('before_optimizer_G.pth'), optimizer_D });
    expect(back.trained).toEqual(state.trained);
    await checkStep(dictOf, { model, optimizer: back.trained });
    const on = importOptimizers(state, { optimizer_G: await read('after_optimizer_G.pth'), optimizer_D });
    expect(on.step).toBe(4);
    trainer.restore(on);
    trainer.dispose();
    model.dispose();
  });
});

type DictOf = (name: string) => Promise<Awaited<ReturnType<typeof stateDict>>>;

async function checkTypes(dictOf: DictOf): Promise<void> {
  const types = await dictOf('types.pth');
  const float32 = await dictOf('types-float32.safetensors');
  const plain = await dictOf('types.safetensors');
  for (const name of ['f64', 'f16', 'bf16', 'f32']) {
    expect(types[name]).toEqual(float32[name]);
    expect(plain[name]).toEqual(float32[name]);
  }
  const whole = Array.from(float32.f32!.data as Float32Array, (value) => BigInt(Math.trunc(value)));
  for (const name of ['i64', 'i32', 'i16', 'i8']) expect([...types[name]!.data]).toEqual(whole);
  expect([...plain.i64!.data]).toEqual(whole);
  const values = Array.from(float32.f32!.data as Float32Array);
  const shown = (name: string) => [types[name]!.shape, [...(types[name]!.data as Iterable<number | bigint>)]];
  expect(shown('u8')).toEqual([[24], Array.from({ length: 24 }, (_, i) => BigInt(i))]);
  expect(shown('bool')).toEqual([[2], [1n, 0n]]);
  expect(shown('scalar')).toEqual([[], [5n]]);
  expect(shown('empty')).toEqual([[0, 3], []]);
  expect(shown('expanded')).toEqual([[4], [1, 1, 1, 1]]);
  expect(shown('parameter')).toEqual([[2, 3, 4], values]);
  expect(shown('second')).toEqual([[3, 4], values.slice(12)]);
  expect(shown('every second')).toEqual([[12], values.filter((_, i) => i % 2 === 1)]);
  const transposed = Array.from({ length: 24 }, (_, i) => values[(i % 2) * 12 + (Math.floor(i / 2) % 3) * 4 + Math.floor(i / 6)]); // prettier-ignore
  expect(shown('transposed')).toEqual([[4, 3, 2], transposed]);
}

/** A step of our Adam with PyTorch's gradients, from the same slots, ends at PyTorch's weights. */
async function checkStep(
  dictOf: DictOf,
  { model, optimizer }: { model: ReturnType<typeof tinyModel>; optimizer: TrainerState['trained'] },
): Promise<void> {
  const [gradients, after] = [await dictOf('gradients.safetensors'), await dictOf('after.safetensors')];
  let first = 0;
  for (const name of ['generatorG', 'generatorF'] as const) {
    const network = model[name];
    const layout = await stateDict(network);
    const keys = Object.keys(layout);
    const inOurs = (values: typeof gradients): tf.Tensor[] => {
      const entries = keys.map((key, i) => [key, { shape: layout[key]!.shape, data: values[`${first + i}`]!.data }] as const); // prettier-ignore
      loadStateDict(network, Object.fromEntries(entries));
      return network.getWeights().map((weight) => tf.keep(tf.mul(weight, 1)));
    };
    const own = network.getWeights().map((weight) => tf.tidy(() => tf.variable(tf.mul(weight, 1))));
    const [grads, want] = [inOurs(gradients), inOurs(after)];
    const adam = new Adam({ convention: 'pytorch' });
    const states = Object.values(optimizer[name]!.optimizer);
    adam.restore({
      steps: states[0]!.steps,
      slots: states.map(({ slots }) => slots as AdamState['slots'][number]),
    });
    adam.step(own, grads, 2e-4);
    for (const [i, variable] of own.entries()) {
      const far = tf.tidy(() => tf.max(tf.abs(tf.sub(variable, want[i]!))).dataSync()[0]!);
      expect(far).toBeLessThan(1e-7);
    }
    adam.dispose();
    tf.dispose([own, grads, want]);
    first += keys.length;
  }
}

const cutProgram = `
import torch
from safetensors.torch import save_file

class PatchSampleF(torch.nn.Module):  # the layers of contrastive-unpaired-translation
    def __init__(self, channels, units):
        super().__init__()
        for i, size in enumerate(channels):
            mlp = torch.nn.Sequential(torch.nn.Linear(size, units), torch.nn.ReLU(), torch.nn.Linear(units, units))
            setattr(self, "mlp_%d" % i, mlp)

weights = torch.load("latest_net_F.pth", weights_only=True)
first = [value for key, value in weights.items() if key.endswith(".0.weight")]
head = PatchSampleF([value.shape[1] for value in first], first[0].shape[0])
head.load_state_dict(weights)
parameters = {"F": dict(head.named_parameters())}
for n in ("G", "D"):
    file = torch.load("latest_net_" + n + ".pth", weights_only=True)
    parameters[n] = {key: torch.nn.Parameter(value) for key, value in file.items() if not key.endswith(".filt")}
for n, named in parameters.items():
    optimizer = torch.optim.Adam(named.values(), lr=1.0)
    optimizer.load_state_dict(torch.load("latest_optimizer_" + n + ".pth", weights_only=True))
    assert optimizer.param_groups[0]["lr"] == 2e-4
    before = {key: optimizer.state[p]["exp_avg"] for key, p in named.items() if p in optimizer.state}
    assert all(value.shape == named[key].shape for key, value in before.items())
    save_file({key: value.contiguous() for key, value in before.items()}, n + ".safetensors")
    for p in named.values():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    torch.save(optimizer.state_dict(), "after_" + n + ".pth")
`;

test.skipIf(python === undefined)('PyTorch trains on with the optimizers of CUT', async () => {
  const folder = await emptyFolder();
  const read = async (name: string) => new Uint8Array(await readFile(join(folder, name)));
  await withoutLeaks(async () => {
    const model = tinyCUT({ nceLayers: [0, 4, 8, 12] });
    const trainer = new CUTTrainer(model, { patches: 4, seed: 1 });
    const [a, b] = [tinyBatch(1, 1), tinyBatch(1, 2)];
    await trainer.trainStep(a, b);
    const state = await trainer.state();
    const files = await exportModel(model, { format: 'pytorch' });
    const optimizers = Object.entries(exportOptimizers(state));
    for (const { name, parts } of files) await writeFile(join(folder, name), joined(parts));
    for (const [name, parts] of optimizers)
      await writeFile(join(folder, `latest_${name}.pth`), joined(parts));
    await writeFile(join(folder, 'check.py'), cutProgram);
    await run(python!, ['check.py'], { cwd: folder });

    // the means of the gradients, by PyTorch's names of the parameters
    for (const [name, network] of [
      ['G', 'generator'],
      ['D', 'discriminator'],
      ['F', 'head'],
    ] as const) {
      // prettier-ignore
      const means = Object.values(readStateDicts(await read(`${name}.safetensors`), { name }))[0]!;
      const own = Object.entries(state.trained[network]!.optimizer);
      expect(own.length).toBe(Object.keys(means).length);
      for (const [weight, { slots }] of own) {
        const { data } = means[weight.replace(/\/(kernel|gamma)$/, '.weight').replace(/\/(bias|beta)$/, '.bias')]!; // prettier-ignore
        expect([...(data as Float32Array)].sort()).toEqual([...slots.m!.data].sort());
      }
    }
    const [optimizer_G, optimizer_D, optimizer_F] = await Promise.all(['G', 'D', 'F'].map((name) => read(`after_${name}.pth`))); // prettier-ignore
    const on = importOptimizers(state, { optimizer_G: optimizer_G!, optimizer_D: optimizer_D!, optimizer_F: optimizer_F! }); // prettier-ignore
    expect(on.step).toBe(2);
    for (const [network, { optimizer }] of Object.entries(on.trained)) {
      for (const [weight, { steps, slots }] of Object.entries(optimizer)) {
        const before = state.trained[network]!.optimizer[weight]!;
        expect(steps).toBe(2); // a step with gradients of 0: the means become smaller by betas
        expect(slots.m!.data).toBeAllClose(before.slots.m!.data.map((value) => 0.5 * value), { rtol: 1e-6, atol: 1e-30 }); // prettier-ignore
        expect(slots.v!.data).toBeAllClose(before.slots.v!.data.map((value) => 0.999 * value), { rtol: 1e-6, atol: 1e-30 }); // prettier-ignore
      }
    }
    trainer.restore(on);
    tf.dispose([a, b]);
    trainer.dispose();
    model.dispose();
  });
});
