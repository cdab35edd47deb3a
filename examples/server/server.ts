/**
 * An HTTP service that translates uploads.
 *
 *     npm start -- --model runs/first/model
 */
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { createApp } from './app.js';
import { Translations } from './translations.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'model' }, // a folder with model.json
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8080' },
    batch: { type: 'string', default: '8' }, // images that are translated together
    bytes: { type: 'string', default: '8000000' }, // of an upload
    pixels: { type: 'string', default: '1000000' }, // of an upload, and of a batch
    uploads: { type: 'string', default: '64' }, // that are received or wait
    patience: { type: 'string', default: '30' }, // seconds for slow clients, and for stopping
  },
});
const [port, batch, bytes, pixels, uploads, seconds] = (
  ['port', 'batch', 'bytes', 'pixels', 'uploads', 'patience'] as const
).map((name) => Number(values[name])) as [number, number, number, number, number, number];
const patience = 1000 * seconds;

const translations = await Translations.start(values.model, { batch, pixels });
const { server, stop } = createApp(translations, { bytes, pixels, uploads, patience });
server.listen(port, values.host, () => {
  console.log(`listening on http://${values.host}:${(server.address() as AddressInfo).port}`);
});

// A supervisor (systemd, Docker, Kubernetes) starts the service again.
translations.onCrash(() => {
  console.error("the model's process has ended");
  process.exit(1);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    console.log(`${signal}: answering what was accepted`);
    const late = setTimeout(() => {
      console.error('some clients were too slow');
      process.exit(1);
    }, patience);
    void stop().then(() => {
      clearTimeout(late);
      translations.stop();
      console.log('stopped');
    });
  });
}
