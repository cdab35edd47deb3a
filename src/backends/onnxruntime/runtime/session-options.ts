/** The options of each session of ONNX Runtime. */
import { type ExecutionProvider, type ResolvedOptions } from './options.js';

/**
 * Optimizers of ONNX Runtime that find nothing in recorded graphs, or undo an optimization of ours. Each visits all nodes several
 * times: without them, compiling a step of 64 pixels takes 360 ms instead of 420.
 */
const useless = [
  'AttentionFusion',
  'BiasDropoutFusion',
  'BiasGeluFusion',
  'BiasSoftmaxFusion',
  'BiasSkipLayerNormFusion',
  'CommonSubexpressionElimination',
  'ConstantSharing',
  'DivMulFusion',
  'DoubleQDQPairsRemover',
  'DynamicQuantizeMatMulFusion',
  'EmbedLayerNormFusion',
  'EnsureUniqueDQForNodeUnit',
  'FastGeluFusion',
  'GatherSliceToSplitFusion',
  'GatherToSliceFusion',
  'GatherToSplitFusion',
  'GeluApproximation',
  'GeluFusionL1',
  'GeluFusionL2',
  'IsInfReduceSumFusion',
  'LayerNormFusionL1',
  'LayerNormFusionL2',
  'MatMulAddFusion',
  'MatMulIntegerToFloatFusion',
  'MatmulBNFusion',
  'MemcpyTransformer',
  'NhwcTransformer',
  'NotWhereFusion',
  'Pad_Fusion',
  'PreShapeNodeElimination',
  'QDQFinalCleanupTransformer',
  'QDQPropagationTransformer',
  'QDQS8ToU8Transformer',
  'QDQSelectorActionTransformer',
  'QuickGeluFusion',
  'ReshapeFusion',
  'SimplifiedLayerNormFusion',
  'SkipLayerNormFusion',
  'WeightBiasQuantization',
  'WhereDummyDq',
  'ClipQuantRewrite',
  'ReluQuantRewrite',
];

/** On WebGPU it makes one Conv of Conv, Tanh and Clip, and loses the Tanh. */
const wrongOnWebGPU = 'ConvActivationFusion';

export interface SessionOptions {
  executionProviders: readonly ExecutionProvider[];
  graphOptimizationLevel: 'all';
  enableCpuMemArena: boolean;
  enableMemPattern: false;
  intraOpNumThreads?: number;
  logSeverityLevel: number;
  /** Default main memory. */
  preferredOutputLocation?: 'gpu-buffer';
  enableProfiling?: true;
  profileFilePrefix?: string;
  extra: Record<string, Record<string, string>>;
}

/** What changes from session to session. */
export type SessionMemory = Pick<SessionOptions, 'enableCpuMemArena' | 'preferredOutputLocation'>;

/** `enableMemPattern` would allocate the memory of a run as one block: 50 % more memory, no speed-up. */
export function sessionOptions(
  executionProviders: readonly ExecutionProvider[],
  { threads, profile, onWebGPU }: ResolvedOptions,
): Omit<SessionOptions, keyof SessionMemory> {
  return {
    executionProviders: executionProviders.map((one) => (typeof one === 'string' ? one : { ...one })),
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    logSeverityLevel: 4, // errors are thrown, and need not be printed as well
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    extra: {
      optimization: {
        disable_specified_optimizers: [...useless, ...(onWebGPU ? [wrongOnWebGPU] : [])].join(';'),
      },
      // Each session has threads of its own. After its run they would spin for a while, on the cores that the next session needs:
      // without this setting a step of 64 pixels, two graphs, takes a quarter longer.
      session: { force_spinning_stop: '1' },
    },
  };
}
