/**
 * Writes both generators of a saved CycleGAN, with weights of 16 bits, to the folder that the page loads:
 *
 *     npm run model -- ../../runs/demo/model
 */
import '@tensorflow/tfjs-backend-cpu';
import { CycleGAN } from 'ts-cyclegan';
import { fileSystem } from 'ts-cyclegan/node';

const [folder = '../../runs/demo/model', to = 'public/model'] = process.argv.slice(2);
const model = await CycleGAN.load(fileSystem(folder));
for (const direction of ['AtoB', 'BtoA']) {
  await model.save(fileSystem(`${to}/${direction}`), { direction, dtype: 'float16' });
}
