import { blindBatch, type BatchOptions } from '../curve/batch.ts';
import { fieldsToBytes } from '../field/field.ts';
import { assertDataset, rowCount, valueRows, type Dataset } from './dataset.ts';
import { ProtocolError, assertSlot } from './errors.ts';
import { sortedList, type List } from './list.ts';
import { assertPlan, groupCount, groupOf, type Plan } from './plan.ts';
import { MAX_JOINED_GROUPS } from './vectors.ts';

/** What a blinded list is made from. */
export type BlindInput = Readonly<{
  context: bigint;
  slot: number;
  dataset: Dataset;
  /** The slot's blinding key k, a secret scalar. */
  blinding: bigint;
  /** Whether the room is attested, so that points keep their own y. */
  signed?: boolean;
  /** Whether the room joins values, so that elements have labels. */
  labelled?: boolean;
  /** In a room that joins values, for the slot that names groups: the plan whose groups are the labels. */
  plan?: Plan;
}>;

/** A blinded list and, which is secret, what its elements were made from. */
export type Blinded = Readonly<{
  list: List;
  /** For each element, in the list's order, the number of its row in the dataset. */
  rows: Uint32Array;
}>;

/** Makes a slot's blinded list, hop 0: every identifier mapped to a point of this room and multiplied by the slot's k. */
export async function blindDataset(input: BlindInput, options?: BatchOptions): Promise<List> {
  return (await blindRows(input, options)).list;
}

/** The same with the rows behind the list's elements. */
export async function blindRows(input: BlindInput, options?: BatchOptions): Promise<Blinded> {
  const { context, slot, dataset, blinding, signed, labelled, plan } = input;
  assertSlot(slot);
  const digests = fieldsToBytes(assertDataset(dataset).digests);
  const labels = plan || labelled ? rowLabels(dataset, plan) : undefined;
  const points = await blindBatch(digests, context, blinding, options);
  const { list, order } = sortedList(slot, 0, points, { signed, labels });
  return { list, rows: order };
}

/**
 * Labels of a dataset's rows, in their order: 1 + the row's group in a plan, or 0 without one.
 *
 * @throws ProtocolError when the plan has more than eight groups, or a row lies in none
 */
export function rowLabels(dataset: Dataset, plan?: Plan): Uint8Array {
  if (!plan) return new Uint8Array(rowCount(dataset));
  if (groupCount(assertPlan(plan)) > MAX_JOINED_GROUPS)
    throw new ProtocolError(`groups that are labels are at most ${MAX_JOINED_GROUPS}, not ${groupCount(plan)}`);
  return Uint8Array.from(valueRows(dataset), (row) => 1 + groupOf(plan, row));
}
