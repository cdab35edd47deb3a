/** All notes of a run: what a person should know, and what to do. Healthy runs have none. */
import type { Note } from '../protocol.js';
import { discriminatorWon } from './discriminator-won.js';
import type { RunFacts } from './facts.js';
import { noLearningRate, notANumber } from './not-a-number.js';
import { coloursInverted, modeCollapse, nothingLearned } from './samples.js';

const checks = [notANumber, discriminatorWon, coloursInverted, modeCollapse, nothingLearned, noLearningRate];

/** The notes, the most serious first. */
export const notesOf = (facts: RunFacts): Note[] => checks.flatMap((check) => check(facts));
