import { mulBatch, type BatchOptions } from '../curve/batch.ts';
import { ProtocolError } from './errors.ts';
import { assertList, makeList, type List } from './list.ts';
import { placeOf, type Members } from './members.ts';

/**
 * The slot that makes hop `hop` of a list, 1 ≤ hop < number of members: the hop-th member after the list's own, in a
 * circle. So every list passes once through every other member.
 */
export function hopSlot(list: number, hop: number, members: Members): number {
  const place = placeOf(list, members, 'list');
  if (!Number.isInteger(hop) || hop < 1 || hop >= members.length) {
    throw new ProtocolError(
      `hop ${hop} does not exist: a list of a room with ${members.length} members has hops 1 to ${members.length - 1}`,
    );
  }
  return members[(place + hop) % members.length];
}

/**
 * Makes the next hop of a list: every point times this slot's k, sorted anew, each with its label; signed if the list is.
 * Refuses a list that is not this slot's turn.
 */
export async function hopList(
  input: { list: List; slot: number; members: Members; blinding: bigint },
  options?: BatchOptions,
): Promise<List> {
  const { list, slot, members, blinding } = input;
  const turn = hopSlot(list.list, list.hop + 1, members);
  if (turn !== slot)
    throw new ProtocolError(`hop ${list.hop + 1} of list ${list.list} is slot ${turn}'s to make, not slot ${slot}'s`);
  const products = await mulBatch(assertList(list).points, blinding, options);
  return makeList(list.list, list.hop + 1, products, list);
}
