/** Models of weight files, and weight files of models: round trips are bit-equal, and files that do not fit are refused. */
import * as tf from '@tensorflow/tfjs';
import {
  CUT,
  type CUTOptions,
  CycleGAN,
  GAN,
  Pix2Pix,
  stateDict,
  Translator,
  type StateDict,
} from 'ts-cyclegan';
import {
  exportModel,
  importModel,
  readStateDicts,
  type WeightFile,
  writeStateDict,
} from 'ts-cyclegan/interop';
import { expect, test } from 'vitest';
import { decodeSafetensors } from '../../src/interop/safetensors.js';
import { withoutLeaks } from '../support/leaks.js';
import { allWeights, pix2pixWeights, tinyModel, tinyPix2Pix, tinyCUT, weightsOf } from '../support/tiny.js';
import { golden, goldenFile, joined, messageOf } from './files.js';

const filesOf = async (model: CycleGAN | Pix2Pix | CUT | Translator, format: 'pytorch' | 'safetensors' = 'pytorch'): Promise<WeightFile[]> =>
  (await exportModel(model, { format })).map(({ name, parts }) => ({ name, bytes: joined(parts) })); // prettier-ignore

/** The model's options but for those that files do not contain. */
const comparable = ({ options }: { options: object | undefined }) => ({
  ...options,
  seed: 0,
  initializerGain: 0,
  inputShape: 0,
});

test.each(['pytorch', 'safetensors'] as const)('a CycleGAN as %s', async (format) => {
  await withoutLeaks(async () => {
    const model = tinyModel({ outputChannels: 1, discriminatorFilters: 4 });
    const files = await filesOf(model, format);
    const names = ['G_A', 'G_B', 'D_A', 'D_B'].map((name) => `latest_net_${name}.pth`);
    expect(files.map(({ name }) => name)).toEqual(format === 'pytorch' ? names : ['model.safetensors']);
    const { model: same, notes } = importModel(files.reverse(), { size: [8, 8] });
    expect(same).toBeInstanceOf(CycleGAN);
    expect(await allWeights(same as CycleGAN)).toEqual(await allWeights(model));
    expect(comparable(same)).toEqual(comparable(model));
    expect(same.options!.inputShape).toEqual([8, 8, 3]);
    const unseen = 'border "reflect", which has the keys of "replicate".';
    expect(notes.sort()).toEqual(format === 'pytorch' ? [`G_A: ${unseen}`, `G_B: ${unseen}`] : []);
    expect(await filesOf(same as CycleGAN)).toEqual(await filesOf(model)); // bit for bit
    model.dispose();
    same.dispose();
  });
});

test('generators without discriminators: new ones, of the same options', async () => {
  await withoutLeaks(async () => {
    const model = tinyModel();
    const { model: half, notes } = importModel((await filesOf(model)).slice(0, 2));
    expect(notes[0]).toBe('D_A and D_B: not in the files, so new and untrained.');
    const { generatorG, discriminatorX } = half as CycleGAN;
    expect(await weightsOf(generatorG)).toEqual(await weightsOf(model.generatorG));
    expect(new Set(await weightsOf(discriminatorX)).size).toBeGreaterThan(10); // random, not 0
    model.dispose();
    half.dispose();
  });
});

test('Pix2Pix', async () => {
  await withoutLeaks(async () => {
    const model = tinyPix2Pix();
    const { model: same, networks } = importModel(await filesOf(model), { size: [8, 8] });
    expect(same).toBeInstanceOf(Pix2Pix);
    expect(networks.map(({ name }) => name)).toEqual(['G', 'D']);
    expect(await pix2pixWeights(same as Pix2Pix)).toEqual(await pix2pixWeights(model));
    expect(comparable(same)).toEqual(comparable(model));
    model.dispose();
    same.dispose();
  });
});

const cutWeights = async ({ generator, discriminator, head }: CUT) =>
  Promise.all([generator, discriminator, head].map(weightsOf));
/** With layers of its own, as in PyTorch's program but for the sizes. */
const patchCUT = (options: CUTOptions = {}) =>
  tinyCUT({ inputShape: [16, 16, 3], discriminator: 'patch', discriminatorLayers: 2, ...options });

