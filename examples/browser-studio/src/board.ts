/** A board to draw on, with mouse, finger, pen or keyboard. */
import { element, h } from './dom';
import { samples, type Stroke } from './samples';

const colours = {
  Black: '#000000',
  Red: '#ea5a47',
  Yellow: '#fcea2b',
  Green: '#5c9e31',
  Blue: '#61b2e4',
  'White, to erase': '#ffffff',
};
const keys: Record<string, [number, number]> = {
  ArrowLeft: [-8, 0],
  ArrowRight: [8, 0],
  ArrowUp: [0, -8],
  ArrowDown: [0, 8],
};

/** The board of the page. `changed` is called after each change. */
export function createBoard(changed: () => void): HTMLCanvasElement {
  const canvas = element<HTMLCanvasElement>('board');
  const context = canvas.getContext('2d')!;
  const width = element<HTMLInputElement>('pen-width');
  let colour = colours.Black;
  let strokes: Stroke[] = [...samples[0]!.strokes];

  const draw = () => {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.lineCap = context.lineJoin = 'round';
    for (const stroke of strokes) {
      context.lineWidth = stroke.width ?? 14;
      context.strokeStyle = stroke.colour ?? '#000';
      context.stroke(new Path2D(stroke.path));
    }
    changed();
  };
  const begin = (x: number, y: number) => {
    strokes.push({ path: `M${x} ${y}h.1`, width: width.valueAsNumber, colour }); // a dot
    draw();
  };
  const extend = (points: readonly (readonly [number, number])[]) => {
    strokes.at(-1)!.path += points.map(([x, y]) => `L${x.toFixed(1)} ${y.toFixed(1)}`).join('');
    draw();
  };

  pointers(canvas, begin, extend);
  keyboard(canvas, begin, extend);
  element('colours').append(
    ...Object.entries(colours).map(([name, value]) => {
      const button = h('input', {
        type: 'radio',
        name: 'colour',
        value,
        'aria-label': name,
        title: name,
        style: `--colour:${value}`,
      });
      button.checked = value === colour;
      button.addEventListener('change', () => (colour = value));
      return button;
    }),
  );
  const replace = (others: readonly Stroke[]) => {
    strokes = [...others];
    draw();
  };
  element('undo').addEventListener('click', () => replace(strokes.slice(0, -1)));
  element('clear').addEventListener('click', () => replace([]));
  element('samples').append(
    ...samples.map(({ name, strokes: sample }) => {
      const button = h('button', { type: 'button' }, name);
      button.addEventListener('click', () => replace(sample.map((stroke) => ({ ...stroke }))));
      return button;
    }),
  );
  draw();
  return canvas;
}

type Begin = (x: number, y: number) => void;
type Extend = (points: readonly (readonly [number, number])[]) => void;

function pointers(canvas: HTMLCanvasElement, begin: Begin, extend: Extend): void {
  let drawing: number | undefined;
  const at = ({ clientX, clientY }: PointerEvent): [number, number] => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) * canvas.width) / width, ((clientY - top) * canvas.height) / height];
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || drawing !== undefined) return; // a second finger draws nothing
    drawing = event.pointerId;
    canvas.setPointerCapture(drawing);
    begin(...at(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== drawing) return;
    const events = event.getCoalescedEvents();
    extend((events.length > 0 ? events : [event]).map(at));
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === drawing) drawing = undefined;
    });
  }
}

/** Arrow keys move a pen, which is shown; Space lowers and raises it. */
function keyboard(canvas: HTMLCanvasElement, begin: Begin, extend: Extend): void {
  const pen = canvas.parentElement!.appendChild(h('span', { class: 'pen', 'aria-hidden': 'true' }));
  let [x, y] = [256, 256];
  let down = false;
  const show = () => {
    pen.style.left = `${(100 * x) / canvas.width}%`;
    pen.style.top = `${(100 * y) / canvas.height}%`;
    pen.classList.toggle('down', down);
  };
  canvas.addEventListener('blur', () => (down = false));
  canvas.addEventListener('keydown', (event) => {
    const move = keys[event.key];
    if (move === undefined && event.key !== ' ') return;
    event.preventDefault();
    if (move === undefined) {
      down = !down;
      if (down) begin(x, y);
    } else {
      x = Math.min(canvas.width, Math.max(0, x + move[0]));
      y = Math.min(canvas.height, Math.max(0, y + move[1]));
      if (down) extend([[x, y]]);
    }
    pen.classList.add('used');
    show();
  });
}
