/** The input and the output of an ONNX model: layouts of images, 8-bit levels, element types. */
import { type GraphWriter, imageOrder, plainOrder, type Stored } from './writer.js';

/** How images go in and come out. */
export interface Ends {
  readonly layout: 'NCHW' | 'NHWC';
  /** Levels 0..255 instead of float32 values in [−1, 1]. */
  readonly uint8: boolean;
}

/** The order of the axes of the input or output. Vectors have no layout. */
export const orderOf = ({ layout }: Ends, rank: number): readonly number[] =>
  rank === 4 && layout === 'NCHW' ? imageOrder : plainOrder(rank);

/** Whether a value of this rank goes in or comes out as levels: images do, vectors of noise do not. */
export const isLevels = ({ uint8 }: Ends, rank: number): boolean => uint8 && rank === 4;

const cast = (writer: GraphWriter, name: string, x: string, type: 'float32' | 'float16' | 'uint8'): string =>
  writer.node('Cast', name, [x], { to: { int: { float32: 1, uint8: 2, float16: 10 }[type] } });

/** Writes the nodes after the input `input`. Returns the value that the network is applied to. */
export function writeInput(writer: GraphWriter, ends: Ends, rank: number): Stored {
  let name = 'input';
  if (isLevels(ends, rank)) {
    name = cast(writer, 'input/levels', name, 'float32');
    name = writer.node('Div', 'input/scaled', [name, writer.scalar(127.5)]);
    name = writer.node('Sub', 'input/centred', [name, writer.scalar(1)]);
  }
  if (writer.float === 'float16') name = cast(writer, 'input/float16', name, 'float16');
  return { name, order: orderOf(ends, rank) };
}

/** Writes the nodes before the output, and names it `output`. */
export function writeOutput(writer: GraphWriter, ends: Ends, value: Stored): void {
  const rank = value.order.length;
  let name = writer.ordered(value, orderOf(ends, rank));
  if (writer.float === 'float16') name = cast(writer, 'output/float32', name, 'float32');
  if (isLevels(ends, rank)) {
    name = writer.node('Add', 'output/centred', [name, writer.scalar(1)]);
    name = writer.node('Mul', 'output/scaled', [name, writer.scalar(127.5)]);
    name = writer.node('Round', 'output/rounded', [name]);
    name = writer.node('Clip', 'output/levels', [name, writer.scalar(0), writer.scalar(255)]);
    name = cast(writer, 'output/uint8', name, 'uint8');
  }
  writer.nameOutput(name);
}