test.each([
  ['pytorch', {}],
  ['pytorch', { antialias: false }],
  ['pytorch', { upsampling: 'transposed', residualBlocks: 2 }],
  ['safetensors', { nceLayers: [1, 'model.5'], separable: true, dropout: true, border: 'replicate' }],
  ['safetensors', { convention: 'keras', downsamplingBlocks: 1 }],
] as const)('a CUT as %s, %o', async (format, options) => {
  await withoutLeaks(async () => {
    const model = patchCUT(options);
    const files = await filesOf(model, format);
    const names = ['G', 'D', 'F'].map((name) => `latest_net_${name}.pth`);
    expect(files.map(({ name }) => name)).toEqual(format === 'pytorch' ? names : ['model.safetensors']);
    const { model: same, networks, notes } = importModel(files.reverse(), { size: [16, 16] });
    expect(same).toBeInstanceOf(CUT);
    expect(await cutWeights(same as CUT)).toEqual(await cutWeights(model));
    const unseen = { initializer: 0 };
    expect({ ...comparable(same), ...unseen }).toEqual({ ...comparable(model), ...unseen });
    expect(networks.map(({ name }) => name).sort()).toEqual(['D', 'G']);
    expect(notes).toEqual(
      format === 'safetensors'
        ? []
        : [
            `F: nceLayers ${JSON.stringify(model.nceLayers).replaceAll(',', ', ')}, which its weights do not show.`,
            'G: border "reflect", which has the keys of "replicate".',
          ],
    );
    expect(await filesOf(same as CUT, format)).toHaveLength(files.length);
    model.dispose();
    same.dispose();
  });
});

/** The networks of a case from CUT's PyTorch program as files, and its images. */
function ofPyTorch(name: string) {
  const { tensors } = decodeSafetensors(name, goldenFile(`${name}.safetensors`));
  const files = (['G', 'D', 'F'] as const).map((network) => {
    const own = Object.entries(tensors).filter(([key]) => key.startsWith(`${network}/`));
    const weights = Object.fromEntries(
      own.map(([key, array]) => [key.slice(2), array]),
    ) as unknown as StateDict;
    return {
      name: `latest_net_${network}.pth`,
      bytes: joined(writeStateDict(weights, { format: 'pytorch' })),
    };
  });
  const images = (key: string) => {
    const { shape, data } = tensors[key]!;
    return tf.tidy(() => tf.transpose(tf.tensor4d(data as Float32Array, shape as never), [0, 2, 3, 1]));
  };
  return { files, images };
}

test('weights of the PyTorch program of CUT', async () => {
  await withoutLeaks(async () => {
    const { files, images } = ofPyTorch('cut-resnet');
    const { model } = importModel([files[0]!]);
    const [x, y] = [images('input'), images('out/y')];
    const translated = (model as Translator).translate(x);
    expect(await translated.data()).toBeAllClose(await y.data(), { rtol: 0, atol: 1e-5 });
    tf.dispose([x, y, translated]);
    model.dispose();

    const whole = importModel(ofPyTorch('cut-training').files, { nceLayers: [0, 4, 8, 12] });
    expect(whole.notes).toEqual(['G: border "reflect", which has the keys of "replicate".']);
    expect(whole.model.options).toMatchObject({ nceUnits: 8, antialias: true, upsampling: 'smooth', residualBlocks: 2 }); // prettier-ignore
    whole.model.dispose();
  });
});

