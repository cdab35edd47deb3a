import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // the built page works in any folder of a site
  appType: 'mpa', // a missing model answers 404, not with the page
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 }, // TensorFlow.js with two backends
});
