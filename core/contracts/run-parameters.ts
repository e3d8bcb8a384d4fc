import { z } from 'zod'

/** What a run is configured by. Pure zod, browser-safe: the sweep form, the API, the CLI and the trainer read this one table. */
export const ARCHITECTURES = ['unet-mobilenetv2', 'unet-mobilenetv2-light'] as const
export const LOSSES = ['cross_entropy', 'dice', 'cross_entropy+dice', 'focal', 'boundary_weighted'] as const

export const runParametersSchema = z.strictObject({
  architecture: z.enum(ARCHITECTURES),
  encoder_alpha: z.union([z.literal(1), z.literal(0.35)]),
  pretrained: z.enum(['imagenet', 'none']),
  /** Network input, pixels a side; a multiple of 32 (MobileNetV2 halves five times). */
  image_size: z.number().int().min(32).max(1024).multipleOf(32),
  batch_size: z.number().int().min(1).max(256),
  /** Epochs with the encoder frozen; together with fine_tune_epochs the run's length. */
  epochs: z.number().int().min(1).max(1000),
  fine_tune_epochs: z.number().int().min(0).max(1000),
  /** First encoder block (0 to 16) that is trained during fine-tuning; 0 is the whole encoder. */
  fine_tune_at: z.number().int().min(0).max(16),
  learning_rate: z.number().positive().max(1),
  fine_tune_learning_rate: z.number().positive().max(1),
  /** plateau: constant until val/loss stands still, then lower and lower. */
  schedule: z.enum(['constant', 'cosine', 'plateau']),
  optimizer: z.enum(['adam', 'adamw', 'sgd']),
  /** Share of a kernel that AdamW takes away a step, times the learning rate. */
  weight_decay: z.number().min(0).max(1).default(0.01),
  /** Decay a step of the moving average of the weights that is evaluated and kept; 0: the weights themselves. */
  ema_decay: z.number().min(0).max(0.9999).default(0),
  /** boundary_weighted: cross-entropy that weighs narrow gaps between nuclei more (U-Net's weight map). */
  loss: z.enum(LOSSES),
  augmentation: z.enum(['none', 'flip', 'standard', 'strong']),
  /** resize: the whole image becomes image_size; crop: crops at native resolution, prediction in overlapping tiles. */
  sampling: z.enum(['resize', 'crop']),
  /** strata: an epoch holds a rare stratum's images more often. */
  balance: z.enum(['none', 'strata']).default('none'),
  /** Share of crops that are laid over a nucleus instead of anywhere. */
  foreground_crops: z.number().min(0).max(1).default(0),
  target: z.enum(['semantic', 'semantic+border']),
  /** Decoder widths, coarse to fine, e.g. "512-256-128-64"; empty: the architecture's own. */
  decoder_filters: z.string().regex(/^(\d{1,4}(-\d{1,4}){3,4})?$/, 'must be four or five widths joined by -, e.g. 128-96-64-32'),
  dropout: z.number().min(0).max(0.9),
  /** Epochs without improvement of val/loss after which a run ends early; 0: never. */
  early_stopping_patience: z.number().int().min(0).max(1000),
  /**
   * flips: predictions are the mean over the image and its mirror images; four times the work. Of the best weights and of
   * the model alone: the scores of every epoch are without.
   */
  test_time_augmentation: z.enum(['none', 'flips']).default('none'),
  /** Object metrics every so many epochs (always at the best and the last). */
  eval_every: z.number().int().min(1).max(100),
  seed: z.number().int().min(0).max(2147483647),
})

export type RunParameters = z.infer<typeof runParametersSchema>
export type RunParameterName = keyof RunParameters

/**
 * What a newcomer gets without touching a field: the best that was found for twenty minutes on two cores. One epoch for
 * the decoder alone, so that its random start does not disturb the encoder, then the whole network at a falling rate, on
 * crops at the images' own resolution.
 */
