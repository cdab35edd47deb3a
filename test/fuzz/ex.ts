import * as tf from '@tensorflow/tfjs';
import { useBackend } from '../golden/backends.js';
import { execute } from './execute.js';
import { difference } from './compare.js';
import * as ort from 'onnxruntime-node';
import { registerOnnxRuntimeBackend } from 'ts-cyclegan/backends/onnxruntime';
import { makers } from './execute.js';
const B = process.argv[2] ?? 'onnxruntime';
await useBackend(B);
makers.set(B, () =>
  registerOnnxRuntimeBackend(ort, { name: B, winograd: B === 'onnxruntime' ? 'auto' : 'always' }),
);
console.warn = () => undefined;
const programs = [
  `const x = tf.tensor([1,2,3,4],[1,2,2,1]); const w = tf.ones([1,1,1,1]); const [a,b] = tf.grads((x,w)=>tf.conv2d(x,w,2,[[0,0],[0,2],[0,2],[0,0]]))([x,w]); 
show(a);
show(b);`,
  ...[
    'tf.slice(y,[0,0],[1,1])',
    'tf.gather(y, tf.tensor1d([0],"int32"), 1)',
    'tf.pad(y,[[1,0],[0,1]])',
    'tf.reverse(y,1)',
    'tf.concat([y,y],1)',
    'tf.sum(y,1)',
    'tf.transpose(y)',
    'tf.tile(y,[2,3])',
    'tf.matMul(y,y)',
    'tf.expandDims(y)',
    'tf.cumsum(y,1)',
    'tf.argMax(y,1)',
    'tf.softmax(y)',
    'tf.split(y,1,1)[0]',
    'tf.stridedSlice(y,[0,0],[1,1])',
    'tf.mirrorPad(y,[[1,1],[0,1]],"symmetric")',
    'tf.gatherND(y, tf.tensor2d([[0]],[1,1],"int32"))',
    'tf.tensorScatterUpdate(y, tf.tensor2d([[0]],[1,1],"int32"), tf.ones([1,1]))',
    'tf.unstack(y)[0]',
    'tf.batchNorm(y, tf.tensor1d([1]), tf.tensor1d([1]))',
  ].map((e) => `const y = tf.fill([1,1],3).mul(2); const z = ${e};\nshow(z);`),
  ...[
    'tf.conv2d(y, tf.ones([1,1,1,1]),1,"same")',
    'tf.image.resizeBilinear(y,[2,2])',
    'tf.image.resizeNearestNeighbor(y,[2,3])',
    'tf.maxPool(y,1,1,0)',
    'tf.avgPool(y,1,1,"same")',
    'tf.pad(y,[[0,0],[1,0],[0,1],[0,0]])',
    'tf.depthwiseConv2d(y, tf.ones([1,1,1,2]),1,"same")',
    'tf.spaceToBatchND(y,[1,1],[[0,0],[0,0]])',
    'tf.localResponseNormalization(y)',
    'tf.image.cropAndResize(y,[[0,0,1,1]],[0],[2,2])',
    'tf.conv2d(tf.pad(y,[[0,0],[1,1],[1,1],[0,0]]), tf.ones([3,3,1,1]),1,"valid")',
    'tf.image.flipLeftRight(y)',
    'tf.reverse(y,2)',
    'tf.depthToSpace(tf.tile(y,[1,1,1,4]),2)',
  ].map((e) => `const y = tf.fill([1,1,1,1],3).mul(2); const z = ${e};\nshow(z);`),
  `const x = tf.tensor([1,-2,3],[3,1]); const a = tf.tensor([2,3],[2]); const z = tf.prelu(x,a);\nshow(z);\nconst g = tf.grads((x,a)=>tf.prelu(x,a))([x,a]); const [g0,g1]=g;\nshow(g0);\nshow(g1);`,
  `const x = tf.fill([2,2],-2); const a = tf.tensor([2,3],[2]); const z = tf.prelu(x,a);\nshow(z);`,
  `const x = tf.tensor([1,2],[1,1,2,1]); const w = tf.ones([1,4,1,1]); const [a,b] = tf.grads((x,w)=>tf.conv2d(x,w,[3,2],1,'NHWC',1,'floor'))([x,w]);\nshow(a);\nshow(b);`,
  `const x = noise([2,4,1,17],3); const w = noise([4,1,17,17],4); const [a,b] = tf.grads((x,w)=>tf.conv2d(x,w,[1,3],[[0,0],[3,0],[2,3],[0,0]],'NHWC',1,'floor'))([x,w]);\nshow(a);\nshow(b);`,
  `const x = noise([1,2,2,1],3); const w = noise([3,3,1,1],4); const z = tf.conv2d(x,w,1,'valid');\nshow(z);\nconst [a,b] = tf.grads((x,w)=>tf.conv2d(x,w,1,'valid'))([x,w]);\nshow(a);\nshow(b);`,
  `const x = noise([1,2,2,1],3); const w = noise([4,4,1,1],4); const z = tf.conv2d(x,w,1,'valid');\nshow(z);`,
  ...['max', 'avg'].flatMap((k) => [
    `const x = noise([1,4,3,2],3); const z = tf.${k}Pool(x,2,3,[[0,0],[2,3],[3,2],[0,0]],'floor');\nshow(z);\nconst g = tf.grad((x)=>tf.${k}Pool(x,2,3,[[0,0],[2,3],[3,2],[0,0]],'floor'))(x);\nshow(g);`,
    `const x = tf.tensor([1,2,3,4],[1,2,2,1]); const z = tf.${k}Pool(x,1,2,[[0,0],[0,2],[0,2],[0,0]],'floor');\nshow(z);\nconst g = tf.grad((x)=>tf.${k}Pool(x,1,2,[[0,0],[0,2],[0,2],[0,0]],'floor'))(x);\nshow(g);`,
  ]),
  `const x = tf.tensor([NaN,NaN,NaN,NaN,1,2,NaN,3],[1,4,2,1]); const g = tf.grad((x)=>tf.maxPool(x,2,2,'valid'))(x);\nshow(g);`,
];
for (const p of programs) {
  const lines = p.split('\n');
  const d = difference(lines, B);
  if (d) {
    console.log(p, '\n   =>', d);
    const o = execute(lines, B);
    console.log(
      o.shown.map((s) => JSON.stringify([s.shape, [...(s.values as number[])].map(String)])).join(' '),
      o.error ? String(o.error) : '',
    );
  }
}
process.exit(0);
