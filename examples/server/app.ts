/** The HTTP server: what it accepts, what it refuses, and how it stops. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import sharp from 'sharp';
import type { Direction } from 'ts-cyclegan';
import { Refused, type Translations, type Upload } from './translations.js';

export interface Limits {
  /** Bytes of an upload. */
  bytes: number;
  /** Pixels of an upload. */
  pixels: number;
  /** Uploads that are received or wait at the same time. Memory is bounded by this, times `bytes`. */
  uploads: number;
  /** Milliseconds in which a client must send its upload, and in which it must take the result. */
  patience: number;
}

const types = ['image/jpeg', 'image/png', 'image/webp'];
const formats = ['jpeg', 'png', 'webp'];

/** An answer that is not an image. */
class Answer extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

const busy = (message: string) => new Answer(503, message, { 'retry-after': '1' });

export interface App {
  server: Server;
  /** Answers uploads that were accepted, refuses others, and resolves when all connections are closed. */
  stop(): Promise<void>;
}

export function createApp(translations: Translations, limits: Limits): App {
  let accepted = 0;
  let isStopping = false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (pathname === '/health' && request.method === 'GET') {
      const memory = process.memoryUsage.rss();
      const status = isStopping ? 'stopping' : 'ok';
      sendJson(response, isStopping ? 503 : 200, { status, accepted, memory, ...translations.counts });
      return;
    }
    if (pathname !== '/translate') throw new Answer(404, 'there are /translate and /health');
    if (request.method !== 'POST') throw new Answer(405, 'send the image with POST', { allow: 'POST' });
    // Before anything is received: an upload that is not accepted takes no memory.
    if (isStopping) throw busy('the server stops');
    if (accepted >= limits.uploads) throw busy('too many uploads wait');
    accepted += 1;
    try {
      const upload = await receive(request, response, searchParams, limits);
      const png = await translations.translate(upload);
      if (response.destroyed) return;
      response.setTimeout(limits.patience, () => response.destroy());
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': png.length });
      await new Promise<void>((resolve) => {
        response.once('close', resolve);
        response.end(png);
      });
    } finally {
      accepted -= 1;
    }
  }

  const server = createServer(
    {
      requestTimeout: limits.patience,
      headersTimeout: limits.patience,
      connectionsCheckingInterval: limits.patience / 4,
    },
    (request, response) => {
      if (isStopping) response.shouldKeepAlive = false;
      answer(request, response).catch((error: unknown) => void refuse(request, response, error));
    },
  );
  return {
    server,
    stop: () =>
      new Promise((resolve) => {
        isStopping = true;
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** Receives an upload and checks it, without decoding it. */
async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  search: URLSearchParams,
  limits: Limits,
): Promise<Upload> {
  const direction = search.get('direction') ?? 'AtoB';
  if (direction !== 'AtoB' && direction !== 'BtoA') throw new Answer(400, 'direction must be AtoB or BtoA');
  const type = request.headers['content-type'] ?? 'nothing';
  if (!types.includes(type))
    throw new Answer(415, `content-type must be one of ${types.join(', ')}, got ${type}`);
  const tooLarge = new Answer(413, `an upload may have ${limits.bytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > limits.bytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.bytes) throw tooLarge;
    chunks.push(chunk);
  }
  const file = Buffer.concat(chunks);
  return {
    file,
    size: await sizeOf(file, limits),
    direction: direction satisfies Direction,
    isGone: () => response.destroyed,
  };
}

/** The size that the header of the file tells. Refuses other formats, whatever the content-type was, and too many pixels. */
async function sizeOf(file: Buffer, { pixels }: Limits): Promise<[height: number, width: number]> {
  const {
    format,
    autoOrient: { height, width },
  } = await sharp(file, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw new Answer(422, `the image cannot be read: ${(error as Error).message}`);
    });
  if (!formats.includes(format))
    throw new Answer(415, `the image must be one of ${formats.join(', ')}, got ${format}`);
  if (height * width > pixels)
    throw new Answer(413, `an image may have ${pixels} pixels, got ${width} × ${height}`);
  return [height, width];
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

async function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
  // The rest of the upload is thrown away, for a second at most: a client that still sends would not see the answer.
  await new Promise<void>((resolve) => {
    request.once('end', resolve).once('close', resolve).resume();
    if (request.complete) resolve();
    setTimeout(resolve, 1000).unref();
  });
  if (response.headersSent || response.destroyed) {
    response.destroy(); // the client has left
    return;
  }
  const known =
    error instanceof Answer ? error : error instanceof Refused ? new Answer(422, error.message) : undefined;
  if (!known) console.error(error);
  const { status, message, headers } = known ?? new Answer(500, 'the translation failed');
  sendJson(
    response,
    status,
    { error: message },
    { ...headers, ...(!request.complete && { connection: 'close' }) },
  );
}
