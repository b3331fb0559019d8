import { blindBatch, type BatchOptions } from '../curve/batch.ts';
import { fieldsToBytes } from '../field/field.ts';
import { assertDataset, type Dataset } from './dataset.ts';
import { assertSlot } from './errors.ts';
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
  const digests = fieldsToBytes(assertDataset(dataset).digests);
  return makeList(slot, 0, await blindBatch(digests, context, blinding, options), signed);
}
