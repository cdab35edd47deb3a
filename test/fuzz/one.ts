import { randomProgram, randomConvolution } from './program.js';
import { useBackend } from '../golden/backends.js';
await useBackend('cpu');
console.log(
  (process.argv[3] === 'c' ? randomConvolution : randomProgram)(Number(process.argv[2])).join('\n'),
);
