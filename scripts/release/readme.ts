/** README.md for npm's page, which has no files beside it: relative links and images become addresses in the repository. */

const relative = /\]\((?!#|[a-z]+:)([^()\s]+)\)/g;
const isImage = (path: string) => /\.(png|svg|jpe?g|gif|webp)$/.test(path);

/** The relative links and images of a Markdown text: paths, perhaps with a #heading. */
export const relativeLinks = (markdown: string): string[] =>
  [...markdown.matchAll(relative)].map(([, path]) => path!);

/**
 * @param page the page of the repository on GitHub
 * @param ref the tag of the release, so that the page of an old version shows its own images
 */
export function withAbsoluteLinks(markdown: string, page: string, ref: string): string {
  const raw = page.replace('https://github.com/', 'https://raw.githubusercontent.com/');
  return markdown.replaceAll(
    relative,
    (_, path: string) => `](${isImage(path) ? `${raw}/${ref}` : `${page}/blob/${ref}`}/${path})`,
  );
}
