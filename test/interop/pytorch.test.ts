/** `.pth` files: all formats have the same values, what is written is read again, and bad files are refused. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { zipSync } from 'fflate';
import { readKerasNetworks, readStateDicts, writeStateDict } from 'ts-cyclegan/interop';
import type { StateDict } from 'ts-cyclegan';
import { describe, expect, test } from 'vitest';
import { unpickle } from '../../src/interop/pytorch/unpickle.js';
import { openZip } from '../../src/interop/pytorch/zip.js';
import { refusing } from '../../src/interop/refuse.js';
import { bytesOf, golden, joined, messageOf, pth } from './files.js';

const plain = readStateDicts(golden('weights.safetensors'))['']!;

describe('files of PyTorch', () => {
  test.each(['zip.pth', 'legacy.pth', 'module.pth', 'views.pth'])('%s has the plain values', (name) => {
    const found = readStateDicts(golden(name), { name });
    expect(Object.keys(found)).toEqual(['']);
    expect(found['']).toEqual(plain);
    expect(Object.keys(found['']!)).toEqual(Object.keys(plain));
  });

  test('float16 values are those of the plain ones, rounded', () => {
    const half = readStateDicts(golden('half.pth'))['']!;
    for (const [key, { shape, data }] of Object.entries(half)) {
      expect(shape).toEqual(plain[key]!.shape);
      const far = data.findIndex(
        (value, i) => Math.abs(Number(value) - Number(plain[key]!.data[i])) > 2 ** -11,
      );
      expect(far).toBe(-1);
    }
  });

  test('statistics of instance norms are there, for loadStateDict to ignore', () => {
    const old = readStateDicts(golden('running-statistics.pth'))['']!;
    expect(old['model.2.running_var']!.shape).toEqual([4]);
    expect(old['model.2.num_batches_tracked']!.data).toEqual(BigInt64Array.of(1000n));
  });

  test.each(['pytorch', 'safetensors'] as const)('%s: written and read again, bit for bit', (format) => {
    const written = joined(writeStateDict(plain, { format }));
    expect(readStateDicts(written)).toEqual({ '': plain });
    expect(joined(writeStateDict(plain, { format }))).toEqual(written);
  });

  test('values of a written file begin at multiples of 64 bytes, as in torch', () => {
    const bytes = joined(writeStateDict(plain, { format: 'pytorch' }));
    const zip = openZip(bytes, refusing('test', ''));
    expect(zip.names.slice(0, 3)).toEqual(['archive/data.pkl', 'archive/byteorder', 'archive/data/0']);
    for (const name of zip.names) expect(zip.read(name)!.byteOffset % 64).toBe(0);
  });
});

const weights = (value: number): StateDict => ({ 'model.0.weight': { shape: [1, 1, 4, 4], data: new Float32Array(16).fill(value) } }); // prettier-ignore

describe('state dicts in checkpoints', () => {
  test('in a dictionary, under any key and next to other values', () => {
    const content = {
      epoch: 3,
      name: 'x',
      state_dict: { D: weights(1) },
      G_A: weights(2),
      rates: [1, 2],
      none: null,
    };
    expect(readStateDicts(pth(content))).toEqual({ 'state_dict.D': weights(1), G_A: weights(2) });
  });

  test('of several networks in one dictionary, by prefixes', () => {
    const entries = [1, 2].map((n) => [`net${n === 1 ? 'G_A' : 'G_B'}.module.model.0.weight`, weights(n)['model.0.weight']!] as const); // prettier-ignore
    expect(readStateDicts(pth({ params: Object.fromEntries(entries) }))).toEqual({
      'params.netG_A': weights(1),
      'params.netG_B': weights(2),
    });
  });

  test('prefixes of names with line breaks, also of long ones', () => {
    const name = `${'model.1.'.repeat(100)}\n`;
    const [array] = Object.values(weights(1));
    expect(readStateDicts(pth({ [`G_A.${name}`]: array! }))).toEqual({ G_A: { [name]: array } });
  });

  test('none', () => {
    const message = (content: object) =>
      messageOf(() => readStateDicts(pth(content as never), { name: 'a.pth' }));
    expect(message({ epoch: 3 })).toBe(
      'INVALID_DATA: readStateDicts: "a.pth" has no state dict. Save the state dict: torch.save(network.state_dict(), path).',
    );
    const optimizer = new Map<string, unknown>([
      ['state', new Map([[0, { exp_avg: weights(1)['model.0.weight'] }]])],
      ['param_groups', []],
    ]);
    expect(message(optimizer)).toBe(
      'INVALID_DATA: readStateDicts: "a.pth" is the state of an optimizer, and has no weights.',
    );
  });
});

const read = (bytes: Uint8Array) => messageOf(() => readStateDicts(bytes, { name: 'a.pth' }));
const refused = (fault: string) => `INVALID_DATA: readStateDicts: "a.pth" ${fault}`;

describe('refused files', () => {
  test('truncated files name the byte where they end', () => {
    const zip = golden('zip.pth');
    expect(read(zip.subarray(0, 1000))).toBe(
      refused(
        'is truncated: it ends at byte 1000 without the directory of a zip archive. Copy or download it again.',
      ),
    );
    const legacy = golden('legacy.pth');
    expect(read(legacy.subarray(0, legacy.length - 1))).toBe(
      refused(
        `is truncated: it ends at byte ${legacy.length - 1}, the values of a tensor would end at byte ${legacy.length}.`,
      ),
    );
    expect(read(legacy.subarray(0, 300))).toBe(refused('is truncated: its pickle ends at byte 300.'));
    const plain = golden('weights.safetensors');
    expect(read(plain.subarray(0, plain.length - 1))).toBe(
      refused(
        `is truncated: the tensor "model.18.bias" would end at byte ${plain.length}, the file ends at byte ${plain.length - 1}.`,
      ),
    );
  });

  test('other files', () => {
    expect(read(new Uint8Array())).toBe(refused('is empty.'));
    expect(read(bytesOf(0x80, 4, 'N.'))).toBe(
      refused(
        'is a pickle alone, which torch.save does not write. Save it with torch.save(network.state_dict(), path).',
      ),
    );
    expect(read(bytesOf('<html>no such file</html>'))).toBe(
      refused('is not a file of torch.save: it is neither a zip archive nor of the older format of PyTorch. Save it with torch.save(network.state_dict(), path).'), // prettier-ignore
    );
  });

  test('the content decides, not the name; the name decides how other content is refused', () => {
    const named = (bytes: Uint8Array, name: string) => messageOf(() => readStateDicts(bytes, { name }));
    for (const name of ['a.safetensors', 'a.keras', 'a.txt']) {
      expect(named(golden('zip.pth'), name)).toBe('no error');
      expect(named(golden('weights.safetensors'), name)).toBe('no error');
    }
    expect(named(bytesOf('<html></html>'), 'A.KERAS')).toContain('"A.KERAS" is not an HDF5 file.');
    expect(named(bytesOf('<html></html>'), 'A.SAFETENSORS')).toContain(
      '"A.SAFETENSORS" is not a safetensors file',
    );
  });

  test('what is not bytes', () => {
    const message = (fault: string) =>
      `INVALID_ARGUMENT: readStateDicts: bytes must be a Uint8Array, got ${fault}. Wrap an ArrayBuffer: new Uint8Array(buffer).`;
    for (const [bytes, shown] of [
      [new Uint8Array(golden('zip.pth')).buffer, 'a ArrayBuffer'],
      [undefined, 'undefined'],
      ['a.pth', '"a.pth"'],
      [new Float32Array(4), 'a Float32Array'],
    ] as const) {
      expect(messageOf(() => readStateDicts(bytes as never))).toBe(message(shown));
      expect(messageOf(() => readKerasNetworks(bytes as never))).toBe(message(shown).replace('readStateDicts', 'readKerasNetworks')); // prettier-ignore
    }
    const other = runInNewContext('new Uint8Array([1, 2, 3, 4])') as Uint8Array; // as in Jest
    expect(messageOf(() => readStateDicts(other))).toContain('INVALID_DATA: readStateDicts: the file is not');
  });

  test('a value that was changed: the checksum differs', () => {
    const bytes = new Uint8Array(golden('zip.pth'));
    bytes[2646 + 200]! ^= 1;
    expect(read(bytes)).toMatch(/^INVALID_DATA: .*"a.pth" is damaged: the checksum of the entry "p-weight-files.zip\/data\/0" at byte \d+ differs\.$/); // prettier-ignore
  });

  test('a list of storages that names one twice, and another not at all', () => {
    const legacy = new Uint8Array(golden('legacy.pth'));
    const at = Buffer.from(legacy).lastIndexOf('94000000000064');
    legacy.set(Buffer.from('94000000000000'), at);
    expect(read(legacy)).toBe(refused('is damaged: its list of storages before byte 2912 is invalid.'));
  });

  test('big-endian values', () => {
    const legacy = new Uint8Array(golden('legacy.pth'));
    const at = Buffer.from(legacy).indexOf('little_endian');
    const value = legacy.indexOf(0x88, at); // NEWTRUE
    legacy[value] = 0x89;
    expect(read(legacy)).toBe(
      refused('has values in big-endian byte order. Save it again on a little-endian machine.'),
    );
  });

  test('tensors that share memory may not need far more than the file', () => {
    const bytes = new Uint8Array(golden('views.pth'));
    expect(read(bytes)).toBe('no error');
    // 1,000 strided views of one storage, as a pickle by hand
    const storage = { shape: [4096], data: new Float32Array(4096) };
    const file = pth({ a: storage });
    const reads = (count: number, offset: (i: number) => number, strides: [number, number]) => {
      const views = Array.from({ length: count }, (_, i) => view(`v${i}`, offset(i), strides)).join('');
      return read(withPickle(file, `\x80\x02}(${views}u.`));
    };
    const far = refused('has tensors that share memory, and that need far more memory than the file has. Save contiguous copies of them.'); // prettier-ignore
    expect(reads(1000, (i) => i, [1, 32])).toBe(far);
    // contiguous views and repeated tensors take no memory here, but a network that is built of them does
    expect(reads(1000, (i) => i, [32, 1])).toBe(far);
    expect(reads(1000, () => 0, [32, 1])).toBe(far);
    expect(reads(8, () => 0, [32, 1])).toBe('no error'); // tied weights
  });
});

/** A view of [32, 32] of the storage 0 from `offset`. */
function view(name: string, offset: number, strides: readonly [number, number]): string {
  const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
  const int = (value: number) => `J${String.fromCharCode(value & 255, value >> 8)}\0\0`;
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}${int(4096)}tQ`;
  return `${text(name)}ctorch._utils\n_rebuild_tensor_v2\n(${storage}${int(offset)}(${int(32)}${int(32)}t(${strides.map(int).join('')}t\x89NtR`;
}

/** An archive without compression. */
/** A file of our own with another pickle. */
function withPickle(file: Uint8Array, pickle: string): Uint8Array {
  const zip = openZip(file, refusing('test', ''));
  const [name, ...others] = zip.names;
  return zipOf([[name!, bytesOf(pickle)], ...others.map((each) => [each, zip.read(each)!] as const)]);
}

const zipOf = (entries: readonly (readonly [string, Uint8Array])[]): Uint8Array =>
  zipSync(
    Object.fromEntries(entries.map(([name, bytes]) => [name, [bytes, { level: 0 }] as const])) as never,
  );

const machine = (bytes: Uint8Array) =>
  unpickle(bytes, 0, { refuse: refusing('read', 'a.pth'), persistent: () => 'storage' }).value;

describe('the pickle machine', () => {
  test.each([
    ['posix.system', 'cposix\nsystem\n(X\x04\0\0\0lstRt.'],
    ['builtins.eval', '\x80\x04\x8c\x08builtins\x8c\x04eval\x93.'],
    ['__builtin__.getattr', 'c__builtin__\ngetattr\n.'],
    ['torch.load', 'ctorch\nload\n.'],
    ['torch.nn.Module', 'ctorch.nn\nModule\n.'],
    ['collections.deque', 'ccollections\ndeque\n.'],
    ['__proto__.constructor', 'c__proto__\nconstructor\n.'],
    ['torch.constructor', 'ctorch\nconstructor\n.'],
  ])('refuses %s by name', (name, pickle) => {
    expect(messageOf(() => machine(bytesOf(pickle)))).toBe(
      `INVALID_DATA: read: "a.pth" refers to ${JSON.stringify(name)} in its pickle. Only tensors, dictionaries, lists and plain values are read, and nothing is executed. ` +
        'Save the state dict alone: torch.save(network.state_dict(), path).',
    );
  });

  test.each([
    [
      'an unknown instruction',
      'o.',
      'has the instruction 0x6f at byte 0 of its pickle, which torch.save does not write.',
    ],
    ['an empty stack', '.', 'is damaged: its pickle is invalid before byte 1.'],
    ['no mark', 'Nt.', 'is damaged: its pickle is invalid before byte 2.'],
    ['an unknown memory', 'h\x07.', 'is damaged: its pickle is invalid before byte 2.'],
    ['a dictionary as a key', '}}Ns.', 'is damaged: its pickle is invalid before byte 4.'],
    ['a call of a text', 'X\x01\0\0\0a)R.', 'is damaged: its pickle is invalid before byte 8.'],
    ['a huge integer', '\x8b\xff\xff\xff\x7f', 'is damaged: its pickle is invalid before byte 5.'],
    ['a text beyond the end', 'X\xff\xff\xff\xffabc', 'is truncated: its pickle ends at byte 8.'],
    ['no end', 'N', 'is truncated: its pickle ends at byte 1.'],
  ])('%s', (_, pickle, fault) => {
    expect(messageOf(() => machine(bytesOf(pickle)))).toBe(`INVALID_DATA: read: "a.pth" ${fault}`);
  });

  test('endless pickles end', () => {
    expect(messageOf(() => machine(new Uint8Array(3_000_000).fill(0x4e)))).toBe(
      'INVALID_DATA: read: "a.pth" has a pickle of more than 2000000 instructions. Save the state dict alone.',
    );
  });

  test.each([
    ['collections\nOrderedDict', 'X\x01\0\0\0aN\x86'],
    ['builtins\nset', 'N'],
  ])('copies of a list by %j count as instructions', (name, item) => {
    const call = `c${name}\nh\0\x85R0`; // of the list in the memo
    const pickle = (calls: number) => bytesOf(`(${item.repeat(10_000)}tq\0`, call.repeat(calls), 'N.'); // prettier-ignore
    expect(machine(pickle(150))).toBe(null);
    expect(messageOf(() => machine(pickle(250)))).toBe(
      'INVALID_DATA: read: "a.pth" has a pickle of more than 2000000 instructions. Save the state dict alone.',
    );
  });

  test('lists that contain themselves are read and not followed for ever', () => {
    const list = machine(bytesOf('\x80\x02]q\x00h\x00a.')) as unknown[];
    expect(list[0]).toBe(list);
    const loop = withPickle(pth({}), '\x80\x02}q\x00X\x01\0\0\0ah\x00s.');
    expect(read(loop)).toBe(
      refused('has no state dict. Save the state dict: torch.save(network.state_dict(), path).'),
    );
  });

  const python = ['/usr/bin/python3', process.env.CHECK_PYTHON ?? ''].find((path) => existsSync(path));
  const content =
    "{'a': [1, -1, 255, 256, 70000, -2**31, 2**40, 2**80, -2**70], 'b': (0.5, -1e300, (), (1,), (1, 2), (1, 2, 3)), 'c': {1: None, 2: True, 3: False}, 's': {1, 2}, 'd': ['', 'ü' * 300, 'x' * 70000], 'o': collections.OrderedDict(x=1)}";

  test.skipIf(python === undefined).each([2, 3, 4, 5])(
    'reads what Python writes in protocol %i',
    (protocol) => {
      const program = `import collections, pickle, sys; sys.stdout.buffer.write(pickle.dumps(${content}, protocol=${protocol}))`;
      const value = machine(execFileSync(python!, ['-c', program])) as Map<string, unknown>;
      expect(Object.fromEntries(value)).toEqual({
        a: [1, -1, 255, 256, 70000, -(2 ** 31), 2 ** 40, 2n ** 80n, -(2n ** 70n)],
        b: [0.5, -1e300, [], [1], [1, 2], [1, 2, 3]],
        c: new Map<number, unknown>([[1, null], [2, true], [3, false]]), // prettier-ignore
        s: new Set([1, 2]),
        d: ['', 'ü'.repeat(300), 'x'.repeat(70000)],
        o: new Map([['x', 1]]),
      });
    },
  );
});