test('parts of a CUT: its generator alone, and files that do not fit', async () => {
  await withoutLeaks(async () => {
    const parts = async (options: CUTOptions) => {
      const model = patchCUT(options);
      const [g, d, f] = await filesOf(model);
      const weights = await weightsOf(model.generator);
      model.dispose();
      return { g: g!, d: d!, f: f!, weights };
    };
    const { g, d, f, weights } = await parts({});
    const others = await parts({ nceLayers: [0, 8], antialias: false });

    const alone = (...files: WeightFile[]) => {
      const { model, notes } = importModel(files);
      expect(model).toBeInstanceOf(Translator);
      const { generator } = model as Translator;
      return { notes, weights: weightsOf(generator).finally(() => model.dispose()) };
    };
    const border = 'G: border "reflect", which has the keys of "replicate".';
    const generator = alone(g);
    expect(generator.notes).toEqual([border]);
    expect(await generator.weights).toEqual(weights);
    const other = alone(g, d, others.f);
    expect(other.notes).toEqual([
      'F: it takes features of [3, 8] channels, but the nceLayers [0, 4, 8, 12] have [3, 4, 8, 8]. D and F were left out: the model is a Translator.', // prettier-ignore
      border,
    ]);
    expect(await other.weights).toEqual(weights);

    const refused = (...files: WeightFile[]) => messageOf(() => importModel(files)).replace('INVALID_WEIGHTS: importModel: ', ''); // prettier-ignore
    expect(refused(g, f)).toBe('the files have G, F. A CUT needs G, D and F.');
    expect(refused(f)).toBe('the files have F. A CUT needs G, D and F.');
    expect(refused(g, others.d, f)).toBe(
      'D of "latest_net_D.pth" does not fit: antialias must be true, as in G, got false.',
    );
    expect(refused(g, d, f, { ...f, name: 'old_F.pth' })).toBe(
      '"old_F.pth" is a feature head, and so is one of "latest_net_F.pth". A CUT has one.',
    );
    const renamed = alone({ ...g, name: 'gen_F.pth' }); // not a head by its keys
    expect(await renamed.weights).toEqual(weights);
    const { '': head } = readStateDicts(f.bytes);
    const bytes = joined(
      writeStateDict({ ...head, 'mlp_1.2.weight': head!['mlp_1.0.weight']! }, { format: 'pytorch' }),
    );
    expect(refused(g, d, { name: 'F.pth', bytes })).toBe(
      '"F.pth": "mlp_1.2.weight" must have shape [3, 3], got [3, 4].',
    );
  });
});

test('a single generator: its direction, its notes, and the same file again', async () => {
  await withoutLeaks(async () => {
    const { model } = importModel([{ name: 'style_monet.pth', bytes: golden('zip.pth') }], {
      border: 'replicate',
    });
    expect(model).toBeInstanceOf(Translator);
    expect(model.options).toMatchObject({ border: 'replicate', residualBlocks: 1, filters: 4 });
    const [file] = await filesOf(model);
    expect(file!.name).toBe('latest_net_G_A.pth');
    expect(readStateDicts(file!.bytes)).toEqual(readStateDicts(golden('zip.pth')));
    model.dispose();

    const uneven = tinyModel({ outputChannels: 1 });
    const [, back] = await filesOf(uneven);
    const { model: backwards } = importModel([back!]);
    expect((backwards as Translator).direction).toBe('BtoA');
    expect(backwards.options).toMatchObject({ inputShape: [null, null, 3], outputChannels: 1 });
    backwards.dispose();
    uneven.dispose();
  });
});

test('an explicit direction is that of a single generator, whatever its name', () =>
  withoutLeaks(async () => {
    const model = tinyModel({ outputChannels: 1 });
    const [there, back] = await filesOf(model);
    for (const [file, direction, inputShape, outputChannels] of [
      [there!, 'BtoA', [null, null, 1], 3],
      [back!, 'AtoB', [null, null, 1], 3],
      [there!, 'AtoB', [null, null, 3], 1],
    ] as const) {
      const { model: alone } = importModel([file], { direction });
      expect((alone as Translator).direction).toBe(direction);
      expect(alone.options).toMatchObject({ inputShape, outputChannels });
      alone.dispose();
    }
    model.dispose();
  }));

