/** An HTTP server on this machine that sends one file, with the faults that a test asks for. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FileServer {
  /** Its address, without a slash at the end. */
  url: string;
  /** The header Range of each request, `undefined` for the whole file. */
  ranges: (string | undefined)[];
  paths: string[];
  /** The file. It may be replaced between requests. */
  file: Buffer;
  /** Undefined: the server sends none. */
  etag: string | undefined;
  lastModified: string | undefined;
  /** Whether Range is answered with a part. */
  acceptsRanges: boolean;
  /** For each request, the count of bytes after which the connection is cut. Requests after the last are not cut. */
  cuts: (number | undefined)[];
  /** Waits before a connection is cut, until the client has received the bytes up to a position in the file. */
  beforeCut: (position: number) => Promise<void>;
  /** Answers a request in place of the file, if it returns true. */
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => boolean | Promise<boolean>;
}

export async function fileServer(file: Buffer): Promise<FileServer> {
  const state: FileServer = {
    url: '',
    ranges: [],
    paths: [],
    file,
    etag: '"first"',
    lastModified: undefined,
    acceptsRanges: true,
    cuts: [],
    beforeCut: () => Promise.resolve(),
    answer: () => false,
  };
  const server = createServer((request, response) => {
    const count = state.ranges.push(request.headers.range);
    state.paths.push(request.url!);
    void (async () => {
      if (!(await state.answer(request, response, count))) send(state, request, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

function send(state: FileServer, { headers }: IncomingMessage, response: ServerResponse): void {
  const { file, etag, lastModified } = state;
  if (etag !== undefined) response.setHeader('ETag', etag);
  if (lastModified !== undefined) response.setHeader('Last-Modified', lastModified);
  let body = file;
  const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  const unchanged = [etag, lastModified].includes(headers['if-range'] as string | undefined);
  if (from !== undefined && state.acceptsRanges && unchanged) {
    if (Number(from) >= file.length) {
      response.writeHead(416, { 'Content-Range': `bytes */${file.length}` }).end();
      return;
    }
    body = file.subarray(Number(from));
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${from}-${file.length - 1}/${file.length}`);
  }
  response.setHeader('Content-Length', body.length);
  const cut = state.cuts[state.ranges.length - 1];
  if (cut === undefined || cut >= body.length) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  response.write(body.subarray(0, cut), () => {
    void state.beforeCut(Number(from ?? 0) + cut).finally(() => response.destroy());
  });
}
