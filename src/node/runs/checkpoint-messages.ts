/** What a thread that writes a checkpoint is given, and its answer. */

/** A checkpoint. The memory of its parts moves to the thread. */
export interface WriteRequest {
  readonly file: string;
  readonly parts: Uint8Array[];
}

/** After a failure the parts move back, for the next try. */
export type WriteResult =
  | { readonly failure: undefined }
  | { readonly failure: { readonly code: string; readonly message: string }; readonly parts: Uint8Array[] };
