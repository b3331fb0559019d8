/** A room that counted what its lists have in common: its log and lists are true, its proofs are made up. */
import { readFileSync } from 'node:fs';
import { mulGenerator, pointsToBytes } from '../../app/lib/curve/grumpkin.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, policyTerms, type Policy } from '../../app/lib/policy/policy.ts';
import { encodeList, listDigest, makeList } from '../../app/lib/protocol/list.ts';
import { eventPayload, extendTranscript } from '../../app/lib/protocol/transcript.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { LoggedEvent } from '../../app/lib/room/events.ts';
import type { EventSelectors } from '../../app/lib/room/selectors.ts';
import { RoomLog } from '../room/log.ts';
import { POLICY_FILE } from './made-up-receipt.ts';
import { knownOf } from './played-room.ts';

/** What was played: how its node and its relay tell it. */
export type PlayedRoom = {
  readonly policy: Policy;
  readonly told: Pick<Receipt, 'network' | 'events' | 'transcript'>;
  /** Lists as their owners made them, by the digests that are on the chain. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
};

/**
 * Plays a room up to its result.
 * @param labels of the parties
 * @param sizes of their lists
 * @param count how many identifiers they all have; below the policy's k the result is suppressed
 * @param changes to the sample policy
 */
export async function playedOverlap(
  labels: readonly string[],
  sizes: readonly number[],
  count: number,
  selectors: EventSelectors,
  changes: object = {},
): Promise<PlayedRoom> {
  await initField();
  const document = JSON.parse(readFileSync(POLICY_FILE, 'utf8')) as object;
  const policy = parsePolicy({ ...document, maxRows: 1000, ...changes, parties: labels.map((label) => ({ label })) });
  const log = new RoomLog({ policy: policyTerms(policy, 4711n) }).create();
  const { members } = log;
  log
    .take(...members)
    .approve(...members)
    .commit(...members);
  const blobs = new Map<string, Uint8Array>();
  const digests = members.map((slot) => {
    const points = Array.from({ length: sizes[slot] }, (_, i) => mulGenerator(BigInt(1000 * slot + i + 1)));
    const list = makeList(slot, 0, pointsToBytes(points));
    const digest = listDigest(log.context, list);
    blobs.set(fieldToHex(digest), encodeList(list));
    return digest;
  });
  for (const slot of members) {
    const blind = log.blind(slot);
    log.add('BlindProven', { ...blind, statement: { ...blind.statement, list_digest: digests[slot] } });
  }
  for (let hop = 1; hop < members.length; hop++) {
    for (const list of members) {
      const passed = log.hop(list, hop);
      const statement = hop === 1 ? { ...passed.statement, input_digest: digests[list] } : passed.statement;
      log.add('HopProven', { ...passed, statement });
    }
  }
  log.add('MatchProven', log.match(count));
  if (count >= policy.k) {
    const transcript = transcriptOf(log.events, selectors);
    for (const slot of members) log.add('ShareGiven', { ...log.share(slot), transcript });
    log.add('ResultReleased', log.release(count));
  }
  return { policy, told: await knownOf(log), blobs };
}

/** The transcript of these events under the contract's own selectors. */
export function transcriptOf(events: readonly LoggedEvent[], selectors: EventSelectors): bigint {
  return events.reduce(
    (before, { name, fields }) => extendTranscript(before, selectors.get(name)!, eventPayload(fields)),
    0n,
  );
}
