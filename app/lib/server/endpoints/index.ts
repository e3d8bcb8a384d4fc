import type { Endpoint } from '../endpoint.ts'
import { datasetEndpoints } from './datasets.ts'
import { modelEndpoints } from './models.ts'
import { runEndpoints } from './runs.ts'
import { sweepEndpoints } from './sweeps.ts'
import { systemEndpoints } from './system.ts'

/** Every endpoint of /api/v1. A test holds this list and the route files against each other. */
export const ENDPOINTS: readonly Endpoint[] = [systemEndpoints, datasetEndpoints, sweepEndpoints, runEndpoints, modelEndpoints].flatMap(
  (group) => Object.values(group) as unknown as Endpoint[],
)