export const DEFAULT_RUN_PARAMETERS: RunParameters = {
  architecture: 'unet-mobilenetv2-light',
  encoder_alpha: 1,
  pretrained: 'imagenet',
  image_size: 128,
  batch_size: 16,
  epochs: 1,
  fine_tune_epochs: 14,
  fine_tune_at: 0,
  learning_rate: 0.001,
  fine_tune_learning_rate: 0.001,
  schedule: 'cosine',
  optimizer: 'adam',
  weight_decay: 0.01,
  ema_decay: 0,
  loss: 'cross_entropy+dice',
  augmentation: 'standard',
  sampling: 'crop',
  balance: 'strata',
  foreground_crops: 0,
  target: 'semantic',
  decoder_filters: '',
  dropout: 0,
  early_stopping_patience: 0,
  test_time_augmentation: 'flips',
  eval_every: 2,
  seed: 0,
}

/** The recipe that the others are compared with: TensorFlow's segmentation tutorial, whole images scaled to 128 x 128. */
export const REFERENCE_RUN_PARAMETERS: RunParameters = {
  ...DEFAULT_RUN_PARAMETERS,
  architecture: 'unet-mobilenetv2',
  epochs: 10,
  fine_tune_epochs: 0,
  schedule: 'constant',
  loss: 'cross_entropy',
  augmentation: 'flip',
  sampling: 'resize',
  balance: 'none',
  test_time_augmentation: 'none',
  eval_every: 1,
}

/**
 * The defaults with what a GPU has time for: crops of four times the area, stronger augmentation, four times the epochs.
 * Reasoned from what more epochs did on a processor; not yet measured on a GPU.
 */
export const GPU_RUN_PARAMETERS: RunParameters = {
  ...DEFAULT_RUN_PARAMETERS,
  image_size: 256,
  fine_tune_epochs: 59,
  augmentation: 'strong',
}

/** What of a recipe is not default, as a sweep's fixed parameters. */
export function recipeOf(parameters: RunParameters): Partial<Record<RunParameterName, { value: string | number }>> {
  const names = Object.keys(parameters) as RunParameterName[]
  return Object.fromEntries(
    names.filter((name) => parameters[name] !== DEFAULT_RUN_PARAMETERS[name]).map((name) => [name, { value: parameters[name] }]),
  )
}

export interface RunParameterInfo {
  name: RunParameterName
  label: string
  help: string
  /** Shown at once, or under Advanced. */
  advanced: boolean
  kind: 'number' | 'integer' | 'choice' | 'text'
  choices?: readonly (string | number)[]
  min?: number
  max?: number
  /** A range of it is drawn log-uniformly. */
  log?: boolean
}

