import { mulBatch, type BatchOptions } from '../curve/batch.ts';
import { pointsToBytes } from '../curve/grumpkin.ts';
import { mapToCurve } from '../curve/map.ts';
import { assertDataset, type Dataset } from './dataset.ts';
import { assertSlot } from './errors.ts';
import { identifierField } from './identifier.ts';
import { makeList, type List } from './list.ts';

/**
 * Makes a slot's blinded list, hop 0: every identifier mapped to a point of this room and multiplied by the slot's k.
 *
 * @param input.blinding the slot's blinding key k, a secret scalar
 * @param input.signed whether the room is attested, so that points keep their own y
 */
export async function blindDataset(
  input: { context: bigint; slot: number; dataset: Dataset; blinding: bigint; signed?: boolean },
  options?: BatchOptions,
): Promise<List> {
  const { context, slot, dataset, blinding, signed } = input;
  assertSlot(slot);
  const points = mapToCurve(assertDataset(dataset).digests.map((digest) => identifierField(context, digest)));
  return makeList(slot, 0, await mulBatch(pointsToBytes(points), blinding, options), signed);
}
