/**
 * A real Chromium for tests, from npm alone: the package's compressed binaries are unpacked once into node_modules/.cache.
 * They come with SwiftShader, so WebGPU and WebGL 2 run in software on a machine without a GPU.
 * The package is for linux x64; elsewhere, or where CHROME_PATH says so, an installed Chrome is used. Nothing is ever skipped.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser, type LaunchOptions } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, 'node_modules/.cache');
const folder = join(cache, 'chromium-147.0.0');

const devices = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--ignore-gpu-blocklist',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream', // the person accepts it
];

/** Whether the npm package has a Chromium (and a SwiftShader) for this machine. */
export const hasPackagedChromium = process.platform === 'linux' && process.arch === 'x64';

/**
 * Unpacks the npm package and returns the folder: `chromium`, its fonts, the libraries it needs (`al2023/lib`) and SwiftShader.
 * Unpacking into a folder of one's own and renaming it keeps two test files from seeing a half written binary.
 */
export async function unpackChromium(): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(`${folder}-`);
  // The package unpacks into the temporary folder, and its libraries only on what looks like a lambda.
  const env = { ...process.env, TMPDIR: partial, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  const program = `await (await import('@sparticuz/chromium')).default.executablePath()`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: root, env });
  // Its font configuration names /tmp/fonts, and without any font Chromium ends at the first word.
  const fonts = `<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts/cache</cachedir></fontconfig>`;
  await writeFile(join(partial, 'fonts/fonts.conf'), fonts);
  await rename(partial, folder).catch(async (error: unknown) => {
    await rm(partial, { recursive: true });
    if (!existsSync(folder)) throw error; // else another test file was first
  });
  return folder;
}

/** Starts Chromium, headless, with software WebGPU, WebGL 2 and a camera that shows a test image. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ ...(await browserOptions()), headless: true });
}

async function browserOptions(): Promise<LaunchOptions> {
  const { CHROME_PATH } = process.env;
  if (CHROME_PATH) return { executablePath: CHROME_PATH, args: devices };
  if (!hasPackagedChromium) return { channel: 'chrome', args: devices };

  const unpacked = await unpackChromium();
  const { default: binary } = await import('@sparticuz/chromium');
  // Flags for lambdas that turn off process isolation (and with it crossOriginIsolated) or choose another graphics stack.
  const unwanted =
    /disable-gpu|use-gl|use-angle|single-process|in-process-gpu|site-isolation|web-security|no-zygote/;
  return {
    executablePath: join(unpacked, 'chromium'),
    args: [...binary.args.filter((flag) => !unwanted.test(flag)), ...devices],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(unpacked, 'al2023/lib'),
      FONTCONFIG_PATH: join(unpacked, 'fonts'),
    },
  };
}
