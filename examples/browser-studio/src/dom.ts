/** Elements of the page. */

export const element = <T extends HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element "${id}".`);
  return found as T;
};

/** A new element with attributes and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Offers a file for download. */
export function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // after the browser has begun to write it
}

/** Draws an image into a canvas of its size. */
export function paint(canvas: HTMLCanvasElement, image: ImageData, label: string): void {
  Object.assign(canvas, { width: image.width, height: image.height, ariaLabel: label });
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
