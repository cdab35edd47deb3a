/** Ends the command quietly if the reader of a pipe has ended, as in `ts-cyclegan … | head`. */

let react = (): void => {
  process.exit();
};

/** Replaces the end of the program by something else, such as stopping the training after the current step. */
export function whenPipeCloses(instead: () => void): void {
  react = instead;
}

/** Starts to watch stdout and stderr. Call it once. */
export function watchPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      react();
    });
  }
}
