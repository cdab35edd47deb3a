/**
 * Who may import whom. Each folder of `src` may import itself and the folders listed for it;
 * type-only imports follow the same rule. `test/tools/import-rules.test.ts` tries the rules.
 */
const mayImport = {
  core: [],
  onnx: ['core'],
  layers: ['core'],
  losses: ['core'],
  augment: [],
  data: ['core'],
  blocks: ['layers', 'core'],
  models: ['blocks', 'layers', 'losses', 'core'],
  translate: ['models', 'layers', 'core'],
  trainer: ['models', 'losses', 'augment', 'layers', 'data', 'core'],
  backends: ['onnx', 'core'],
  interop: ['onnx', 'models', 'layers', 'core'],
  metrics: ['data', 'core'],
  browser: ['backends', 'trainer', 'translate', 'models', 'layers', 'data', 'core'],
  node: ['trainer', 'translate', 'models', 'layers', 'data', 'interop', 'metrics', 'core'],
  watch: ['node', 'trainer', 'core'],
  cli: [
    'watch',
    'node',
    'backends',
    'trainer',
    'translate',
    'interop',
    'metrics',
    'models',
    'losses',
    'layers',
    'data',
    'core',
  ],
};
/** The rooms of `src/trainer`, and what each may import. An algorithm imports no other algorithm. */
const trainerRooms = {
  'trainer/engine': ['layers', 'data', 'core'],
  'trainer/callbacks': ['trainer/engine', 'core'],
  'trainer/algorithms': ['trainer/engine', 'models', 'losses', 'augment', 'layers', 'data', 'core'],
};
const folders = Object.keys(mayImport);
/** The rooms of `src/node`, and what each may import besides the portable folders. `index.ts` lists their public names. */
const nodeRooms = {
  'node/files': [],
  'node/images': ['node/files'],
  'node/sheets': ['node/images', 'node/files'],
  'node/callbacks': [],
  'node/translate': ['node/sheets', 'node/images', 'node/files'],
  'node/runs': ['node/evaluate', 'node/sheets', 'node/callbacks', 'node/images', 'node/files'],
  'node/evaluate': ['node/sheets', 'node/images', 'node/files'],
  'node/datasets': ['node/sheets', 'node/images', 'node/files'],
  'node/interop': ['node/files'],
};
/** The rooms of `src/browser`, and what each may import besides the portable folders. `index.ts` lists their public names. */
const browserRooms = {
  'browser/net': [],
  'browser/images': ['browser/net'],
  'browser/models': ['browser/net'],
  'browser/storage': ['browser/images'],
  'browser/engines': ['browser/storage'],
  'browser/worker': ['browser/engines', 'browser/storage', 'browser/models', 'browser/images'],
};
/** The rooms of `src/watch`: the page is a program of its own, and notes are functions of data alone. */
const watchRooms = {
  'watch/page': { may: 'watch/(page/|protocol)' },
  'watch/notes': { may: 'watch/(notes/|protocol)' },
  'watch/server': { may: '(watch/(server/|notes/|protocol)|node/runs/end-of)' },
};
/**
 * The rooms of the ONNX Runtime backend, from the lowest to the highest: each may import itself, those before it, and what
 * backends may import. The files beside them (backend, views, register …) may import all.
 */
