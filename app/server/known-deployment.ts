/** The contracts that this machine knows on a network, for the reference string that it uses. */
import { loadConfig } from '../../aztec.config.ts';
import { readDeployment, type Deployment } from '../lib/chain/deployments.ts';
import type { NetworkInfo } from '../lib/chain/node.ts';
import { loadSrs } from '../lib/proof/srs.ts';

/** Undefined where it knows none. */
export async function knownDeployment(info: NetworkInfo): Promise<Deployment | undefined> {
  const { identity } = await loadSrs({ numPoints: 2 });
  return readDeployment({ file: loadConfig().deploymentsFile, info, srsIdentity: identity });
}
