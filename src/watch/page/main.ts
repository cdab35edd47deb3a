/** The page of `watch`. It shows what the server has read, and updates when the server says that something has changed. */
import './language.js';
import { fetchRuns, listen } from './api.js';
import { startCharts, updateCurves } from './charts.js';
import { byId, setText } from './dom.js';
import { updateNotes } from './notes.js';
import { startOverview, updateOverview } from './overview.js';
import { startSamples, updateSamples } from './samples.js';
import { state } from './state.js';

/** At most two updates a second, however quick the steps are. */
const between = 500;

let running = false;
let again = false;

/** Fetches and shows everything. Calls meanwhile lead to one further update. */
async function update(): Promise<void> {
  if (running || document.hidden) {
    again = true;
    return;
  }
  running = true;
  again = false;
  try {
    state.runs = await fetchRuns();
    updateOverview();
    updateNotes();
    updateSamples();
    await updateCurves();
    document.body.dataset.ready = 'yes';
  } catch {
    // the server has gone; the next connection updates again
  }
  setTimeout(() => {
    running = false;
    if (again) void update();
  }, between);
}

function chosen(): void {
  updateNotes();
  updateSamples();
  void updateCurves();
}

startOverview(chosen);
startSamples();
startCharts();
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && again) void update();
});
listen({
  change: () => void update(),
  connected: (connected) => {
    const badge = byId('connection');
    badge.dataset.connected = String(connected);
    setText(badge, connected ? 'Live updates' : 'Connection lost. Trying again …');
  },
});