const rooms = ['lowering', 'kernels', 'passes', 'runtime', 'recording', 'compiler', 'execution'];
const backend = '^src/backends/onnxruntime/';
/** Everything but `node`, `watch` and `cli` runs in browsers too; `index.ts` lists names of the library's own folders. */
const portable = folders.filter(
  (folder) => !['browser', 'node', 'watch', 'cli', 'backends', 'onnx'].includes(folder),
);
const oneOf = (names) => `(${names.join('|')})`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...folders.map((folder) => ({
      name: `${folder}-imports`,
      comment: `src/${folder} may import only: ${[folder, ...mayImport[folder]].join(', ')}`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/${oneOf([folder, ...mayImport[folder]])}/` },
    })),
    ...Object.entries(trainerRooms).map(([room, others]) => ({
      name: `${room}-imports`,
      comment: `src/${room} may import only: ${[room, ...others].join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/${oneOf([room, ...others])}/` },
    })),
    ...Object.entries(nodeRooms).map(([room, others]) => ({
      name: `${room}-imports`,
      comment: `src/${room} may import only: ${[room, ...others, ...mayImport.node].join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/${oneOf([room, ...others, ...mayImport.node])}/` },
    })),
    ...Object.entries(browserRooms).map(([room, others]) => ({
      name: `${room}-imports`,
      comment: `src/${room} may import only: ${[room, ...others, ...mayImport.browser].join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/${oneOf([room, ...others, ...mayImport.browser])}/` },
    })),
    ...Object.entries(watchRooms).map(([room, { may }]) => ({
      name: `${room}-imports`,
      comment: `src/${room} may import only: ${may}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/${may}` },
    })),
    {
      name: 'node-unknown-room',
      comment: 'a new folder of src/node needs a place in this file',
      severity: 'error',
      from: { path: '^src/node/[^/]+/', pathNot: `^src/${oneOf(Object.keys(nodeRooms))}/` },
      to: {},
    },
    {
      name: 'browser-unknown-room',
      comment: 'a new folder of src/browser needs a place in this file',
      severity: 'error',
      from: { path: '^src/browser/[^/]+/', pathNot: `^src/${oneOf(Object.keys(browserRooms))}/` },
      to: {},
    },
    {
      name: 'algorithms-apart',
      comment: 'each algorithm is a folder of its own; what they share lies beside the folders',
      severity: 'error',
      from: { path: '^src/trainer/algorithms/([^/]+)/' },
      to: { path: '^src/trainer/algorithms/[^/]+/', pathNot: '^src/trainer/algorithms/$1/' },
    },
    ...rooms.map((room, i) => ({
      name: `backend-${room}-imports`,
      comment: `${room} of the ONNX Runtime backend may import only: ${rooms.slice(0, i + 1).join(', ')}`,
      severity: 'error',
      from: { path: `${backend}${room}/` },
      to: { path: backend, pathNot: `${backend}${oneOf(rooms.slice(0, i + 1))}/` },
    })),
    {
      name: 'backend-unknown-room',
      comment: 'a new folder of the ONNX Runtime backend needs a place in this file',
      severity: 'error',
      from: { path: `${backend}[^/]+/`, pathNot: `${backend}${oneOf(rooms)}/` },
      to: {},
    },
    {
      name: 'index-imports',
      comment: 'src/index.ts lists names of the portable folders',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '.', pathNot: `^src/${oneOf(portable)}/` },
    },
    {
      name: 'unknown-folder',
      comment: 'a new folder of src needs a row in this file',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(index\\.ts$|${oneOf(folders)}/)` },
      to: {},
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'portable',
      comment:
        'everything but src/node, src/watch, src/cli, and the program of worker threads in Node, runs in browsers too: no Node modules, no native packages. Engines of pages and the writer of HDF5 are optional packages',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/(node|watch|cli)/',
          '^src/browser/engines/candidates\\.ts$',
          '^src/interop/keras/h5wasm\\.ts$',
          `${backend}runtime/thread-program\\.ts$`,
        ],
      },
      to: { dependencyTypes: ['core', 'npm-optional', 'npm-peer'], pathNot: '@tensorflow/' },
    },
    {
      name: 'no-umbrella',
      comment: 'of TensorFlow.js, src imports tfjs-core and tfjs-layers only: the user chooses the backend',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/browser/engines/candidates\\.ts$' },
      to: { path: '@tensorflow/', pathNot: '@tensorflow/tfjs-(core|layers)(/|$)' },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'what src imports, users must get: dependencies, optional ones or peers',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'],
        dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional', 'core', 'local'],
        pathNot: 'node_modules/(pbf|uplot|hono|@hono/node-server)/', // part of the bundle
      },
    },
    {
      name: 'by-name-only',
      comment:
        'programs and tests of the package import it by its name; the comparison of recipes uses the images of the demo',
      severity: 'error',
      from: { path: '^(examples|bench|test/package)/', pathNot: '^bench/quality/' },
      to: { path: '^src/', pathNot: '^src/onnx/', dependencyTypesNot: ['aliased'] }, // ONNX models have no name
    },
    {
      name: 'not-from-src',
      comment: 'the library stands alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|examples|bench|docs)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|docs/api)/' },
  },
};
