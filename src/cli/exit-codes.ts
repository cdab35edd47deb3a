/** The exit codes of the command. */
export const exitCodes = {
  /** Everything is done. */
  done: 0,
  /** Something failed: a file, a folder, the engine, a loss that is not a number. */
  failed: 1,
  /** Wrong usage: an unknown flag or command, a value out of range. Nothing was started. */
  usage: 2,
  /** Finished, but some files failed. The summary names them. */
  someFailed: 3,
  /** Stopped by Ctrl-C (SIGINT) after everything was saved. Can be resumed. */
  interrupted: 130,
  /** Stopped by SIGTERM after everything was saved. Can be resumed. */
  terminated: 143,
} as const;

/** The lines about exit codes in the help. */
export const exitCodeHelp = `Exit codes:
  0    done
  1    an error
  2    wrong usage: an unknown flag or command, a value out of range
  3    finished, but some files failed
  130  stopped by Ctrl-C after saving; can be resumed (143: by SIGTERM)`;
