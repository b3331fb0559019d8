/** Committing to a dataset, with the proof that its rows keep the template's rules. */
import { datasetChunks } from '../proof/statements.ts';
import { policyBands } from '../policy/bands.ts';
import { policyPlan, policyRules } from '../policy/plan.ts';
import type { Policy } from '../policy/policy.ts';
import { datasetCommitment, rowCount, type Dataset } from '../protocol/dataset.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { stepsOf } from '../protocol/part.ts';
import { tallyCells } from '../protocol/tally.ts';
import { ownSlot } from './acts.ts';
import { DATASET } from './events.ts';
import { assertFunded } from './money.ts';
import { postChunks } from './post.ts';
import { decode } from './schema.ts';
import { seedOf, type Session } from './session.ts';
import { loadDataset, saveDataset } from './store.ts';
import { datasetPosition, isAttested, type RoomView } from './view.ts';

/**
 * Commits to a dataset, as `makeDataset` makes it, with a proof of its rows unless the room is attested. It is kept on disk
 * before the chain knows of it.
 * @returns the hash of the last transaction; undefined where the slot has committed to exactly this one before
 * @throws when the slot has committed, or begun to commit, to another one
 */
export async function commitDataset(session: Session, view: RoomView, dataset: Dataset): Promise<string | undefined> {
  const { room, policy, home } = session;
  if (rowCount(dataset) < policy.minRows || rowCount(dataset) > policy.maxRows) {
    throw new Error(
      `The policy takes ${policy.minRows} to ${policy.maxRows} distinct identifiers, the source holds ${rowCount(dataset)}.`,
    );
  }
  assertAboveFloor(policy, dataset);
  const slot = ownSlot(room);
  const commitment = commitmentTo(session, view, dataset);
  const known = commitmentOnChain(view, slot);
  if (known !== undefined && known !== commitment) {
    throw new Error(
      view.slots[slot]!.dataset === undefined
        ? 'This slot has begun to commit other data: go on with that (room run), or withdraw consent.'
        : 'This slot has committed its data already.',
    );
  }
  if (known === undefined) {
    assertCommitting(view, slot);
    await assertFunded(session, view);
  }
  await saveDataset(home, room.roomId, commitment, dataset);
  if (view.slots[slot]!.dataset !== undefined) return undefined;
  if (!isAttested(view)) return proveDataset(session, view, dataset);
  return session.contract.send('attest_dataset', room.roomId, slot, view.terms.context, commitment);
}

/** Refuses data of which nothing could be proven later on, in a room that tells bands. The refusal does not tell their sum. */
function assertAboveFloor(policy: Policy, dataset: Dataset): void {
  const bands = policyBands(policy);
  if (bands) stepsOf(bands, tallyCells(dataset, policyPlan(policy)!));
}

/** Proofs take long: what the contract would refuse is not proven at all. */
function assertCommitting(view: RoomView, slot: number): void {
  if (!view.members.includes(slot)) throw new Error('This slot is not in the room any more.');
  if (view.state !== 'committing') {
    throw new Error(`The room is ${view.state}: data are committed once every slot has approved.`);
  }
  if (view.terms.escrow !== 0n && !view.slots[slot]!.paid) {
    throw new Error(
      'What is due from this slot comes first: pay it (room deposit, room stake), then prove it (room confirm-payment).',
    );
  }
}

/** Posts the rest of the proof of a dataset whose first chunk is on chain. */
export async function finishCommitment(session: Session, view: RoomView): Promise<void> {
  await proveDataset(session, view, await committedDataset(session, view));
}

/** The dataset that the own slot has committed to, or begun to, as kept on disk. */
export async function committedDataset(session: Session, view: RoomView): Promise<Dataset> {
  const { home, room } = session;
  const commitment = commitmentOnChain(view, ownSlot(room));
  if (commitment === undefined) throw new Error('This slot has not committed any data yet.');
  const dataset = await loadDataset(home, room.roomId, commitment);
  if (!dataset) {
    throw new Error(
      'The dataset that this slot committed to is not in its folder. Commit to the same data again, or restore a backup.',
    );
  }
  if (commitmentTo(session, view, dataset) !== commitment) {
    throw new Error('The dataset in this folder is not the one that was committed to. Restore it from a backup.');
  }
  return dataset;
}

async function proveDataset(session: Session, view: RoomView, dataset: Dataset): Promise<string | undefined> {
  const { room, policy } = session;
  const slot = ownSlot(room);
  const { minRows, maxRows } = policy;
  const rules = policyRules(policy);
  const { context } = view.terms;
  const jobs = datasetChunks({ context, slot, seed: seedOf(session), dataset, minRows, maxRows, rules });
  return postChunks(session, view, datasetPosition(slot), 'commit_dataset', jobs);
}

/** What a slot has committed to; also where some chunks of its proof are still missing. */
function commitmentOnChain(view: RoomView, slot: number): bigint | undefined {
  if (isAttested(view)) return view.slots[slot]?.dataset;
  const proof = view.proofs.find((each) => each.slot === slot && each.circuit.startsWith('dataset_'));
  return proof && decode(DATASET, proof.publicInputs.slice(0, DATASET.struct.length), 'dataset').dataset;
}

function commitmentTo(session: Session, view: RoomView, dataset: Dataset): bigint {
  const { salt } = deriveKeys(seedOf(session));
  return datasetCommitment({ context: view.terms.context, slot: ownSlot(session.room), dataset, salt });
}
