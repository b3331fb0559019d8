/**
 * The grants that a party gave to others or holds itself, in its own folder. Each has a secret in it that nothing else gives
 * back: the chain has the commitment alone.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fieldToHex } from '../field/field.ts';
import { decodeGrant, encodeGrant, grantCommitment, type Grant } from './grant.ts';
import { readTextIfThere, StoreError, writePrivate, type HomeFiles } from './store.ts';

/** Whose a grant is: given to another account, or held by this one. */
export type GrantKind = 'given' | 'held';

/** Keeps a grant, under its commitment. */
export async function saveGrant(home: HomeFiles, kind: GrantKind, grant: Grant): Promise<void> {
  await mkdir(folderOf(home, kind), { recursive: true, mode: 0o700 });
  await writePrivate(fileOf(home, kind, grantCommitment(grant)), `${encodeGrant(grant)}\n`);
}

/** The grant of a commitment; undefined where there is none. @throws StoreError where its file is damaged */
export async function loadGrant(home: HomeFiles, kind: GrantKind, commitment: bigint): Promise<Grant | undefined> {
  const file = fileOf(home, kind, commitment);
  const text = await readTextIfThere(file);
  if (text === undefined) return undefined;
  const damaged = new StoreError(`${file} is damaged. Take the grant again from the link that you were sent.`);
  let grant: Grant;
  try {
    grant = decodeGrant(text.trim());
  } catch {
    throw damaged;
  }
  if (grantCommitment(grant) !== commitment) throw damaged;
  return grant;
}

/** All grants of a kind that can be read, by their commitments. */
export async function listGrants(home: HomeFiles, kind: GrantKind): Promise<Map<bigint, Grant>> {
  const names = await readdir(folderOf(home, kind)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const commitments = names.filter((name) => /^0x[0-9a-f]{64}$/.test(name)).map((name) => BigInt(name));
  const found = await Promise.all(
    commitments.map(async (commitment): Promise<[bigint, Grant][]> => {
      const grant = await loadGrant(home, kind, commitment).catch(() => undefined);
      return grant ? [[commitment, grant]] : [];
    }),
  );
  return new Map(found.flat());
}

/** Lets go of a grant. What stands on chain for it stays. */
export async function forgetGrant(home: HomeFiles, kind: GrantKind, commitment: bigint): Promise<void> {
  await rm(fileOf(home, kind, commitment), { force: true });
}

const folderOf = ({ folder }: HomeFiles, kind: GrantKind): string => join(folder, 'grants', kind);
const fileOf = (home: HomeFiles, kind: GrantKind, commitment: bigint): string =>
  join(folderOf(home, kind), fieldToHex(commitment));
