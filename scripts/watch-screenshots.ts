/**
 * Writes docs/images/watching.png and docs/images/watching-phone.png: the page of `watch` for a run folder.
 *
 *     node --import tsx test/watch/fixtures/record.ts runs demo &
 *     node --import tsx scripts/watch-screenshots.ts runs/demo
 */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { watch } from '../src/watch/watch.js';
import { launchChromium } from '../test/support/chromium.js';

const image = (name: string) => fileURLToPath(new URL(`../docs/images/${name}.png`, import.meta.url));

const looks = [
  { name: 'watching', width: 1280, height: 900, scale: 1.5, colorScheme: 'light' },
  { name: 'watching-phone', width: 390, height: 844, scale: 2, colorScheme: 'dark' },
] as const;

const [folder] = process.argv.slice(2);
const { url, close } = await watch({ runs: [folder!], port: 0 });
const browser = await launchChromium();
for (const { name, width, height, scale, colorScheme } of looks) {
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: scale, colorScheme });
  await page.goto(url);
  await page.waitForSelector('body[data-ready]');
  await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.sheets img')?.complete);
  await page.waitForTimeout(1500);
  const png = await page.screenshot();
  await sharp(png).png({ palette: true, colours: 128, effort: 10, dither: 0 }).toFile(image(name));
  await page.close();
}
await browser.close();
await close();
