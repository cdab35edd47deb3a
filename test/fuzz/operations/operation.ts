/** What a family of operations is: expressions, drawn at random, of tensors that fit. */
import { type Drawing, type Expression } from '../drawing.js';

export interface Operation {
  /** Whether tfjs has a gradient for it that is right on the cpu backend. */
  readonly smooth?: boolean;
  draw(drawing: Drawing): Expression;
}

/** How often each is drawn is how often it is listed. */
export type Operations = readonly Operation[];

export const json = (value: unknown): string => JSON.stringify(value);
