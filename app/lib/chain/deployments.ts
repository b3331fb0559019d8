/** The contracts that this machine knows, one set per network and reference string. Node only. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { fieldToHex } from '../field/field.ts';
import { hexField } from '../field/schema.ts';
import type { NetworkInfo } from './node.ts';

/** What a deployment belongs to: keys in the contracts depend on the reference string. */
export type DeploymentPlace = {
  /** The file of all deployments. */
  readonly file: string;
  readonly info: NetworkInfo;
  readonly srsIdentity: string;
};

const schema = z.strictObject({
  /** Address of the registry of templates. */
  registry: hexField,
  /** Address of the room contract, which is bound to the registry. */
  rooms: hexField,
  /** Class whose instances are the rooms' escrows. */
  escrowClass: hexField,
  /** Circuits digest of the registered templates. */
  circuits: hexField,
  /** Ids of the registered templates, by `name/version`. */
  templates: z.record(z.string(), hexField),
  /** Address of a token for trying out fees and stakes; on local networks only. */
  token: hexField.optional(),
});

/** Addresses of one network's contracts, as field elements. */
export type Deployment = z.output<typeof schema>;

/** The deployment on record; undefined where there is none, or one of an earlier layout. */
export async function readDeployment(place: DeploymentPlace): Promise<Deployment | undefined> {
  return schema.safeParse((await readAll(place.file))[deploymentKey(place)]).data;
}

/** Puts a deployment on record, in the place of the one before. */
export async function recordDeployment(place: DeploymentPlace, deployment: Deployment): Promise<void> {
  const { file } = place;
  await mkdir(dirname(file), { recursive: true });
  const latest = { ...(await readAll(file)), [deploymentKey(place)]: deployment };
  const text = JSON.stringify(latest, (_, value) => (typeof value === 'bigint' ? fieldToHex(value) : value), 2);
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}

/** Under which name a deployment stands in the file. */
export function deploymentKey({ info, srsIdentity }: DeploymentPlace): string {
  return `${info.chainId}/${info.rollupVersion}/${srsIdentity}`;
}

async function readAll(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is damaged: delete it, and contracts of a local network are deployed anew.`);
  }
}
