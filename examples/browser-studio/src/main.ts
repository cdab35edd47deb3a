/** The page: its tabs, drops, and the service worker. */
import { element } from './dom';
import { clearProblem } from './problems';
import { startTraining } from './train';
import { openDropped, startTranslating, useModel } from './translate';

const tabs = ['translate', 'train'] as const;
type Tab = (typeof tabs)[number];

function show(tab: Tab, focus = false): void {
  clearProblem();
  for (const name of tabs) {
    const button = element(`tab-${name}`);
    button.setAttribute('aria-selected', String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
    element(name).hidden = name !== tab;
    if (focus && name === tab) button.focus();
  }
  history.replaceState(null, '', tab === 'train' ? '#train' : location.pathname + location.search);
}

for (const tab of tabs) {
  element(`tab-${tab}`).addEventListener('click', () => show(tab));
  element(`tab-${tab}`).addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowLeft' || key === 'ArrowRight') show(tab === 'train' ? 'translate' : 'train', true);
  });
}
if (location.hash === '#train') show('train');

const dropping = (on: boolean) => document.body.classList.toggle('dropping', on);
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  dropping(true);
});
document.addEventListener('dragleave', ({ relatedTarget }) => dropping(relatedTarget !== null));
document.addEventListener('drop', () => dropping(false), { capture: true });
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (event.dataTransfer && !element('translate').hidden) openDropped(event.dataTransfer);
});

/** Waits for the service worker, so that it keeps the engine that is downloaded next. A page without one needs the network. */
async function startServiceWorker(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const registration = navigator.serviceWorker.register('./sw.js').catch(() => undefined);
  const controlled = new Promise((resolve) => {
    if (navigator.serviceWorker.controller) resolve(undefined);
    navigator.serviceWorker.addEventListener('controllerchange', resolve);
  });
  const patience = new Promise((resolve) => setTimeout(resolve, 10_000));
  if (await registration) await Promise.race([controlled, patience]);
}

await startServiceWorker();
await Promise.all([
  startTranslating(),
  startTraining((label, url) => {
    useModel(label, url);
    show('translate', true);
  }),
]);
