/** The messages of the server's thread to the main thread. Any message to the thread means: close. */
export type FromThread =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string };
