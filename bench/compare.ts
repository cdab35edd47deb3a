/**
 * Compares engines. All engines are started and warmed up, and then take turns of a few steps, so other load of the machine affects
 * all equally. An engine that fails takes no more turns and is reported as failed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child } from './child.js';
import { type Competitor, competitors, type Task } from './competitors.js';
import { machine, warningOfLoad } from './machine.js';
import { type Comparison, lossNames, type Result, type Sitting, spread } from './results.js';
import type { Settings } from './settings.js';

type Log = (line: string) => void;

/** An engine and its results. */
interface Contestant {
  competitor: Competitor;
  child?: Child;
  failed?: string;
  firstMs: number;
  losses: number[][];
  stepMs: number[];
  translateMs: number[];
  peakRssBytes: number;
}

/** Sizes at the first batch size, then batch sizes at the first size. */
export function points({ sizes, batches }: Pick<Settings, 'sizes' | 'batches'>): [number, number][] {
  const [size, batch] = [sizes[0]!, batches[0]!];
  return [
    ...sizes.map((size): [number, number] => [size, batch]),
    ...batches.slice(1).map((batch): [number, number] => [size, batch]),
  ];
}

/** The ONNX Runtime backend compiles a graph again after four runs with the same weights. */
const TRANSLATIONS_TO_WARM = 6;

/** Relative tolerances of losses: rounding, and in the second step Adam's amplification of rounding. */
const tolerances = [1e-3, 2e-2];

/**
 * Throws if losses of the first two steps differ from ours. Those of the first step depend on networks and convention, those of the
 * second also on gradients and optimizers.
 */
export function checkLosses(ours: readonly number[][], theirs: readonly number[][]): void {
  tolerances.forEach((tolerance, step) => {
    ours[step]?.forEach((expected, i) => {
      const got = theirs[step]?.[i] ?? NaN;
      if (Math.abs(got - expected) <= tolerance * Math.abs(expected)) return;
      throw new Error(
        `computes something else: loss ${lossNames[i]} of step ${step + 1} is ${got}, ours ${expected}`,
      );
    });
  });
}

export async function compare(settings: Settings, log: Log): Promise<Sitting> {
  const { filters, blocks, rounds, steps } = settings;
  const all = await competitors(settings, log);
  const warning = await warningOfLoad();
  if (warning !== undefined) log(warning);
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const comparisons: Comparison[] = [];
  try {
    for (const [size, batch] of points(settings)) {
      const task = { size, batch, filters, blocks, values: join(folder, 'values') };
      comparisons.push(await compareAt(task, all, settings, log));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return { filters, blocks, rounds, steps, machine: machine(), warning, comparisons };
}

async function compareAt(task: Task, all: Competitor[], settings: Settings, log: Log): Promise<Comparison> {
  const { size, batch } = task;
  const { rounds, steps, warmup } = settings;
  log(`${size} px, batch ${batch}`);
  const contestants = all.map((competitor): Contestant => ({
    competitor,
    firstMs: 0,
    losses: [],
    stepMs: [],
    translateMs: [],
    peakRssBytes: 0,
  }));
  /** Runs something on all engines that support it, one after another. */
  const each = async (
    what: 'step' | 'translate',
    turn: (child: Child, contestant: Contestant) => Promise<void>,
  ) => {
    for (const contestant of contestants) {
      if (contestant.failed !== undefined) continue;
      if (what === 'step' && contestant.competitor.onlyTranslates) continue;
      try {
        contestant.child ??= await contestant.competitor.start(task);
        await turn(contestant.child, contestant);
      } catch (error) {
        contestant.failed = error instanceof Error ? error.message : String(error);
        log(`  ${contestant.competitor.name} ${contestant.failed}`);
        await contestant.child?.end();
      }
    }
  };

  try {
    await each('step', async (child, contestant) => {
      const { ms, losses } = await child.run('step', Math.max(1, warmup));
      contestant.firstMs = ms[0]!;
      contestant.losses = losses;
      const { name, exact } = contestant.competitor;
      log(`  ${name}: ${child.hello.version}, first step ${Math.round(ms[0]!)} ms`);
      if (exact) checkLosses(contestants[0]!.losses, losses);
    });
    for (let round = 0; round < rounds; round++) {
      await each('step', async (child, contestant) => {
        const { ms, peakRssBytes } = await child.run('step', steps);
        contestant.stepMs.push(...ms);
        contestant.peakRssBytes = peakRssBytes;
      });
    }
    await each('translate', async (child) => {
      await child.run('translate', Math.max(TRANSLATIONS_TO_WARM, warmup));
    });
    for (let round = 0; round < rounds; round++) {
      await each('translate', async (child, { translateMs }) => {
        translateMs.push(...(await child.run('translate', steps)).ms);
      });
    }
  } finally {
    for (const { child } of contestants) await child?.end();
  }
  return { size, batch, results: contestants.map(resultOf) };
}

function resultOf(contestant: Contestant): Result {
  const { competitor, child, failed, firstMs, losses, stepMs, translateMs, peakRssBytes } = contestant;
  if (failed !== undefined || child === undefined) {
    return { engine: competitor.name, failed: failed ?? 'did not start' };
  }
  const translated = { engine: competitor.name, ...child.hello, translate: spread(translateMs) };
  if (competitor.onlyTranslates) return translated;
  return { ...translated, losses: losses[0]!, firstMs, step: spread(stepMs), peakRssBytes };
}
