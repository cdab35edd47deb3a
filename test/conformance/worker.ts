/** The process in which the specs run: a crash of the engine, or a spec that never ends, ends only this. */
import { createRequire } from 'node:module';
import { useBackend } from '../golden/backends.js';
import type { Job, Message, Spec } from './messages.js';

const ENVIRONMENT = 'tested';

interface Bundle {
  readonly files: Readonly<Record<string, () => void>>;
  readonly setTestEnvs: (environments: object[]) => void;
  readonly engine: () => { reset(): void };
}

/** The part of jasmine-core 4 that is used. */
interface Suite {
  readonly id: string;
  readonly children?: Suite[];
  getFullName(): string;
}
interface Outcome {
  readonly id: string;
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
  readonly failedExpectations: { message: string; stack?: string }[];
}
interface Jasmine {
  DEFAULT_TIMEOUT_INTERVAL: number;
  getEnv(): {
    topSuite(): Suite;
    configure(options: object): void;
    addReporter(reporter: object): void;
    execute(): Promise<void>;
  };
}

const tell = (message: Message): void => void process.send!(message);

async function run({ backend, bundle, grep, done, timeoutMs }: Job): Promise<void> {
  const require = createRequire(bundle);
  const core = require('jasmine-core') as { boot(core: unknown): Jasmine };
  const jasmine = core.boot(core); // makes describe, it … global
  await useBackend(backend);
  const { files, setTestEnvs, engine } = require(bundle) as Bundle;
  Error.stackTraceLimit = 10; // the suite sets Infinity
  jasmine.DEFAULT_TIMEOUT_INTERVAL = timeoutMs;
  engine().reset(); // as each suite of the specs does
  setTestEnvs([{ name: ENVIRONMENT, backendName: backend, isDataSync: true }]);

  const env = jasmine.getEnv();
  const specs: Spec[] = [];
  const collect = (suite: Suite, file: string): void => {
    if (suite.children !== undefined) for (const child of suite.children) collect(child, file);
    else specs.push({ id: suite.id, file, name: suite.getFullName().replaceAll(` ${ENVIRONMENT} {}`, '') });
  };
  for (const [file, load] of Object.entries(files)) {
    const before = env.topSuite().children!.length;
    try {
      load();
    } catch (error) {
      tell({ type: 'not loaded', file, why: String(error) });
    }
    for (const suite of env.topSuite().children!.slice(before)) collect(suite, file);
  }
  const wanted = specs.filter(({ name }) => new RegExp(grep).test(name));
  tell({ type: 'specs', specs: wanted });
  const toRun = new Set(wanted.map(({ id }) => id));
  for (const id of done) toRun.delete(id);

  const why = ({ failedExpectations }: Outcome): string[] =>
    failedExpectations.map(({ message, stack }) => message + (/\n\s+at .*/.exec(stack ?? '')?.[0] ?? ''));
  env.configure({ random: false, specFilter: (spec: Suite) => toRun.has(spec.id) });
  env.addReporter({
    specStarted: ({ id }: Outcome) => toRun.has(id) && tell({ type: 'started', id }),
    specDone: (outcome: Outcome) => {
      const { id, status } = outcome;
      if (status !== 'excluded' && toRun.has(id)) tell({ type: 'done', id, status, why: why(outcome) });
    },
    suiteDone: (outcome: Outcome) => {
      const [first] = why(outcome);
      if (first !== undefined) tell({ type: 'suite failed', name: outcome.fullName, why: first });
    },
  });
  await env.execute();
  process.send!({ type: 'finished' } satisfies Message, () => process.exit(0));
}

process.on('disconnect', () => process.exit(1)); // the parent is gone
process.once('message', (job: Job) => {
  run(job).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
