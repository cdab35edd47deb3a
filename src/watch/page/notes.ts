/** Notes on what goes wrong, and what to do. */
import type { Note, RunInfo } from '../protocol.js';
import { byId, h } from './dom.js';
import { shownRuns, state } from './state.js';

const icons = { error: '×', warning: '!', info: 'i' } as const;
const words = { error: 'Error', warning: 'Warning', info: 'Note' } as const;
const order = ['error', 'warning', 'info'];
let before = '';

/** Shows the notes of the shown runs, if they have changed: screen readers read a live region again. */
export function updateNotes(): void {
  const notes = shownRuns()
    .flatMap((run) => run.notes.map((note) => ({ run, note })))
    .sort((a, b) => order.indexOf(a.note.severity) - order.indexOf(b.note.severity));
  const now = JSON.stringify(notes.map(({ run, note }) => [run.id, note.code, note.title]));
  const section = byId('notes');
  if (now === before) {
    notes.forEach(({ note }, i) => {
      const what = section.querySelectorAll('.what')[i];
      if (what && what.textContent !== note.what) what.textContent = note.what;
    });
    return;
  }
  before = now;
  section.replaceChildren(...notes.map(({ run, note }) => card(run, note)));
}

const card = (run: RunInfo, { severity, title, what, todo, code }: Note): HTMLElement =>
  h(
    'article',
    { class: `note ${severity}`, 'data-code': code },
    h('span', { class: 'icon', 'aria-hidden': 'true' }, icons[severity]),
    h(
      'div',
      {},
      h(
        'h2',
        {},
        h('span', { class: 'hidden' }, `${words[severity]}: `),
        title,
        state.runs.length > 1 ? ` (${run.name})` : undefined,
      ),
      h('p', { class: 'what' }, what),
      h('p', {}, h('strong', {}, 'What to do: '), todo),
    ),
  );
