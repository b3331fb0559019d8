/** A room that told a band: its log has true keys and parts, and its digests and proofs are made up. */
import { readFileSync } from 'node:fs';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, policyTerms } from '../../app/lib/policy/policy.ts';
import type { EventSelectors } from '../../app/lib/room/selectors.ts';
import { ThresholdLog } from '../room/threshold-log.ts';
import { transcriptOf, type PlayedRoom } from './played-overlap.ts';
import { knownOf } from './played-room.ts';

const POLICY_FILE = 'examples/counterparty-exposure.policy.json';

/**
 * Plays a room of the sample of counterparty exposure up to its result.
 * @param band how many of its three borders the sum reaches; undefined if one party has fewer rows than k
 */
export async function playedThreshold(band: number | undefined, selectors: EventSelectors): Promise<PlayedRoom> {
  await initField();
  const policy = parsePolicy(JSON.parse(readFileSync(POLICY_FILE, 'utf8')));
  const full = band === undefined ? [1, 0, 1] : [1, 1, 1];
  const log = new ThresholdLog({ policy: policyTerms(policy, 4711n), full }).create();
  const { members } = log;
  log.take(...members).approve(...members);
  log.commit(...members).tallyBy(...members);
  if (band !== undefined) {
    log.partBy(...members);
    const transcript = transcriptOf(log.events, selectors);
    for (const slot of members) {
      for (const border of [1, 2, 3]) {
        const mix = log.mix(slot, border, slot === members.at(-1) && border === band + 1);
        log.add('MixGiven', { ...mix, statement: { ...mix.statement, transcript } });
      }
    }
  }
  return { policy, told: await knownOf(log), blobs: new Map() };
}
