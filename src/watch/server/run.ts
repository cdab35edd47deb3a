/** One run folder, as far as it has been read. It may not exist yet, and it may be removed and created again. */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { notesOf } from '../notes/notes.js';
import type { RunInfo, SeriesPart, Summary } from '../protocol.js';
import { Columns, orNull } from './columns.js';
import { curvesOf, isSparse, speedAt, type View } from './curves.js';
import { type Description, describeConfig } from './describe-config.js';
import { JsonLines } from './json-lines.js';
import { openInside, readJson } from './run-files.js';
import { Sheets } from './sheets.js';
import { Averages } from './smoothing.js';

/** Columns of the metrics that are no losses. */
const others = new Set(['lr', 'memory']);

/** A run folder and all that is known of it. `refresh` reads what is new. */
export class Run {
  readonly #folder: string;
  readonly #id: number;
  readonly name: string;
  #columns = new Columns();
  #averages = new Averages();
  #lines = new JsonLines();
  #brokenLines = 0;
  /** Identifies the file that was read: a run that is started anew replaces it. */
  #file = '';
  #modified = 0;
  #generation = 0;
  #exists = false;
  #sheets = new Sheets();
  #configVersion = '';
  #config: Description = describeConfig(undefined);
  #refreshing: Promise<boolean> | undefined;
  #info: RunInfo | undefined;
  #changes = 0;

  constructor(folder: string, id: number, name = basename(resolve(folder))) {
    this.#folder = folder;
    this.#id = id;
    this.name = name;
  }

  /** Reads what is new. Returns whether something changed. Simultaneous calls share one check. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #refresh(): Promise<boolean> {
    const exists = await stat(this.#folder).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    const changes = [
      exists !== this.#exists,
      await this.#readConfig(),
      await this.#readMetrics(),
      await this.#sheets.refresh(this.#folder),
    ];
    this.#exists = exists;
    const changed = changes.includes(true);
    if (changed) {
      this.#info = undefined;
      this.#changes++;
    }
    return changed;
  }

  async #readConfig(): Promise<boolean> {
    const file = await openInside(this.#folder, 'config.json');
    const stats = await file?.stat();
    await file?.close();
    const version = stats ? `${stats.ino}-${stats.mtimeMs}-${stats.size}` : '';
    if (version === this.#configVersion) return false;
    this.#configVersion = version;
    this.#config = describeConfig(await readJson(this.#folder, 'config.json'));
    return true;
  }

  async #readMetrics(): Promise<boolean> {
    const file = await openInside(this.#folder, 'metrics.jsonl');
    if (!file) return this.#file !== '' && this.#reset('');
    try {
      const { ino, size, mtimeMs } = await file.stat();
      const name = `file ${ino}`;
      const isNew = this.#file !== name || size < this.#lines.offset;
      if (isNew) this.#reset(name);
      this.#modified = mtimeMs;
      if (size === this.#lines.offset) return isNew;
      await this.#lines.read(file, size, (line) => {
        if (!line || !this.#columns.add(line)) this.#brokenLines++;
      });
      return true;
    } finally {
      await file.close();
    }
  }

  #reset(file: string): true {
    this.#file = file;
    this.#columns = new Columns();
    this.#averages = new Averages();
    this.#lines = new JsonLines();
    this.#brokenLines = 0;
    this.#generation++;
    return true;
  }

  /** Everything except the curves. */
  info(now = Date.now()): RunInfo {
    this.#info ??= this.#describe();
    return { ...this.#info, age: this.#columns.length > 0 ? Math.max(0, now - this.#modified) : null };
  }

  #describe(): RunInfo {
    const columns = this.#columns;
    const seconds = columns.column('seconds');
    const losses = columns.names.filter((name) => !others.has(name) && !isSparse(name));
    const summaries: Record<string, Summary> = {};
    for (const name of columns.names) {
      const summary = columns.summary(name);
      // the last row of a run is rarely one with measurements
      summaries[name] = isSparse(name) ? { ...summary, last: columns.last(name) ?? null } : summary;
    }
    return {
      ...this.#config,
      id: this.#id,
      name: this.name,
      phase: !this.#exists ? 'missing' : columns.length === 0 ? 'empty' : 'ready',
      version: `${this.#generation}.${this.#changes}`,
      step: columns.steps.at(-1) ?? 0,
      epoch: columns.last('epoch') ?? 0,
      seconds: columns.last('seconds') ?? 0,
      speed: orNull(seconds ? speedAt(columns.steps, seconds, columns.length - 1) : NaN),
      age: null,
      brokenLines: this.#brokenLines,
      columns: summaries,
      samples: this.#sheets.infos,
      notes: notesOf({
        algorithm: this.#config.algorithm,
        adversarial: this.#config.adversarial,
        steps: columns.steps,
        losses,
        column: (name) => columns.column(name),
        sheets: this.#sheets.stats,
      }),
    };
  }

  /** Points of the curves. */
  curves(view: View): SeriesPart {
    return curvesOf(this.#columns, this.#averages, view);
  }

  /** The PNG of a step's sheet, or undefined if there is none. */
  sheet(step: number): Promise<Buffer | undefined> {
    return this.#sheets.png(this.#folder, step);
  }
}

/** Names that tell the runs apart: the last folder, with as many of its parents as needed. */
export function namesOf(folders: readonly string[]): string[] {
  const parts = folders.map((folder) => resolve(folder).split(/[\\/]/).filter(Boolean));
  for (let count = 1; count < 10; count++) {
    const names = parts.map((list) => list.slice(-count).join('/'));
    if (new Set(names).size === names.length || count === 9) return names;
  }
  return [...folders];
}
