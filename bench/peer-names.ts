/** The engines that `--against` knows: Python programs, and ONNX Runtime running the exported generator. */
export const peerNames = ['keras', 'torch', 'torch-compile', 'torch-bf16', 'exported'] as const;

export type PeerName = (typeof peerNames)[number];
