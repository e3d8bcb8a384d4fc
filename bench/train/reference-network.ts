import { ARCHITECTURES } from '../../networks/architectures.ts'
import { Network } from '../../networks/network.ts'
import type { WeightSnapshot } from '../../networks/weights.ts'

const ARCHITECTURE = 'unet-mobilenetv2'
export const FILTERS = [...ARCHITECTURES[ARCHITECTURE].filters]

/** The reference recipe's network. @param weights of the encoder, or of everything */
export function referenceNetwork(weights: WeightSnapshot): Network {
  const network = new Network({ architecture: ARCHITECTURE, encoder_alpha: 1, decoder_filters: FILTERS, target: 'semantic' }, 0)
  network.weights.load(weights)
  network.build()
  network.weights.dropUnused()
  return network
}