test('options that do not apply to the networks are refused', () =>
  withoutLeaks(async () => {
    const files = async (model: CycleGAN | Pix2Pix | CUT) => {
      const written = await filesOf(model);
      model.dispose();
      return written;
    };
    const [both, facades, zero, cut] = [
      await files(tinyModel()),
      await files(new Pix2Pix({ inputShape: [32, 32, 1], levels: 5, filters: 1, discriminator: 'pixel' })),
      await files(tinyModel({ border: 'zero' })),
      await files(patchCUT()),
    ];
    const refused = (given: WeightFile[], options: object) => messageOf(() => importModel(given, options).model.dispose()).replace('INVALID_OPTION: importModel: option ', ''); // prettier-ignore
    expect(refused(both, { direction: 'BtoA' })).toBe(
      '"direction" is for a single generator, but the files have G_A, G_B, D_A, D_B. Leave it out.',
    );
    expect(refused(cut, { direction: 'AtoB' })).toBe(
      '"direction" is for a single generator, but the files have G, D, F. Leave it out.',
    );
    for (const given of [both, facades, facades.slice(0, 1)]) {
      expect(refused(given, { nceLayers: [0] })).toMatch(
        /^"nceLayers" is for a CUT, but the files have G.*\. Leave it out\.$/,
      );
    }
    expect(refused(facades, { border: 'reflect' })).toBe(
      '"border" is for a ResNet with borders of "reflect" or "replicate", but G of "latest_net_G.pth" is a U-Net. Leave it out.',
    );
    expect(refused(zero, { border: 'replicate' })).toBe(
      '"border" is for a ResNet with borders of "reflect" or "replicate", but G_A of "latest_net_G_A.pth" is a ResNet with borders of "zero". Leave it out.',
    );
    expect(refused(both.slice(0, 1), { dropout: true })).toBe(
      '"dropout" is for a U-Net or a separable ResNet, but G_A of "latest_net_G_A.pth" is a ResNet whose weights show that dropout is false. Leave it out.',
    );
    expect(refused(both.slice(0, 1), { direction: undefined, nceLayers: undefined, dropout: undefined })).toBe('no error'); // prettier-ignore
  }));

test('files that do not fit together', async () => {
  await withoutLeaks(async () => {
    const [model, other] = [
      tinyModel(),
      tinyModel({ residualBlocks: 2, discriminatorFilters: 4, norm: 'batch' }),
    ];
    const [ga, gb, da, db] = (await filesOf(model)) as [WeightFile, WeightFile, WeightFile, WeightFile];
    const others = (await filesOf(other)) as [WeightFile, WeightFile, WeightFile, WeightFile];
    model.dispose();
    other.dispose();
    const refused = (...files: WeightFile[]) => messageOf(() => importModel(files)).replace('INVALID_WEIGHTS: importModel: ', ''); // prettier-ignore
    expect(refused(ga, others[1])).toBe(
      'G_A of "latest_net_G_A.pth" and G_B of "latest_net_G_B.pth" do not fit together: norm of G_B must be "instance", got "batch".',
    );
    expect(refused(ga, gb, da, others[3])).toMatch(
      /^D_A of .* do not fit together: norm of D_B must be "instance"/,
    );
    expect(refused(ga, gb, others[2], others[3])).toBe(
      'D_A of "latest_net_D_A.pth" does not fit: norm must be "instance", as in G_A, got "batch".',
    );
    expect(refused(ga, da)).toBe(
      'the files have G_A, D_A. A CycleGAN needs G_A and G_B, pix2pix needs G and D, and a single generator is translated with.',
    );
    expect(refused({ ...da, name: 'x_G_A.pth' })).toBe(
      '"x_G_A.pth" must be a generator by its name, but is a pixel network.',
    );
    expect(refused(ga, { ...gb, name: 'old_G_A.pth' })).toBe(
      '"old_G_A.pth" is the network G_A, and so is one of "latest_net_G_A.pth". Name the files as PyTorch does: latest_net_G_A.pth, latest_net_G_B.pth.', // prettier-ignore
    );
    expect(refused({ ...ga, name: 'G.pth' }, { ...db, name: 'D.pth' })).toBe(
      'D of "D.pth" does not fit: it must take 6 channels, got 3.',
    );
    expect(messageOf(() => importModel([]))).toBe(
      'INVALID_ARGUMENT: importModel: expected a list of files, got [].',
    );
    expect(messageOf(() => importModel([ga], { sise: [1, 1] } as never))).toBe(
      'UNKNOWN_OPTION: importModel: unknown option "sise". Did you mean "size"?',
    );
  });
});

