/** A place for the images of one set: they are dropped, or chosen as files or as a folder. */
import { type FileWithPath, filesOf, type Files } from 'ts-cyclegan/browser';
import { h } from './dom';

const shown = 6;

/** Fills `place`. Returns a function for the files that it has. */
export function createZone(
  place: HTMLElement,
  letter: 'A' | 'B',
  changed: () => void,
): () => readonly FileWithPath[] {
  let files: FileWithPath[] = [];
  const count = h('p', { class: 'quiet', 'aria-live': 'polite' }, 'No images yet');
  const images = h('div', { class: 'thumbnails', 'aria-hidden': 'true' });
  const title = h('h3', { id: `zone-title-${letter}` }, `Images ${letter}`);

  const take = async (given: Files) => {
    files = (await filesOf(given)).filter(({ file }) => file.type.startsWith('image/'));
    count.textContent = files.length === 1 ? '1 image' : `${files.length} images`;
    images.replaceChildren(
      ...files.slice(0, shown).map(({ file }) => {
        const image = h('img', { src: URL.createObjectURL(file), alt: '' });
        image.addEventListener('load', () => URL.revokeObjectURL(image.src));
        return image;
      }),
    );
    changed();
  };
  const input = (text: string, attributes: Record<string, string>) => {
    const field = h('input', { type: 'file', ...attributes });
    field.addEventListener('change', () => {
      if (field.files?.length) void take(field.files);
    });
    return h('label', { class: 'button' }, field, h('span', {}, text));
  };

  place.setAttribute('role', 'group');
  place.setAttribute('aria-labelledby', title.id);
  place.append(
    title,
    count,
    images,
    h(
      'div',
      { class: 'buttons' },
      input('Choose images', { multiple: '', accept: 'image/*', 'aria-label': `Choose images ${letter}` }),
      input('Choose a folder', { webkitdirectory: '', 'aria-label': `Choose a folder of images ${letter}` }),
    ),
    h('p', { class: 'quiet small' }, 'or drop them here, folders too'),
  );
  place.addEventListener('drop', (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (event.dataTransfer) void take(event.dataTransfer);
  });
  return () => files;
}
