import type { Command } from './command.ts'
import { backup } from './commands/backup.ts'
import { datasetImport } from './commands/dataset-import.ts'
import { datasetList } from './commands/dataset-list.ts'
import { datasetShow } from './commands/dataset-show.ts'
import { doctor } from './commands/doctor.ts'
import { modelDelete } from './commands/model-delete.ts'
import { modelHistory } from './commands/model-history.ts'
import { modelList } from './commands/model-list.ts'
import { modelPromote } from './commands/model-promote.ts'
import { modelRegister } from './commands/model-register.ts'
import { modelRollback } from './commands/model-rollback.ts'
import { predict } from './commands/predict.ts'
import { restore } from './commands/restore.ts'
import { runCancel, runStop } from './commands/run-end.ts'
import { runList } from './commands/run-list.ts'
import { runRevealTest } from './commands/run-reveal-test.ts'
import { runShow } from './commands/run-show.ts'
import { serve } from './commands/serve.ts'
import { sweepCancel, sweepPause, sweepResume } from './commands/sweep-control.ts'
import { sweepCreate } from './commands/sweep-create.ts'
import { sweepList } from './commands/sweep-list.ts'
import { sweepShow } from './commands/sweep-show.ts'
import { trainer } from './commands/trainer.ts'
import { up } from './commands/up.ts'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  up,
  doctor,
  datasetImport,
  datasetList,
  datasetShow,
  sweepCreate,
  sweepList,
  sweepShow,
  sweepPause,
  sweepResume,
  sweepCancel,
  runList,
  runShow,
  runStop,
  runCancel,
  runRevealTest,
  trainer,
  modelList,
  modelRegister,
  modelPromote,
  modelRollback,
  modelHistory,
  modelDelete,
  serve,
  predict,
  backup,
  restore,
]
