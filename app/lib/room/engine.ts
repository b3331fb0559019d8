/**
 * Drives one slot through the steps that need no decision: the rest of a dataset's proof, blind, hop, match, share, release.
 *
 * The engine keeps no state of its own: what is to be done follows from the chain, what it does follows from the slot's
 * seed. A party that is killed at any moment goes on from the chain's state and makes the same messages again.
 */
import { deriveKeys, roomKey } from '../protocol/keys.ts';
import { blindDataset } from '../protocol/blind.ts';
import { rowCount, type Dataset } from '../protocol/dataset.ts';
import { hopList } from '../protocol/hop.ts';
import { proveHopSums } from '../protocol/dleq.ts';
import { decodeList, encodeList, listCount, listDigest, listSum, type List } from '../protocol/list.ts';
import { matchLists } from '../protocol/match.ts';
import { makeShare } from '../protocol/share.ts';
import { openCount } from '../protocol/release.ts';
import { proofDigest } from '../protocol/statement.ts';
import { bytesToFields, fieldToHex } from '../field/field.ts';
import { blindChunks, hopChunks, matchChunks, releaseProof } from '../proof/statements.ts';
import { ContractRefusal } from '../chain/contract.ts';
import { BlobCorrupt, BlobMissing, RelayError, type Relay } from '../relay/relay.ts';
import { decode } from './schema.ts';
import { RELEASE } from './events.ts';
import { checkTerms, ownSlot, sigmaFields } from './acts.ts';
import { committedDataset, finishCommitment } from './commit.ts';
import { assertFunded, confirmPayment, PaymentMissing } from './money.ts';
import { nextStep, type NextStep } from './next.ts';
import { keep, postChunks, proveAndKeep } from './post.ts';
import { readRoom, seedOf, type Session } from './session.ts';
import { loadBlob } from './store.ts';
import { onThreads } from './threads.ts';
import { isAttested, listPosition, MATCH_POSITION, type RoomView, type SlotView } from './view.ts';

/** Steps that wait for the party's word, money or data. */
export type Decision = 'take-slot' | 'approve' | 'pay' | 'commit';

/** What one turn of the engine came to. */
export type Turn =
  | { readonly outcome: 'acted'; readonly step: NextStep }
  | { readonly outcome: 'waiting'; readonly on: string }
  | { readonly outcome: 'decision'; readonly step: Decision }
  | { readonly outcome: 'finished'; readonly view: RoomView };

/** What turns of one session need not do again. */
export type Memory = {
  /** Names of the proofs that were verified, and of the attested lists that were looked at. */
  readonly checked: Set<string>;
  /** Number of points of each attested list, after whichever hop it was seen first. */
  readonly counts: Map<number, number>;
  /** Members' lists after all hops, of which match and share are made, by their digests. */
  readonly finals: Map<bigint, List>;
  /** Transcript of the room when the own blobs were last seen in the relay. */
  restored?: bigint;
};

/** The memory of a session that begins. */
export function newMemory(): Memory {
  return { checked: new Set(), counts: new Map(), finals: new Map() };
}

/** Does this slot's next step, if there is one that needs no decision. */
export async function takeTurn(session: Session, memory: Memory): Promise<Turn> {
  const { view } = await readOwnRoom(session);
  const slot = ownSlot(session.room);
  const step = nextStep(view, slot);
  const joined = view.members.includes(slot) && (view.state === 'joining' || view.state === 'sharing');
  try {
    if (joined) {
      await checkTerms(view, session.policy, session.prover);
      await keepOwnList(session, view, slot);
    }
    if (memory.restored !== view.transcript) await restoreBlobs(session, view);
    memory.restored = view.transcript;
    if (joined) {
      await checkProofs(session, view, memory.checked);
      await checkLists(session, view, memory, step.kind === 'match' || step.kind === 'share');
    }
    switch (step.kind) {
      case 'finished':
        return { outcome: 'finished', view };
      case 'wait':
        return { outcome: 'waiting', on: step.on };
      case 'take-slot':
      case 'approve':
      case 'commit':
        return { outcome: 'decision', step: step.kind };
      case 'confirm-payment':
        await confirmPayment(session, view);
        break;
      case 'prove-dataset':
        await finishCommitment(session, view);
        break;
      case 'blind':
        await blind(session, view, slot);
        break;
      case 'hop':
        await hop(session, view, memory, slot, step.list, step.hop);
        break;
      case 'match':
        await match(session, view, memory);
        break;
      case 'share':
        await share(session, view, memory, slot);
        break;
      case 'release':
        await release(session, view, slot);
        break;
    }
  } catch (error) {
    if (error instanceof PaymentMissing) return { outcome: 'decision', step: 'pay' };
    if (error instanceof BlobMissing) return { outcome: 'waiting', on: `a blob in the relay: ${error.message}` };
    if (error instanceof BlobCorrupt)
      throw new BlobCorrupt(`${error.message}, which its "room run" does`, { cause: error });
    // A transaction sent just before a crash may land in the meantime: then the step is done, and the refusal says so.
    if (!(error instanceof ContractRefusal)) throw error;
    const { view: now } = await readOwnRoom(session);
    if (now.transcript === view.transcript) throw error;
  }
  return { outcome: 'acted', step };
}

