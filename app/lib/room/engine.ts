/**
 * Drives one slot through the steps that need no decision: blind, hop, match, share, release.
 *
 * The engine keeps no state of its own: what is to be done follows from the chain, what it does follows from the slot's
 * seed. A party that is killed at any moment goes on from the chain's state and makes the same messages again.
 */
import { deriveKeys, roomKey } from '../protocol/keys.ts';
import { blindDataset } from '../protocol/blind.ts';
import { datasetCommitment } from '../protocol/dataset.ts';
import { hopList } from '../protocol/hop.ts';
import { decodeList, encodeList, listDigest, type List } from '../protocol/list.ts';
import { matchLists } from '../protocol/match.ts';
import { makeShare } from '../protocol/share.ts';
import { openCount } from '../protocol/release.ts';
import { proofDigest } from '../protocol/statement.ts';
import { bytesToFields, fieldToHex } from '../field/field.ts';
import { blindChunks, hopChunks, matchChunks, releaseProof, type ProofJob } from '../proof/statements.ts';
import { ContractRefusal } from '../chain/contract.ts';
import { BlobCorrupt, BlobMissing, RelayError, type Relay } from '../relay/relay.ts';
import { decode } from './schema.ts';
import { BLIND, CHUNK, HOP, MATCH, RELEASE, SLOTS } from './events.ts';
import { CIRCUITS } from '../protocol/context.ts';
import { checkTerms, ownSlot, seedOf, sigmaFields } from './acts.ts';
import { chunksDone, nextStep, type NextStep } from './next.ts';
import { MATCH_POSITION, type RoomView } from './replay.ts';
import { readRoom, type Session } from './session.ts';
import { loadBlob, loadDataset, saveBlob } from './store.ts';

/** What one turn of the engine came to. */
export type Turn =
  | { readonly outcome: 'acted'; readonly step: NextStep }
  | { readonly outcome: 'waiting'; readonly on: string }
  | { readonly outcome: 'decision'; readonly step: 'take-slot' | 'approve' | 'commit' }
  | { readonly outcome: 'finished'; readonly view: RoomView };

/** Does this slot's next step, if there is one that needs no decision. */
export async function takeTurn(session: Session, checked: Set<string>): Promise<Turn> {
  const { view } = await readRoom({ ...session, contract: session.contract.address }, session.room.roomId);
  const slot = ownSlot(session.room);
  const step = nextStep(view, slot);
  try {
    if (view.state === 'joining' || view.state === 'sharing') {
      await checkTerms(view, session.policy, session.prover);
      await keepOwnList(session, view, slot);
    }
    await restoreBlobs(session, view);
    if (view.state === 'joining' || view.state === 'sharing') await checkProofs(session, view, checked);
    switch (step.kind) {
      case 'finished':
        return { outcome: 'finished', view };
      case 'wait':
        return { outcome: 'waiting', on: step.on };
      case 'take-slot':
      case 'approve':
      case 'commit':
        return { outcome: 'decision', step: step.kind };
      case 'blind':
        await blind(session, view, slot);
        break;
      case 'hop':
        await hop(session, view, slot, step.list, step.hop);
        break;
      case 'match':
        await match(session, view);
        break;
      case 'share':
        await share(session, view, slot);
        break;
      case 'release':
        await release(session, view, slot);
        break;
    }
  } catch (error) {
    if (error instanceof BlobMissing) return { outcome: 'waiting', on: `a blob in the relay: ${error.message}` };
    if (error instanceof BlobCorrupt)
      throw new BlobCorrupt(`${error.message}, which its "room run" does`, { cause: error });
    // A transaction sent just before a crash may land in the meantime: then the step is done, and the refusal says so.
    if (!(error instanceof ContractRefusal)) throw error;
    const { view: now } = await readRoom({ ...session, contract: session.contract.address }, session.room.roomId);
    if (now.transcript === view.transcript) throw error;
  }
  return { outcome: 'acted', step };
}

/** How {@link run} waits and stops. */
export type RunOptions = { readonly pollMilliseconds?: number; readonly signal?: AbortSignal };

/** Takes turns until the room is over or a decision is due. */
export async function run(session: Session, options: RunOptions = {}): Promise<Turn> {
  const checked = new Set<string>();
  let said = '';
  for (;;) {
    options.signal?.throwIfAborted();
    const turn = await takeTurn(session, checked);
    if (turn.outcome === 'decision' || turn.outcome === 'finished') return turn;
    if (turn.outcome === 'waiting') {
      if (turn.on !== said) session.report({ message: `waiting for ${turn.on}` });
      said = turn.on;
      await new Promise((resolve) => setTimeout(resolve, options.pollMilliseconds ?? 1000));
    }
  }
}

/**
 * Verifies every proof that the log announces and that was not verified before. A network that does not prove its
 * transactions has not looked at any of them.
 */
