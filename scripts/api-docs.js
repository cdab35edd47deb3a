/**
 * A plugin of TypeDoc. Public symbols get a category by the file that declares them, so that no docstring
 * has to repeat it. Guides are named by their first heading instead of their file, and get a category, too.
 */
import { Comment, CommentTag, Converter } from 'typedoc';

/** The first path that a symbol's file starts with is its category. Files that are not here are an error. */
const categories = Object.entries({
  'src/models/cyclegan': 'Models',
  'src/models/translator.ts': 'Models',
  'src/models/any-size.ts': 'Models',
  'src/models/bundle.ts': 'Models',
  'src/models/saved-cyclegan.ts': 'Models',
  'src/models/image-to-image-options.ts': 'Models',
  'src/models/pix2pix': 'Models',
  'src/models/cut': 'Models',
  'src/models/gan': 'Models',
  'src/translate/': 'Models',
  'src/models/': 'Networks',
  'src/trainer/callbacks/': 'Callbacks',
  'src/trainer/engine/callback.ts': 'Callbacks',
  'src/trainer/engine/history.ts': 'Callbacks',
  'src/trainer/algorithms/cyclegan/sample-images.ts': 'Callbacks',
  'src/trainer/algorithms/cut/sample-translations.ts': 'Callbacks',
  'src/node/callbacks/': 'Callbacks',
  'src/node/sheets/contact-sheet.ts': 'Files',
  'src/node/sheets/': 'Callbacks',
  'src/node/runs/': 'Runs',
  'src/trainer/': 'Training',
  'src/data/': 'Data',
  'src/browser/images/': 'Data',
  'src/browser/models/': 'Models',
  'src/browser/engines/': 'Backend',
  'src/browser/storage/': 'Training',
  'src/browser/worker/worker-training.ts': 'Training',
  'src/browser/worker/': 'Models',
  'src/blocks/': 'Blocks',
  'src/layers/': 'Layers',
  'src/losses/': 'Losses',
  'src/augment/': 'Training',
  'src/metrics/': 'Metrics',
  'src/node/evaluate/': 'Metrics',
  'src/node/datasets/': 'Data',
  'src/node/': 'Files',
  'src/interop/': 'Files',
  'src/backends/': 'Backend',
  'src/core/border.ts': 'Blocks',
  'src/core/convention.ts': 'Networks',
  'src/core/draws.ts': 'Randomness',
  'src/core/errors.ts': 'Errors',
  'src/core/random.ts': 'Randomness',
});

function categorize(symbol, path) {
  const [, category] = categories.find(([start]) => path.startsWith(start)) ?? [];
  if (!category) throw new Error(`${symbol.name} needs a category: add ${path} to scripts/api-docs.js`);
  const text = { kind: 'text', text: category };
  symbol.comment ??= new Comment();
  symbol.comment.blockTags.push(new CommentTag('@category', [text]));
}

/** The first pattern that the path of a guide, without its extension, matches is its category. All others are in 'Guides'. */
const guideCategories = [
  [/zh-TW/, '正體中文'],
  [/^examples\//, 'Examples'],
  [/^docs\/(start-.+|own-images)$/, 'Start'],
  [/^(docs\/(naming|losses|benchmark|onnxruntime.*|overview)|CONTRIBUTING)$/, 'Reference'],
];

function nameByHeading(guide) {
  const [, category] = guideCategories.find(([pattern]) => pattern.test(guide.name)) ?? [];
  const [{ text }] = guide.content;
  guide.name = /^# (.+)$/m.exec(text)[1];
  guide.frontmatter.category = category ?? 'Guides';
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    project.documents.forEach(nameByHeading);
    for (const entry of project.children) {
      for (const symbol of entry.children) {
        categorize(symbol, project.getSymbolIdFromReflection(symbol).packagePath);
      }
    }
  });
}
