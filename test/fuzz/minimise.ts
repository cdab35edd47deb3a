/** Makes a program that shows a difference as short as it can be, with the difference still there. */
import { type Program } from './program.js';

/** @param fails whether a program still shows it */
export function minimise(program: Program, fails: (program: Program) => boolean): Program {
  let best = program;
  for (let again = true; again;) {
    again = false;
    for (
      let length = Math.ceil(best.length / 2);
      length >= 1;
      length = length === 1 ? 0 : Math.ceil(length / 2)
    ) {
      for (let at = best.length - length; at >= 0; at--) {
        const shorter = [...best.slice(0, at), ...best.slice(at + length)];
        if (shorter.length > 0 && fails(shorter)) {
          best = shorter;
          again = true;
        }
      }
    }
  }
  return best;
}