export async function checkProofs(
  { relay, prover, report }: Pick<Session, 'relay' | 'prover' | 'report'>,
  view: RoomView,
  checked: Set<string>,
): Promise<void> {
  for (const { circuit, publicInputs, digest } of view.proofs) {
    const name = fieldToHex(digest);
    if (checked.has(name)) continue;
    report({ message: `checking a proof of circuit ${circuit}` });
    const proof = await relay.getNamed(name);
    if (!isProofOf(digest, proof)) {
      throw new BlobCorrupt(
        `the relay's blob ${name} is not the proof whose digest is on chain: its maker has to store it again`,
      );
    }
    if (!(await prover.verify(circuit, proof, publicInputs))) {
      throw new Error(
        `A proof of circuit ${circuit} on chain does not verify (digest ${name}). Withdraw consent: a party cheats.`,
      );
    }
    checked.add(name);
  }
}

function isProofOf(digest: bigint, blob: Uint8Array): boolean {
  try {
    return proofDigest(bytesToFields(blob, 'proof')) === digest;
  } catch {
    return false; // another length, or elements that are none
  }
}

/** Puts a blob into the relay under its digest on chain, after keeping a copy: a relay may lose it. */
async function publish({ home, room, relay }: Session, digest: bigint, blob: Uint8Array): Promise<void> {
  const name = fieldToHex(digest);
  await saveBlob(home, room.roomId, name, blob);
  await relay.putNamed(name, blob);
}

/** Makes this slot's blinded list ready for {@link restoreBlobs}. */
async function keepOwnList(session: Session, view: RoomView, slot: number): Promise<void> {
  const digest = view.lists[slot][0];
  if (digest === undefined) return;
  const { home, room } = session;
  if (await loadBlob(home, room.roomId, fieldToHex(digest))) return;
  await saveBlob(home, room.roomId, fieldToHex(digest), encodeList(await ownBlindedList(session, view, slot)));
}

/**
 * Puts what this slot made for a room into the relay wherever that does not hold it, or holds something else.
 * Blinded lists are opened to the others once all of them are fixed on chain, and not before.
 */
export async function restoreBlobs(
  { home, room, relay }: Pick<Session, 'home' | 'room' | 'relay'>,
  view: RoomView,
): Promise<void> {
  const allFixed = view.lists.every((digests) => digests[0] !== undefined);
  const lists = view.lists.flatMap(([blinded, ...hopped]) => (allFixed ? [blinded, ...hopped] : []));
  for (const digest of [...view.proofs.map((proof) => proof.digest), ...lists]) {
    if (digest === undefined) continue;
    const name = fieldToHex(digest);
    const kept = await loadBlob(home, room.roomId, name);
    if (kept && !(await holds(relay, name, kept))) await relay.putNamed(name, kept);
  }
}

async function holds(relay: Relay, name: string, blob: Uint8Array): Promise<boolean> {
  try {
    return Buffer.compare(await relay.getNamed(name), blob) === 0;
  } catch (error) {
    if (error instanceof RelayError) return false;
    throw error;
  }
}

async function committedDataset({ home, room }: Session, view: RoomView, slot: number): Promise<bigint[]> {
  const dataset = await loadDataset(home, room.roomId);
  if (!dataset)
    throw new Error('The dataset that this slot committed to is no longer in its folder. Restore it from a backup.');
  const { salt } = deriveKeys(seedOf(room));
  if (datasetCommitment({ context: view.terms.context, slot, dataset, salt }) !== view.slots[slot]!.dataset) {
    throw new Error('The dataset in this folder is not the one that was committed to. Restore it from a backup.');
  }
  return dataset;
}

async function ownBlindedList(session: Session, view: RoomView, slot: number): Promise<List> {
  const dataset = await committedDataset(session, view, slot);
  const { blinding } = deriveKeys(seedOf(session.room));
  return blindDataset({ context: view.terms.context, slot, dataset, blinding });
}

async function fetchList({ relay, policy }: Session, view: RoomView, list: number, hop: number): Promise<List> {
  const digest = view.lists[list][hop]!;
  const { minRows, maxRows } = policy;
  const blob = await relay.getNamed(fieldToHex(digest));
  try {
    return decodeList(blob, { context: view.terms.context, list, hop, digest, minRows, maxRows });
  } catch (error) {
    const { message } = error as Error;
    throw new BlobCorrupt(
      `List ${list}, hop ${hop}, as the relay holds it, is refused: ${message}; its maker has to store it again`,
      { cause: error },
    );
  }
}

