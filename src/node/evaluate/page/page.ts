/** The page of a report: one HTML file with its images, which needs no network. */
import type { Report } from '../report.js';
import { allScores, figures } from './figures.js';
import { text } from './html.js';
import { comparison, ownImages, type ShownImages } from './images.js';
import { notes } from './notes.js';
import { style } from './style.js';

/** The page as HTML. */
export function pageOf(report: Report, images: ShownImages): string {
  const { models, data, created, engine, pairs } = report;
  const used = new Set(models.flatMap(({ directions }) => directions.map(({ direction }) => direction)));
  const directions = [...used];
  const sections = [
    titled('Figures', [...directions.map((direction) => figures(models, direction)), notes(report)]),
    ...(models.length > 1
      ? [titled('Comparison', directions.map((direction) => comparison(models, images, direction)))]
      : []),
    ...models.map((model, i) => ownImages(model, images[i]!)),
    titled('Scores of each image', [allScores(models)]),
  ]; // prettier-ignore
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation: ${text(models.map(({ path }) => path).join(', '))}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Evaluation</h1>
<p>Test images of <code>${text(data)}</code>${pairs ? ', in pairs' : ''}. ${text(created.slice(0, 10))}, ${text(engine)}.</p>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

const titled = (title: string, parts: readonly string[]): string =>
  `<section><h2>${title}</h2>\n${parts.join('\n')}\n</section>`;