test('files that are not names and bytes', () => {
  const bytes = golden('zip.pth');
  const refused = (...files: unknown[]) => messageOf(() => importModel(files as never)).replace('INVALID_ARGUMENT: importModel: ', ''); // prettier-ignore
  expect(refused('a.pth')).toBe('file 0 must be { name, bytes } with a text as the name, got "a.pth".');
  expect(refused({ name: 'a.pth', bytes }, null)).toBe(
    'file 1 must be { name, bytes } with a text as the name, got null.',
  );
  expect(refused({ bytes })).toBe(
    'file 0 must be { name, bytes } with a text as the name, got the name undefined.',
  );
  const wrap = 'Wrap an ArrayBuffer: new Uint8Array(buffer).';
  expect(refused({ name: 'a.pth' })).toBe(`bytes of "a.pth" must be a Uint8Array, got undefined. ${wrap}`);
  expect(refused({ name: 'a.pth', bytes: new Uint8Array(bytes).buffer })).toBe(
    `bytes of "a.pth" must be a Uint8Array, got a ArrayBuffer. ${wrap}`,
  );
});

test('weights that are missing or not finite name the file, and nothing remains allocated', async () => {
  await withoutLeaks(async () => {
    const model = tinyModel();
    const weights: StateDict = await stateDict(model.generatorG);
    model.dispose();
    const file = (stateDict: StateDict) => ({ name: 'G.pth', bytes: joined(writeStateDict(stateDict, { format: 'pytorch' })) }); // prettier-ignore
    const { 'model.4.bias': _, ...without } = weights;
    expect(messageOf(() => importModel([file(without)]))).toBe(
      'INVALID_WEIGHTS: importModel: "G.pth": "model.4.bias" is missing. Is the file of the same architecture and norm?',
    );
    weights['model.4.bias']!.data[0] = NaN;
    expect(messageOf(() => importModel([file(weights)]))).toBe(
      'INVALID_WEIGHTS: importModel: "G.pth": "model.4.bias" holds NaN or Infinity.',
    );
  });
});

test('models that PyTorch cannot build, and models from noise', async () => {
  const message = async (model: CycleGAN | CUT | GAN, format: 'pytorch' | 'safetensors' = 'pytorch') => {
    const error = await exportModel(model as CycleGAN, { format }).then(() => 'written', (e: unknown) => (e as Error).message); // prettier-ignore
    model.dispose();
    return error;
  };
  const end = 'which pytorch-CycleGAN-and-pix2pix does not have. Use the format "safetensors".';
  await withoutLeaks(async () => {
    expect(await message(tinyModel({ convention: 'keras' }))).toBe(
      `exportModel: the networks have the convention "keras", with other paddings and norms, ${end}`,
    );
    expect(await message(tinyModel({ upsampling: 'resize' }))).toBe(
      `exportModel: the generators have upsampling "resize", ${end}`,
    );
    expect(await message(tinyModel({ downsamplingBlocks: 1 }))).toBe(
      `exportModel: the generators have 1 downsamplingBlocks, not 2, ${end}`,
    );
    expect(await message(tinyModel({ antialias: true }))).toBe(
      `exportModel: the networks have antialiased convolutions, ${end}`,
    );
    expect(await message(tinyModel({ upsampling: 'smooth' }))).toBe(
      `exportModel: the generators have upsampling "smooth", ${end}`,
    );
    expect(await message(tinyModel({ separable: true }))).toBe(
      `exportModel: the generators have depthwise-separable convolutions, ${end}`,
    );
    expect(await message(tinyCUT({ upsampling: 'resize' }))).toBe(
      `exportModel: the generators have upsampling "resize", ${end.replace('pytorch-CycleGAN-and-pix2pix', 'contrastive-unpaired-translation')}`,
    );
    expect(await message(tinyModel({ convention: 'keras' }), 'safetensors')).toBe('written');
    expect(await message(new GAN({ imageShape: [8, 8, 1], filters: 1, latentSize: 2 } as never))).toBe(
      'exportModel: expected a CycleGAN, a Pix2Pix, a CUT or a Translator, got a GAN.',
    );
  });
});