/** Proves and posts the chunks of a step that are not on chain yet. Proofs go into the relay, under their digests. */
async function postChunks(
  session: Session,
  view: RoomView,
  position: number,
  method: 'post_blind' | 'post_hop' | 'post_match',
  jobs: readonly ProofJob[],
): Promise<void> {
  const { contract, room, prover, report } = session;
  const layout = { post_blind: BLIND, post_hop: HOP, post_match: MATCH }[method];
  for (let i = chunksDone(view, position); i < jobs.length; i++) {
    const { circuit, publicInputs } = jobs[i];
    report({ message: `proving ${circuit}`, done: i, total: jobs.length });
    const proof = await proveAndKeep(session, jobs[i]);
    const key = await prover.verificationKey(circuit);
    report({ message: `posting ${circuit}`, done: i, total: jobs.length });
    await contract.send(
      method,
      room.roomId,
      CIRCUITS.indexOf(circuit),
      ...(method === 'post_match' ? [ownSlot(room)] : []),
      decode(layout, publicInputs.slice(0, -4), circuit),
      decode(CHUNK, publicInputs.slice(-4), `${circuit} chunk`),
      key.fields,
      key.hash,
      bytesToFields(proof, 'proof'),
    );
  }
}

async function proveAndKeep(session: Session, job: ProofJob): Promise<Uint8Array> {
  const { proof } = await session.prover.prove(job.circuit, job.inputs, job.publicInputs);
  await publish(session, proofDigest(bytesToFields(proof, 'proof')), proof);
  return proof;
}

async function blind(session: Session, view: RoomView, slot: number): Promise<void> {
  const { room, policy } = session;
  const seed = seedOf(room);
  const dataset = await committedDataset(session, view, slot);
  const list = await ownBlindedList(session, view, slot);
  const jobs = await blindChunks({
    context: view.terms.context,
    slot,
    seed,
    dataset,
    list,
    minRows: policy.minRows,
    maxRows: policy.maxRows,
  });
  await postChunks(session, view, slot * SLOTS, 'post_blind', jobs);
}

async function hop(session: Session, view: RoomView, slot: number, list: number, number: number): Promise<void> {
  const seed = seedOf(session.room);
  const { blinding } = deriveKeys(seed);
  const input = await fetchList(session, view, list, number - 1);
  const output = await hopList({ list: input, slot, slots: SLOTS, blinding });
  await publish(session, listDigest(view.terms.context, output), encodeList(output));
  const jobs = await hopChunks({ context: view.terms.context, slot, seed, input, output });
  await postChunks(session, view, list * SLOTS + number, 'post_hop', jobs);
}

async function finalLists(session: Session, view: RoomView): Promise<List[]> {
  return Promise.all(view.lists.map((_, list) => fetchList(session, view, list, SLOTS - 1)));
}

async function match(session: Session, view: RoomView): Promise<void> {
  const seed = seedOf(session.room);
  const lists = await finalLists(session, view);
  const key = roomKey(view.slots.map((s) => s!.decryptionKey));
  const result = matchLists({ context: view.terms.context, lists, key, k: view.terms.k, seed });
  const jobs = matchChunks({ context: view.terms.context, seed, lists, key, k: view.terms.k, match: result });
  await postChunks(session, view, MATCH_POSITION, 'post_match', jobs);
}

async function share(session: Session, view: RoomView, slot: number): Promise<void> {
  const { contract, room } = session;
  const { context, k } = view.terms;
  const seed = seedOf(room);
  const keys = deriveKeys(seed);
  // The match is proven; looking again costs little, and a share below k is the one thing that cannot be taken back.
  const key = roomKey(view.slots.map((s) => s!.decryptionKey));
  const { meetsK } = matchLists({ context, lists: await finalLists(session, view), key, k, seed });
  if (!meetsK)
    throw new Error("The lists' overlap lies below k, although the match on chain says otherwise. No share is given.");
  const ciphertext = view.ciphertext!;
  const { share: point, proof } = makeShare({
    context,
    slot,
    decryption: keys.decryption,
    decryptionPublic: keys.decryptionPublic,
    ciphertext,
    seed,
  });
  session.report({ message: 'giving the decryption share' });
  await contract.send(
    'give_share',
    room.roomId,
    slot,
    context,
    keys.decryptionPublic,
    ciphertext.c1,
    point,
    sigmaFields(proof),
  );
}

async function release(session: Session, view: RoomView, slot: number): Promise<void> {
  const { contract, room, prover, policy, report } = session;
  const { context, k } = view.terms;
  const decryptionPublics = view.slots.map((s) => s!.decryptionKey);
  const shares = view.slots.map((s) => ({ share: s!.share!, proof: s!.shareProof! }));
  const ciphertext = view.ciphertext!;
  const count = openCount({ context, decryptionPublics, shares, ciphertext, k, maxCount: policy.maxRows });
  const job = releaseProof({ context, decryptionPublics, shares, ciphertext, k, count });
  report({ message: 'proving release' });
  const proof = await proveAndKeep(session, job);
  const key = await prover.verificationKey('release');
  report({ message: 'posting release' });
  const statement = decode(RELEASE, job.publicInputs, 'release');
  await contract.send('release', room.roomId, slot, statement, key.fields, key.hash, bytesToFields(proof, 'proof'));
}
