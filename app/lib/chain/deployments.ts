/** The room contracts that this machine deployed, one per network and reference string. Node only. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fieldToHex, parseField } from '../field/field.ts';
import type { NetworkInfo } from './node.ts';

/** What a deployment belongs to: keys in the contract depend on the reference string. */
export type DeploymentPlace = {
  readonly cacheFolder: string;
  readonly info: NetworkInfo;
  readonly srsIdentity: string;
};

/**
 * Address of the room contract on record, or undefined where none was deployed.
 * @throws when the record is damaged
 */
export async function readDeployment(place: DeploymentPlace): Promise<bigint | undefined> {
  const address = (await readAll(fileOf(place)))[keyOf(place)];
  return address === undefined ? undefined : parseField(address, 'contract address in deployments.json');
}

/** Puts a deployed contract on record. */
export async function recordDeployment(place: DeploymentPlace, address: bigint): Promise<void> {
  const file = fileOf(place);
  await mkdir(dirname(file), { recursive: true });
  const latest = { ...(await readAll(file)), [keyOf(place)]: fieldToHex(address) };
  await writeFile(`${file}.tmp`, JSON.stringify(latest, null, 2));
  await rename(`${file}.tmp`, file);
}

const fileOf = ({ cacheFolder }: DeploymentPlace): string => join(cacheFolder, 'deployments.json');

const keyOf = ({ info, srsIdentity }: DeploymentPlace): string =>
  `${info.chainId}/${info.rollupVersion}/${srsIdentity}`;

async function readAll(file: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
