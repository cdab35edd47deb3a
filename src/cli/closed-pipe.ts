/** What happens if the reader of a pipe has gone: `ts-cyclegan … | head` ends quietly. */

/** Starts to watch stdout and stderr. Call it once. */
export function watchPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}
