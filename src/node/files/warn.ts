/** Warnings of the library in Node. */

/** Prints a warning of the Node process. */
export const warn = (text: string): void => process.emitWarning(text, 'CycleGANWarning');
