/** A room whose log is made up to some moment, with a node that knows it: pages can be looked at in states that take hours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { canonicalPolicy, documentName, parsePolicy, policyTerms, type Policy } from '../../app/lib/policy/policy.ts';
import { folderRelay } from '../../app/lib/relay/folder.ts';
import { newLocalRoom } from '../../app/lib/room/acts.ts';
import { ROLES, grantCommitment, type Grant } from '../../app/lib/room/grant.ts';
import { replay } from '../../app/lib/room/replay.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import { saveBlob, saveRoom, type LocalRoom } from '../../app/lib/room/store.ts';
import { CHAIN, ROOM, RoomLog, type RoomOptions } from '../room/log.ts';
import type { KnownLog } from './node-of-log.ts';

/** The sample policy, with other fields in places. */
export function samplePolicyWith(changes: object = {}): Policy {
  return parsePolicy({ ...JSON.parse(readFileSync('examples/overlap.policy.json', 'utf8')), ...changes });
}

/** A log that begins with a policy. */
export function logOf(policy: Policy, options: Omit<RoomOptions, 'policy'> = {}): RoomLog {
  return new RoomLog({ ...options, policy: policyTerms(policy, 4711n) }).create();
}

/** Puts a grant on a log's record. */
export function addGrant(log: RoomLog, grant: Grant): void {
  log.add('RoleGranted', {
    room_id: ROOM,
    slot: grant.slot,
    role: ROLES[grant.role],
    grant: grantCommitment(grant),
  });
}

/** A log as a node tells it. */
export async function knownOf(log: RoomLog): Promise<KnownLog> {
  const selectors = await eventSelectors();
  const view = replay(log.events, CHAIN, (name) => selectors.get(name)!);
  const events = log.events.map(({ fields, ...event }) => ({
    ...event,
    fields: fields.map((field) => fieldToHex(field)),
  }));
  const { chainId, rollupVersion, contract } = CHAIN;
  const network = {
    chainId: fieldToHex(chainId),
    rollupVersion: fieldToHex(rollupVersion),
    contract: fieldToHex(contract),
    provesTransactions: false,
  };
  return { network, events, transcript: fieldToHex(view.transcript) };
}

/** Gives a profile a record of the room. */
export async function giveRecord(
  profiles: string,
  name: string,
  policy: Policy,
  own: Partial<LocalRoom>,
): Promise<void> {
  const home = { folder: join(profiles, name), accountSecret: 1n, release: async () => {} };
  const policyDocument = documentName(policy);
  await saveRoom(home, newLocalRoom({ roomId: ROOM, contract: CHAIN.contract, policyDocument, ...own }));
  await saveBlob(home, ROOM, policyDocument, bytesOf(policy));
}

/** Puts the policy document into a relay. */
export async function givePolicy(relay: string, policy: Policy): Promise<void> {
  await folderRelay(relay).put(bytesOf(policy));
}

const bytesOf = (policy: Policy): Uint8Array => new TextEncoder().encode(canonicalPolicy(policy));
