/**
 * What a receipt shows without a proof system, a node or files: it runs in browsers, too. Whoever relies on a result
 * verifies the proofs as well, by `verifyReceipt`.
 */
import type { Policy } from '../policy/policy.ts';
import { eventSelectors, type EventSelectors } from '../room/selectors.ts';
import type { RoomView } from '../room/view.ts';
import type { Receipt } from './schema.ts';
import {
  checkGovernance,
  checkProofsAtHand,
  checkResult,
  policyOfReceipt,
  readForm,
  readProof,
  replayReceipt,
} from './verify.ts';

/** A receipt that is consistent in itself. */
export type Inspection = {
  readonly receipt: Receipt;
  readonly policy: Policy;
  /** The room as the receipt's log leaves it. */
  readonly room: RoomView;
};

/**
 * Checks that nothing in a receipt was changed and that all of it fits together: its form and digest, every rule of the
 * room's log, policy, parties, digests of the proofs, and the result. **It verifies no proof and asks no chain**: a whole receipt
 * can be invented so that it passes.
 *
 * @param json the receipt, as parsed JSON from anywhere
 * @param selectors those of the contract's events; computed unless given
 * @throws Error with the first thing that is wrong
 */
export async function inspectReceipt(json: unknown, selectors?: EventSelectors): Promise<Inspection> {
  const known = selectors ?? (await eventSelectors());
  const receipt = readForm(json);
  const room = replayReceipt(receipt, known);
  const policy = policyOfReceipt(receipt, room);
  checkGovernance(receipt, room);
  checkProofsAtHand(receipt, room);
  room.proofs.forEach(({ digest }, i) => readProof(receipt.proofs[i], digest));
  checkResult(receipt, room);
  return { receipt, policy, room };
}
