/** The camera of the device. */
import { CycleGANError } from '../../core/errors.js';

/** A camera that is on. */
export interface Camera {
  /** An element that plays the camera. It can be shown, and is an image for `imageToTensor` and `translate`. */
  readonly video: HTMLVideoElement;
  /** Turns the camera off. */
  stop(): void;
}

/**
 * Asks for the camera and turns it on. Browsers ask the person, and allow it on pages with `https` and on `localhost` only.
 *
 * @param constraints which camera and which size, as for `getUserMedia`
 * @throws CycleGANError `UNSUPPORTED` if the page or the device has no camera, or the person refuses; `BUSY` if another program uses it
 */
export async function openCamera(constraints: MediaTrackConstraints = {}): Promise<Camera> {
  const devices = (navigator as Partial<Navigator>).mediaDevices;
  if (devices === undefined) {
    throw new CycleGANError(
      'UNSUPPORTED',
      'openCamera: browsers give the camera to pages with https and on localhost only. Open the page with https.',
    );
  }
  let stream: MediaStream;
  try {
    stream = await devices.getUserMedia({ video: constraints });
  } catch (cause) {
    throw explained(cause as DOMException);
  }
  const video = document.createElement('video');
  Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
  await video.play();
  return {
    video,
    stop: () => {
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}

function explained(cause: DOMException): CycleGANError {
  const error = (code: 'UNSUPPORTED' | 'BUSY', message: string) =>
    new CycleGANError(code, `openCamera: ${message}`, { cause });
  switch (cause.name) {
    case 'NotAllowedError':
      return error(
        'UNSUPPORTED',
        'the camera was refused. Allow it for this page in the settings of the browser, then try again.',
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return error('UNSUPPORTED', 'this device has no such camera. Connect one, or ask for another size.');
    case 'NotReadableError':
      return error(
        'BUSY',
        'the camera cannot be started. Close other programs and tabs that use it, then try again.',
      );
    default:
      return error('UNSUPPORTED', `the camera cannot be started: ${cause.message}`);
  }
}
