import { join } from 'node:path';

/** Folder of the accounts that offer templates and sample tokens on a local network: it lies with the chain's state and goes with it. */
export function operatorFolder(networkFolder: string): string {
  return join(networkFolder, 'state', 'operator');
}
