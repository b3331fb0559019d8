/** A room of three parties that measured lift: its log and figures are true, its lists, sums and proofs are made up. */
import { readFileSync } from 'node:fs';
import { fieldToHex, parseField } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { parsePolicy, policyTerms } from '../../app/lib/policy/policy.ts';
import { makeDataset } from '../../app/lib/protocol/dataset.ts';
import { encodeFigures, figuresDigest } from '../../app/lib/protocol/figures.ts';
import { replay } from '../../app/lib/room/replay.ts';
import type { EventSelectors } from '../../app/lib/room/selectors.ts';
import { finishValues, JoinedLog } from '../room/joined-log.ts';
import { CHAIN } from '../room/log.ts';
import { joinedBy } from './joined.ts';
import type { PlayedRoom } from './played-overlap.ts';
import { knownOf } from './played-room.ts';

const EXAMPLE = 'examples/campaign-lift.policy.json';
/** Both arms, as a mask of groups. */
const BOTH = 0b11;

/** A person whom all three parties know: in control (0) or test (1), whether the outcome came about, and hundredths spent. */
export type Person = readonly [arm: bigint, converted: bigint, spent: bigint];

/** Plays a room of the sample campaign up to its figures. Each arm needs as many people as the policy's k. */
export async function playedLift(
  people: readonly Person[],
  selectors: EventSelectors,
  changes: object = {},
): Promise<PlayedRoom> {
  await initField();
  const policy = parsePolicy({ ...JSON.parse(readFileSync(EXAMPLE, 'utf8')), ...changes });
  const terms = policyTerms(policy, 4711n);
  const slots = policy.parties.map((_, slot) => slot);
  const brings = (slot: number): boolean => ((terms.vectors >> BigInt(8 * slot)) & 255n) > 0n;
  const log = new JoinedLog({ slots: 3, policy: terms, full: slots.map((slot) => (brings(slot) ? BOTH : 0)) }).create();
  log
    .take(...slots)
    .approve(...slots)
    .commit(...slots)
    .blindAll()
    .hopAll()
    .matchAll(people.length);
  finishValues(log);

  const digests = people.map((_, i) => BigInt(i + 1));
  const datasets = slots.map((slot) =>
    makeDataset(
      digests,
      people.map((person) => person.map((value, column) => (column === slot ? value : 0n))),
    ),
  );
  const outcome = joinedBy(policy, datasets);
  if (outcome.suppressed || !outcome.figures) throw new Error('each arm needs as many people as the policy’s k');
  const { count } = outcome;
  const fields = outcome.figures.map((figure) => parseField(figure, 'figure'));
  const digest = figuresDigest(log.context, fields);
  const transcript = replay(log.events, CHAIN, (name) => selectors.get(name)!).matchTranscript!;
  for (const slot of slots) {
    const masked = log.maskedTally(slot);
    log.add('MaskedGiven', { ...masked, statement: { ...masked.statement, transcript } });
  }
  const released = log.figures();
  log.add('FiguresReleased', {
    ...released,
    statement: { ...released.statement, count, figures_digest: digest },
  });
  return { policy, told: await knownOf(log), blobs: new Map([[fieldToHex(digest), encodeFigures(fields)]]) };
}
