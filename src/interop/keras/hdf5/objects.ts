/** Groups and datasets of an HDF5 file. */
import { dataTypeAt, floatsAt, shapeAt, textsAt } from './values.js';
import type { Source } from './source.js';

/** A dataset of floats. */
export interface H5Dataset {
  readonly shape: readonly number[];
  /** Reads the values, as float32. */
  values(): Float32Array;
}

/** A group: a folder with named members and attributes. */
export interface H5Group {
  /** The names of the members. */
  readonly names: readonly string[];
  /** A member that is a group; undefined if there is none. */
  group(name: string): H5Group | undefined;
  /** A member that is a dataset, by its path; undefined if there is none. */
  dataset(path: string): H5Dataset | undefined;
  /** The texts of an attribute; undefined if there is none. */
  texts(name: string): string[] | undefined;
}

/** Kinds of messages in the header of an object. */
const kinds = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  link: 6,
  layout: 8,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
};

interface Message {
  kind: number;
  at: number;
  size: number;
}

/** The messages of the object whose header begins at a byte. */
function messagesAt(source: Source, header: number): Message[] {
  if (source.has(header, 'OHDR')) source.refuse(newer);
  if (source.byte(header) !== 1) source.damaged('an object', header);
  const count = source.uint16(header + 2);
  const blocks = [{ at: header + 16, size: source.uint32(header + 8) }];
  const messages: Message[] = [];
  for (const { at: start, size: blockSize } of blocks) {
    source.check(start, blockSize);
    for (let at = start; at + 8 <= start + blockSize && messages.length < count;) {
      const message = { kind: source.uint16(at), at: at + 8, size: source.uint16(at + 2) };
      const isShared = (source.byte(at + 4) & 2) !== 0;
      source.check(message.at, message.size);
      if (message.kind === kinds.continuation) {
        blocks.push({ at: source.uint64(message.at), size: source.uint64(message.at + 8) });
      }
      messages.push(isShared ? { ...message, kind: -1 } : message);
      at = message.at + message.size;
    }
  }
  return messages;
}

/** Files of the newer formats of HDF5. No version of Keras writes them. */
export const newer =
  'is in a newer format of HDF5 than the one that Keras writes. Load it in Keras, and save it again with model.save_weights.';

/** Groups within groups. */
export const mostLevels = 16;

const find = (messages: readonly Message[], kind: number): Message | undefined =>
  messages.find((message) => message.kind === kind);

const countOf = (shape: readonly number[]): number => shape.reduce((count, n) => count * n, 1);

/** The group whose header begins at a byte. */
export function groupAt(source: Source, header: number): H5Group {
  const messages = messagesAt(source, header);
  const table = find(messages, kinds.symbolTable);
  if (find(messages, kinds.linkInfo) ?? find(messages, kinds.link)) source.refuse(newer);
  if (table === undefined) source.damaged('a group', header);
  const members = membersOf(source, source.uint64(table.at), source.uint64(table.at + 8));
  const isGroup = (at: number) => find(messagesAt(source, at), kinds.layout) === undefined;
  const group = (name: string) => {
    const at = members.get(name);
    return at === undefined || !isGroup(at) ? undefined : groupAt(source, at);
  };
  return {
    names: [...members.keys()],
    group,
    dataset: (path) => {
      const [first, ...rest] = path.split('/') as [string, ...string[]];
      if (rest.length > mostLevels) return undefined;
      if (rest.length > 0) return group(first)?.dataset(rest.join('/'));
      const at = members.get(first);
      return at === undefined || isGroup(at) ? undefined : datasetAt(source, at, first);
    },
    texts: (name) => textsOf(source, messages, name),
  };
}

