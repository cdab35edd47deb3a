/** The Python programs that `--against` knows. */
export const peerNames = ['keras', 'torch', 'torch-compile', 'torch-bf16'] as const;

export type PeerName = (typeof peerNames)[number];
