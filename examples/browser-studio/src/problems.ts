/** Errors as messages that a person understands: what has happened, and what to do. */
import { isCycleGANError } from 'ts-cyclegan';
import { element } from './dom';

/** What the person was doing. */
export type Doing = 'start' | 'image' | 'camera' | 'model' | 'translate' | 'train';

const notAnImage = 'This file is not an image that the browser can read. Choose a JPEG, PNG or WebP file.';

/** The message for an error. */
export function explain(error: unknown, doing: Doing): string {
  const code = isCycleGANError(error) ? error.code : undefined;
  if (code === 'OUT_OF_MEMORY' || isOutOfMemory(error)) {
    return doing === 'train'
      ? 'There is not enough memory for this training. Its last checkpoint is kept. Choose a smaller size or smaller networks, or close other tabs.'
      : 'There is not enough memory for this image. Choose less detail, or close other tabs.';
  }
  if (doing === 'image') return notAnImage;
  switch (code) {
    case 'ENGINE':
    case 'DEVICE_LOST':
      return doing === 'train'
        ? 'The engine has stopped, perhaps because the graphics card was lost. Nothing is lost but the last few steps: press Resume.'
        : 'The engine has stopped, perhaps because the graphics card was lost. It has been started again.';
    case 'NETWORK':
      return navigator.onLine
        ? 'The model cannot be downloaded. Check its URL. Its server must also allow other pages to read it (CORS).'
        : 'You are offline, and this model has not been downloaded yet. Connect to the network and try again.';
    case 'INVALID_MODEL':
      return 'This is not a saved CycleGAN, or its file is damaged. Choose the files that the training has written.';
    case 'NOT_FOUND':
      if (doing === 'train')
        return 'This browser no longer has this training. It may have cleared its storage.';
      return 'A file of the model is missing. Choose model.json and its weights together, their folder, or a zip of it.';
    case 'INVALID_DATA':
    case 'INVALID_SHAPE':
      return doing === 'train'
        ? 'An image cannot be used. Choose JPEG, PNG or WebP files for both sets.'
        : notAnImage;
    case 'DISK':
      return 'The browser has no space left to store the training. Delete old trainings, or free some space on the device.';
    case 'BUSY':
      return doing === 'camera'
        ? 'Another program uses the camera. Close it, and try again.'
        : 'Another tab trains this already. Close that tab, or continue there.';
    case 'UNSUPPORTED':
      if (doing === 'camera') return cameraText(error as Error);
      return doing === 'start'
        ? 'This browser cannot compute the translation. A current Chrome, Edge, Firefox or Safari can.'
        : 'This browser does not allow it. A current Chrome, Edge, Firefox or Safari outside of private windows does.';
    case 'INVALID_ARGUMENT':
      if (doing === 'train')
        return 'This training cannot start. Choose another name, and images for both sets.';
      break;
  }
  return navigator.onLine
    ? 'Something went wrong.'
    : 'You are offline, and this needs something from the network.';
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error &&
  /out of memory|allocation failed|bad_alloc/i.test(`${error.name} ${error.message}`);

function cameraText({ cause, message }: Error): string {
  const name = (cause as Error | undefined)?.name;
  if (name === 'NotAllowedError') {
    return 'The camera was refused. Allow it for this page in the settings of the browser, then press Camera again.';
  }
  if (name === 'NotFoundError') return 'This device has no camera. Draw, or choose an image.';
  return message.includes('https')
    ? 'Browsers give the camera to pages with https only.'
    : 'The camera cannot be started.';
}

const box = element('problem');
const [text, details] = box.querySelectorAll('p');
box.querySelector('button')!.addEventListener('click', clearProblem);

/** Shows an error on the page. */
export function showProblem(error: unknown, doing: Doing): void {
  text!.textContent = explain(error, doing);
  details!.textContent = error instanceof Error ? error.message : String(error);
  box.hidden = false;
}

export function clearProblem(): void {
  box.hidden = true;
}