/** Names and addresses of a group's members: the leaves of a B-tree; the names are in a heap. */
function membersOf(source: Source, tree: number, heap: number): Map<string, number> {
  if (!source.has(heap, 'HEAP')) source.damaged('a heap of names', heap);
  const names = source.uint64(heap + 24);
  const members = new Map<string, number>();
  const leaf = (at: number) => {
    if (!source.has(at, 'SNOD')) source.damaged('a part of a group', at);
    const count = source.uint16(at + 6);
    for (let entry = at + 8; entry < at + 8 + 40 * count; entry += 40) {
      const name = source.textUntilZero(names + source.uint64(entry));
      if (members.has(name)) source.refuse(`is damaged: a group has two members ${JSON.stringify(name)}.`);
      const isLink = source.uint32(entry + 16) === 2;
      if (!isLink) members.set(name, source.uint64(entry + 8));
    }
  };
  const node = (at: number, level: number) => {
    if (!source.has(at, 'TREE') || source.byte(at + 4) !== 0 || source.byte(at + 5) !== level) {
      source.damaged('a part of a group', at);
    }
    const count = source.uint16(at + 6);
    for (let i = 0; i < count; i++) {
      const child = source.uint64(at + 32 + 16 * i);
      if (level === 0) leaf(child);
      else node(child, level - 1);
    }
  };
  node(tree, source.byte(tree + 5));
  return members;
}

function datasetAt(source: Source, header: number, name: string): H5Dataset {
  const what = `the dataset ${JSON.stringify(name)}`;
  const messages = messagesAt(source, header);
  const [space, element, layout] = [kinds.dataspace, kinds.datatype, kinds.layout].map((kind) =>
    find(messages, kind),
  );
  if (space === undefined || element === undefined || layout === undefined) {
    return source.damaged(what, header);
  }
  const shape = shapeAt(source, space.at);
  const type = dataTypeAt(source, element.at);
  return {
    shape,
    values: () => {
      if (!type.kind.startsWith('float')) {
        source.refuse(`has ${what} of another type than little-endian float16, float32 and float64.`);
      }
      const [version, storage] = [source.byte(layout.at), source.byte(layout.at + 1)];
      if ((version !== 3 && version !== 4) || storage > 1) {
        source.refuse(`has ${what} in chunks or compressed, which Keras does not write. Save the weights again with model.save_weights.`); // prettier-ignore
      }
      const count = countOf(shape);
      const isCompact = storage === 0;
      const size = isCompact ? source.uint16(layout.at + 2) : source.uint64(layout.at + 10);
      if (size !== count * type.size) source.damaged(`${what} with ${count} elements`, layout.at);
      return floatsAt(source, isCompact ? layout.at + 4 : source.uint64(layout.at + 2), count, type);
    },
  };
}

/** The texts of the attribute `name`. */
function textsOf(source: Source, messages: readonly Message[], name: string): string[] | undefined {
  for (const { kind, at, size } of messages) {
    if (kind !== kinds.attribute) continue;
    const version = source.byte(at);
    if (version < 1 || version > 3) source.damaged('an attribute', at);
    // Version 1 pads each part to a multiple of 8 bytes; version 3 has one byte more.
    const padded = (part: number) => (version === 1 ? Math.ceil(part / 8) * 8 : part);
    const sizes = [2, 4, 6].map((offset) => source.uint16(at + offset)) as [number, number, number];
    const start = at + (version === 3 ? 9 : 8);
    if (source.text(start, sizes[0]) !== name) continue;
    const typeAt = start + padded(sizes[0]);
    const spaceAt = typeAt + padded(sizes[1]);
    const valuesAt = spaceAt + padded(sizes[2]);
    const count = countOf(shapeAt(source, spaceAt));
    if (count === 0) return [];
    const type = dataTypeAt(source, typeAt);
    const isText = type.kind === 'text' || type.kind === 'heap text';
    if (!isText || valuesAt + count * type.size > at + size) {
      source.damaged(`the attribute ${JSON.stringify(name)} with texts`, at);
    }
    return textsAt(source, valuesAt, count, type);
  }
  return undefined;
}