function readOwnRoom(session: Session): Promise<{ view: RoomView }> {
  return readRoom({ ...session, contract: session.contract.address }, session.room.roomId);
}

/** How {@link run} waits and stops. */
export type RunOptions = { readonly pollMilliseconds?: number; readonly signal?: AbortSignal };

/** Takes turns until the room is over or a decision is due. */
export async function run(session: Session, options: RunOptions = {}): Promise<Turn> {
  const memory = newMemory();
  let said = '';
  for (;;) {
    options.signal?.throwIfAborted();
    const turn = await takeTurn(session, memory);
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

/** Makes sure that this slot's blinded list is at hand for {@link restoreBlobs}. */
async function keepOwnList(session: Session, view: RoomView, slot: number): Promise<void> {
  const digest = view.lists[slot][0];
  if (digest === undefined) return;
  const { home, room } = session;
  if (await loadBlob(home, room.roomId, fieldToHex(digest))) return;
  await keepList(session, view, await blindedList(session, view, await committedDataset(session, view)));
}

/** Keeps a list that this slot made on disk, under its digest, which it returns, and opens it to the others if that is safe. */
async function keepList(session: Session, view: RoomView, list: List): Promise<bigint> {
  const digest = listDigest(view.terms.context, list);
  await keep(session, digest, encodeList(list), isOpen(view, list.hop));
  return digest;
}

/**
 * Puts what this slot made for a room into the relay wherever that does not hold it, or holds something else; of the lists
 * those that are open.
 */
export async function restoreBlobs(
  { home, room, relay }: Pick<Session, 'home' | 'room' | 'relay'>,
  view: RoomView,
): Promise<void> {
  const lists = view.lists.flatMap((hops) => hops.filter((_, hop) => isOpen(view, hop)));
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

async function blindedList(session: Session, view: RoomView, dataset: Dataset): Promise<List> {
  const { blinding } = deriveKeys(seedOf(session));
  const input = {
    context: view.terms.context,
    slot: ownSlot(session.room),
    dataset,
    blinding,
    signed: isAttested(view),
  };
  return onThreads(rowCount(dataset), 'blinding the list', session.report, (options) => blindDataset(input, options));
}

async function fetchList(
  { relay, policy }: Session,
  view: RoomView,
  { finals }: Memory,
  list: number,
  hop: number,
): Promise<List> {
  const digest = view.lists[list][hop]!;
  const seen = finals.get(digest);
  if (seen) return seen;
  const sum = view.sums[list][hop];
  const { minRows, maxRows } = policy;
  const blob = await relay.getNamed(fieldToHex(digest));
  try {
    const decoded = decodeList(blob, { context: view.terms.context, list, hop, digest, sum, minRows, maxRows });
    if (hop === view.members.length - 1) finals.set(digest, decoded);
    return decoded;
  } catch (error) {
    const { message } = error as Error;
    throw new BlobCorrupt(
      `List ${list}, hop ${hop}, as the relay holds it, is refused: ${message}; its maker has to store it again`,
      { cause: error },
    );
  }
}

/**
 * Looks at every list of an attested room that was not looked at before, its own among them: nothing proves them but that
 * each has the digest and the sum on record, whose factor the log's replay has checked, and as many points as the one
 * before it.
 * @param all whether all lists have to be at hand, as before a match or a share; otherwise those that are
 */
async function checkLists(session: Session, view: RoomView, memory: Memory, all: boolean): Promise<void> {
  if (!isAttested(view)) return;
  const { checked, counts } = memory;
  let missing: BlobMissing | undefined;
  for (const list of view.members) {
    for (const [hop, digest] of view.lists[list].entries()) {
      if (digest === undefined || !isOpen(view, hop) || checked.has(fieldToHex(digest))) continue;
      let count: number;
      try {
        count = listCount(await fetchList(session, view, memory, list, hop));
      } catch (error) {
        if (!(error instanceof BlobMissing)) throw error;
        missing = error;
        continue;
      }
      const others = counts.get(list) ?? count;
      if (count !== others) {
        throw new Error(
          `List ${list} has ${count} points after hop ${hop}, and ${others} after another one. Withdraw consent: a party cheats.`,
        );
      }
      counts.set(list, count);
      checked.add(fieldToHex(digest));
    }
  }
  if (all && missing) throw missing;
}

/**
 * Whether lists after so many hops are open to the other members: those that nothing proves once all of them are on record, and
 * not before. Whoever makes one does so without having seen the others, from which it could take what its own list lacks.
 */
function isOpen(view: RoomView, hop: number): boolean {
  const proven = hop > 0 && !isAttested(view);
  return proven || view.members.every((member) => view.lists[member][hop] !== undefined);
}

async function blind(session: Session, view: RoomView, slot: number): Promise<void> {
  await assertFunded(session, view);
  const { contract, room, report } = session;
  const { context } = view.terms;
  const dataset = await committedDataset(session, view);
  const list = await blindedList(session, view, dataset);
  const digest = await keepList(session, view, list);
  if (isAttested(view)) {
    report({ message: 'attesting the blinded list' });
    await contract.send('attest_blind', room.roomId, attestedList(context, slot, list, digest));
    return;
  }
  const jobs = await blindChunks({ context, slot, seed: seedOf(session), dataset, list });
  await postChunks(session, view, listPosition(slot, 0), 'post_blind', jobs);
}

async function hop(
  session: Session,
  view: RoomView,
  memory: Memory,
  slot: number,
  list: number,
  number: number,
): Promise<void> {
  const seed = seedOf(session);
  const { blinding, blindingPublic: key } = deriveKeys(seed);
  const { context } = view.terms;
  const input = await fetchList(session, view, memory, list, number - 1);
  const output = await onThreads(listCount(input), `passing on list ${list}`, session.report, (options) =>
    hopList({ list: input, slot, members: view.members, blinding }, options),
  );
  const digest = await keepList(session, view, output);
  if (!isAttested(view)) {
    const jobs = await hopChunks({ context, slot, seed, input, output });
    await postChunks(session, view, listPosition(list, number), 'post_hop', jobs);
    return;
  }
  const { contract, room, report } = session;
  const statement = attestedList(context, slot, output, digest);
  const base = view.sums[list][number - 1]!;
  const proof = proveHopSums({ context, slot, list, hop: number, key, base, image: statement.sum }, blinding, seed);
  report({ message: `attesting hop ${number} of list ${list}` });
  await contract.send('attest_hop', room.roomId, statement, key, base, sigmaFields(proof));
}

/** What a slot attests of a list that it made. */
function attestedList(context: bigint, slot: number, list: List, digest: bigint) {
  return { context, slot, list: list.list, hop: list.hop, digest, sum: listSum(list) };
}

/** What a match is made from: the members' lists after all hops, and the sum of their keys. */
async function matchInputs(session: Session, view: RoomView, memory: Memory) {
  const { members, terms } = view;
  const lists = await Promise.all(members.map((list) => fetchList(session, view, memory, list, members.length - 1)));
  const key = roomKey(memberSlots(view).map(({ decryptionKey }) => decryptionKey));
  return { context: terms.context, members, lists, key, k: terms.k, seed: seedOf(session) };
}

async function match(session: Session, view: RoomView, memory: Memory): Promise<void> {
  const inputs = await matchInputs(session, view, memory);
  const jobs = matchChunks({ ...inputs, match: matchLists(inputs) });
  await postChunks(session, view, MATCH_POSITION, 'post_match', jobs);
}

async function share(session: Session, view: RoomView, memory: Memory, slot: number): Promise<void> {
  const { contract, room } = session;
  const { context } = view.terms;
  // The match is proven; looking again costs little, and a share below k is the one thing that cannot be taken back.
  const { meetsK } = matchLists(await matchInputs(session, view, memory));
  if (!meetsK)
    throw new Error("The lists' overlap lies below k, although the match on chain says otherwise. No share is given.");
  const seed = seedOf(session);
  const { decryption, decryptionPublic } = deriveKeys(seed);
  const ciphertext = view.ciphertext!;
  const { share: point, proof } = makeShare({ context, slot, decryption, decryptionPublic, ciphertext, seed });
  session.report({ message: 'giving the decryption share' });
  await contract.send(
    'give_share',
    room.roomId,
    slot,
    context,
    decryptionPublic,
    ciphertext.c1,
    point,
    sigmaFields(proof),
    view.matchTranscript!,
  );
}

async function release(session: Session, view: RoomView, slot: number): Promise<void> {
  const { contract, room, prover, policy, report } = session;
  const { context, k } = view.terms;
  const opening = {
    context,
    members: view.members,
    decryptionPublics: memberSlots(view).map(({ decryptionKey }) => decryptionKey),
    shares: memberSlots(view).map((member) => ({ share: member.share!, proof: member.shareProof! })),
    ciphertext: view.ciphertext!,
    k,
  };
  const job = releaseProof({ ...opening, count: openCount({ ...opening, maxCount: policy.maxRows }) });
  report({ message: `proving ${job.circuit}` });
  const proof = await proveAndKeep(session, job);
  const key = await prover.verificationKey(job.circuit);
  report({ message: `posting ${job.circuit}` });
  const statement = decode(RELEASE, job.publicInputs, job.circuit);
  await contract.send('release', room.roomId, slot, statement, key.fields, key.hash, bytesToFields(proof, 'proof'));
}

/** The members' records, in the order of the members. */
function memberSlots({ slots, members }: RoomView): SlotView[] {
  return members.map((member) => slots[member]!);
}