/** How a form shows each parameter, in its order. */
export const RUN_PARAMETER_INFO: readonly RunParameterInfo[] = [
  {
    name: 'architecture',
    label: 'Architecture',
    help: 'The reference U-Net, or one with a lighter decoder.',
    advanced: false,
    kind: 'choice',
    choices: ARCHITECTURES,
  },
  {
    name: 'encoder_alpha',
    label: 'Encoder width',
    help: 'MobileNetV2 alpha: 1.0 is the full width, 0.35 trains about twice as fast.',
    advanced: false,
    kind: 'choice',
    choices: [1, 0.35],
  },
  {
    name: 'image_size',
    label: 'Image size',
    help: 'Network input in pixels a side, a multiple of 32.',
    advanced: false,
    kind: 'integer',
    min: 32,
    max: 1024,
  },
  { name: 'batch_size', label: 'Batch size', help: 'Images a training step.', advanced: false, kind: 'integer', min: 1, max: 256 },
  {
    name: 'epochs',
    label: 'Epochs',
    help: 'Passes over the training images with the encoder frozen.',
    advanced: false,
    kind: 'integer',
    min: 1,
    max: 1000,
  },
  {
    name: 'learning_rate',
    label: 'Learning rate',
    help: 'Step size of the optimizer.',
    advanced: false,
    kind: 'number',
    min: 0.000001,
    max: 1,
    log: true,
  },
  {
    name: 'loss',
    label: 'Loss',
    help: 'What training minimises.',
    advanced: false,
    kind: 'choice',
    choices: LOSSES,
  },
  {
    name: 'augmentation',
    label: 'Augmentation',
    help: 'Random flips, rotations, scale and colour changes of training images.',
    advanced: false,
    kind: 'choice',
    choices: ['none', 'flip', 'standard', 'strong'],
  },
  {
    name: 'sampling',
    label: 'Sampling',
    help: 'Resize whole images, or crop them at their own resolution.',
    advanced: false,
    kind: 'choice',
    choices: ['resize', 'crop'],
  },
  {
    name: 'target',
    label: 'Target',
    help: 'Nucleus against background, or with a border class that separates touching nuclei.',
    advanced: false,
    kind: 'choice',
    choices: ['semantic', 'semantic+border'],
  },
  {
    name: 'fine_tune_epochs',
    label: 'Fine-tuning epochs',
    help: 'Further epochs in which the encoder is trained too.',
    advanced: false,
    kind: 'integer',
    min: 0,
    max: 1000,
  },
  {
    name: 'fine_tune_at',
    label: 'Fine-tune from block',
    help: 'First encoder block that is trained while fine-tuning (0 to 16).',
    advanced: true,
    kind: 'integer',
    min: 0,
    max: 16,
  },
  {
    name: 'fine_tune_learning_rate',
    label: 'Fine-tuning learning rate',
    help: 'Step size while fine-tuning.',
    advanced: true,
    kind: 'number',
    min: 0.0000001,
    max: 1,
    log: true,
  },
  {
    name: 'schedule',
    label: 'Schedule',
    help: 'Learning rate over the run: constant, falling as a cosine, or lowered whenever val/loss stands still.',
    advanced: true,
    kind: 'choice',
    choices: ['constant', 'cosine', 'plateau'],
  },
  {
    name: 'optimizer',
    label: 'Optimizer',
    help: 'Adam suits most cases.',
    advanced: true,
    kind: 'choice',
    choices: ['adam', 'adamw', 'sgd'],
  },
  {
    name: 'weight_decay',
    label: 'Weight decay',
    help: 'Of AdamW: share of a kernel taken away a step, times the learning rate.',
    advanced: true,
    kind: 'number',
    min: 0,
    max: 1,
  },
  {
    name: 'ema_decay',
    label: 'Weight averaging',
    help: 'Decay a step of the moving average of the weights that is evaluated and kept, e.g. 0.995; 0 for none.',
    advanced: true,
    kind: 'number',
    min: 0,
    max: 0.9999,
  },
  {
    name: 'balance',
    label: 'Balance',
    help: 'Show images of rare strata more often.',
    advanced: true,
    kind: 'choice',
    choices: ['none', 'strata'],
  },
  {
    name: 'foreground_crops',
    label: 'Crops over nuclei',
    help: 'Share of crops that are laid over a nucleus instead of anywhere.',
    advanced: true,
    kind: 'number',
    min: 0,
    max: 1,
  },
  {
    name: 'pretrained',
    label: 'Encoder weights',
    help: 'ImageNet weights, or a random start.',
    advanced: true,
    kind: 'choice',
    choices: ['imagenet', 'none'],
  },
  {
    name: 'decoder_filters',
    label: 'Decoder widths',
    help: 'Coarse to fine, e.g. 512-256-128-64; empty for the architecture’s own.',
    advanced: true,
    kind: 'text',
  },
  {
    name: 'dropout',
    label: 'Dropout',
    help: 'Share of decoder activations dropped while training.',
    advanced: true,
    kind: 'number',
    min: 0,
    max: 0.9,
  },
  {
    name: 'early_stopping_patience',
    label: 'Early stopping patience',
    help: 'Epochs without a better validation loss before a run ends; 0 never.',
    advanced: true,
    kind: 'integer',
    min: 0,
    max: 1000,
  },
  {
    name: 'test_time_augmentation',
    label: 'Test-time augmentation',
    help: 'The model predicts an image and its mirror images and takes the mean: better by a little, four times the work. The curves of single epochs are without.',
    advanced: true,
    kind: 'choice',
    choices: ['none', 'flips'],
  },
  {
    name: 'eval_every',
    label: 'Object metrics every',
    help: 'Epochs between object metrics (AP50, mAP).',
    advanced: true,
    kind: 'integer',
    min: 1,
    max: 100,
  },
  { name: 'seed', label: 'Seed', help: 'Of weights, order and augmentation.', advanced: true, kind: 'integer', min: 0, max: 2147483647 },
]

/** Epochs of the whole run. */
export const totalEpochs = (p: Pick<RunParameters, 'epochs' | 'fine_tune_epochs'>): number => p.epochs + p.fine_tune_epochs
