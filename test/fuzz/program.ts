/** Random programs: lines of JavaScript that call tfjs and `show` tensors. */
import * as tf from '@tensorflow/tfjs';
import { Random } from '../../src/core/random.js';
import { Drawing, type Expression, type Known } from './drawing.js';
import { complex } from './operations/complex.js';
import { elementwise } from './operations/elementwise.js';
import { type Operations } from './operations/operation.js';
import { reductions } from './operations/reductions.js';
import { scopes } from './operations/scopes.js';
import { shapes } from './operations/shapes.js';
import { strings } from './operations/strings.js';
import { useSync } from './use-sync.js';
import { convolutions, windowed } from './operations/windows.js';

/** A program as text, line by line. */
export type Program = readonly string[];

const all: readonly Operations[] = [
  elementwise, elementwise, elementwise, shapes, shapes, shapes, reductions, reductions, windowed, complex, scopes, scopes, strings,
]; // prettier-ignore

/** A program of many operations. */
export const randomProgram = (seed: number): Program =>
  draw(seed, (d) => {
    const steps = d.between(2, 14);
    for (let i = 0; i < steps; i++) step(d, () => d.pick(d.pick(all)).draw(d));
    finish(d);
  });

/** A convolution, and nearly always its gradients. */
export const randomConvolution = (seed: number): Program =>
  draw(seed, (d) => {
    if (d.chance(0.2))
      d.add({
        code: `tf.pad(${d.leaf({ types: ['float32'], ranks: [4] }).name}, [[0, 0], [1, 0], [0, 1], [0, 0]])`,
        exact: true,
      });
    const operation = d.pick(convolutions);
    if (operation.smooth !== true || d.chance(0.2)) operate(d, operation.draw(d));
    else gradient(d, [operation]);
    finish(d);
  });

function draw(seed: number, body: (d: Drawing) => void): Program {
  const d = new Drawing(new Random(seed));
  useSync('cpu');
  tf.tidy(() => body(d));
  tf.disposeVariables();
  return d.lines;
}

function operate(d: Drawing, expression: Expression): void {
  d.add(expression);
}

/** Adds a line, or a few. */
function step(d: Drawing, expression: () => Expression): void {
  const kind = d.random.uniform();
  if (kind < 0.7) operate(d, expression());
  else if (kind < 0.84) gradient(d, all.flat());
  else if (kind < 0.9) variable(d);
  else if (kind < 0.95) show(d);
  else dispose(d);
}

/** A gradient of a few operations in a row, with respect to all float32 tensors that go in. */
function gradient(d: Drawing, operations: Operations): void {
  const smooth = operations.filter((operation) => operation.smooth === true);
  const known = d.known.length;
  const steps = d.between(1, operations.length === 1 ? 1 : 3);
  let result: Known | undefined;
  const inner: string[] = [];
  for (let i = 0; i < steps; i++) {
    const [added] = d.add(d.pick(smooth).draw(d)).filter(({ tensor }) => tensor.dtype === 'float32');
    if (added === undefined) continue;
    result = added;
    inner.push(d.lines.pop()!); // leaves that it took stay outside
  }
  if (result === undefined) return;
  const names = d.known
    .slice(known)
    .filter(({ name }) => inner.some((line) => line.startsWith(`const ${name} =`)));
  const inside = new Set(names.map(({ name }) => name));
  for (const one of names) d.known.splice(d.known.indexOf(one), 1);
  const body = inner.join(' ');
  const inputs = d.known.filter(
    ({ name, tensor }) =>
      !inside.has(name) && tensor.dtype === 'float32' && new RegExp(`\\b${name}\\b`).test(body),
  );
  if (inputs.length === 0) return;
  const parameters = inputs.map(({ name }) => name).join(', ');
  const dy = d.chance(0.6) ? `, ${d.leaf({ types: ['float32'], shape: result.tensor.shape }).name}` : '';
  d.add({
    code: `tf.grads((${parameters}) => { ${body} return ${result.name}; })([${parameters}]${dy})`,
    exact: false,
    count: inputs.length,
  });
}

/** A new variable, or a new value of one. */
function variable(d: Drawing): void {
  const variables = d.known.filter(({ isVariable }) => isVariable);
  if (variables.length === 0 || d.chance(0.4)) {
    const x = d.tensor({ types: ['float32', 'int32', 'bool'] });
    d.add({ code: `tf.variable(${x.name})`, exact: x.exact });
    return;
  }
  const v = d.pick(variables);
  const { dtype, shape } = v.tensor;
  const other = d.tensor({ types: [dtype], shape });
  const code =
    dtype === 'float32' && d.chance(0.3)
      ? `((o) => { o.minimize(() => tf.sum(tf.square(tf.sub(${v.name}, ${other.name}))), false, [${v.name}]); o.dispose(); })(tf.train.${d.pick(['sgd(0.5)', 'adagrad(0.5)', 'adam(0.25)', 'rmsprop(0.25)'])})`
      : `${v.name}.assign(${dtype === 'bool' ? other.name : `tf.add(${v.name}, ${other.name})`})`;
  if (code.includes('minimize') && v.tensor.size === 0) return;
  d.lines.push(`${code};`);
  run(d, code);
  v.exact = false;
}

/** Runs a line for its effect. */
function run(d: Drawing, code: string): void {
  d.evaluate(`(${code}, [])`);
}

function show(d: Drawing): void {
  if (d.known.length > 0) d.lines.push(`show(${d.pick(d.known).name});`);
}

function dispose(d: Drawing): void {
  const candidates = d.known.filter(({ isVariable }) => !isVariable);
  if (candidates.length === 0) return;
  const one = d.pick(candidates);
  d.known.splice(d.known.indexOf(one), 1);
  d.lines.push(`${one.name}.dispose();`);
}

/** Shows what is left in some order, or some of it: what nobody wants is computed in other ways. */
function finish(d: Drawing): void {
  const made = new Set(
    d.lines.flatMap(
      (line) => /^const (\[?[^=]*) = (?!tf\.tensor\(|noise\()/.exec(line)?.[1]!.match(/v\d+/g) ?? [],
    ),
  );
  const rest = d.known.filter(({ name }) => made.has(name));
  if (d.chance(0.3))
    for (const { name } of d.known.filter(({ isVariable }) => !isVariable))
      if (d.chance(0.2) && !rest.some((one) => one.name === name)) d.lines.push(`${name}.dispose();`);
  const order = d.random.permutation(rest.length).map((i) => rest[i]!);
  const shown = d.chance(0.5) ? order : order.filter((one) => one === rest.at(-1) || d.chance(0.4));
  for (const { name } of shown) d.lines.push(`show(${name});`);
}
