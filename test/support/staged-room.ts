/** A played room as a party has it on its machine: lists in the relay, a profile with its record and its copy of the policy. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalPolicy, documentName } from '../../app/lib/policy/policy.ts';
import { folderRelay } from '../../app/lib/relay/folder.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { openHome, saveBlob, saveRoom } from '../../app/lib/room/store.ts';
import { CHAIN, ROOM } from '../room/log.ts';
import type { PlayedRoom } from './played-overlap.ts';

/** Settings of an app whose folders lie below this one. */
export function environmentBelow(folder: string): Record<string, string> {
  return {
    CLEAN_ROOM_PROFILES: join(folder, 'profiles'),
    CLEAN_ROOM_RECEIPTS: join(folder, 'receipts'),
    CLEAN_ROOM_RELAY: join(folder, 'relay'),
    CLEAN_ROOM_DEPLOYMENTS: join(folder, 'deployments.json'),
  };
}

/** Makes a profile below a folder. */
export async function stageProfile(folder: string, name: string): Promise<void> {
  const path = join(folder, 'profiles', name);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await (await openHome(path)).release();
}

/** Puts a room into the relay below a folder, and into a profile there, which has the first slot. */
export async function stageRoom(folder: string, profile: string, { policy, blobs }: PlayedRoom): Promise<void> {
  const relay = folderRelay(join(folder, 'relay'));
  for (const [digest, blob] of blobs) await relay.putNamed(digest, blob);
  await stageProfile(folder, profile);
  const home = { folder: join(folder, 'profiles', profile), accountSecret: 1n, release: async () => {} };
  const policyDocument = documentName(policy);
  const { contract } = CHAIN;
  await saveRoom(home, newLocalRoom({ roomId: ROOM, contract, slot: 0, inviteSecret: 5n, policyDocument }));
  await saveBlob(home, ROOM, policyDocument, new TextEncoder().encode(canonicalPolicy(policy)));
}
