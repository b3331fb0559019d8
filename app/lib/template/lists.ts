/**
 * Lists of blinded rows, from the first to the match of all: what the templates have in common that join rows
 * (docs/protocol.md, section 5).
 */
import { roomKey, deriveKeys } from '../protocol/keys.ts';
import { blindRows, type Blinded } from '../protocol/blind.ts';
import { rowCount, type Dataset } from '../protocol/dataset.ts';
import { hopList } from '../protocol/hop.ts';
import { proveHopSums } from '../protocol/dleq.ts';
import { decodeList, encodeList, listCount, listDigest, listSum, type List } from '../protocol/list.ts';
import { matchLists } from '../protocol/match.ts';
import type { Plan } from '../protocol/plan.ts';
import { fieldToHex } from '../field/field.ts';
import { blindChunks, hopChunks, matchChunks } from '../proof/statements.ts';
import { BlobMissing, fetchDecoded } from '../relay/relay.ts';
import { ownSlot, sigmaFields } from '../room/acts.ts';
import { committedDataset } from '../room/commit.ts';
import { assertFunded } from '../room/money.ts';
import { keep, postChunks } from '../room/post.ts';
import { seedOf, type Session } from '../room/session.ts';
import { loadBlob } from '../room/store.ts';
import { onThreads } from '../room/threads.ts';
import { isAttested, joinsValues, listPosition, MATCH_POSITION, type RoomView, type SlotView } from '../room/view.ts';
import { planOf } from './sums.ts';
import type { Acting, Memory, StepOf } from './template.ts';

/** What members remember of lists while a session lasts. */
type Lists = {
  /** Number of points of each attested list, after whichever hop it was seen first. */
  readonly counts: Map<number, number>;
  /** Members' lists after all hops, of which match and share are made, by their digests. */
  readonly finals: Map<bigint, List>;
};

const remembered = new WeakMap<Memory, Lists>();

function listsOf(memory: Memory): Lists {
  let lists = remembered.get(memory);
  if (!lists) remembered.set(memory, (lists = { counts: new Map(), finals: new Map() }));
  return lists;
}

/** Makes sure that this slot's blinded list is at hand. */
export async function keepOwnList({ session, view, slot }: Acting): Promise<void> {
  const digest = view.lists[slot][0];
  if (digest === undefined) return;
  const { home, room } = session;
  if (await loadBlob(home, room.roomId, fieldToHex(digest))) return;
  const { list } = await ownBlinded(session, view, await committedDataset(session, view));
  await keepList(session, view, list);
}

/** Keeps a list that this slot made on disk, under its digest, which it returns, and opens it to the others if that is safe. */
async function keepList(session: Session, view: RoomView, list: List): Promise<bigint> {
  const digest = listDigest(view.terms.context, list);
  await keep(session, digest, encodeList(list), isOpen(view, list.hop));
  return digest;
}

/** The own blinded list, made of the committed dataset, and which of its rows each element is of. */
export async function ownBlinded(session: Session, view: RoomView, dataset: Dataset): Promise<Blinded> {
  const { blinding } = deriveKeys(seedOf(session));
  const slot = ownSlot(session.room);
  const input = {
    context: view.terms.context,
    slot,
    dataset,
    blinding,
    signed: isAttested(view),
    labelled: joinsValues(view),
    plan: labelPlan(session, view, slot),
  };
  return onThreads(rowCount(dataset), 'blinding the list', session.report, (options) => blindRows(input, options));
}

/** The plan whose groups are the labels of the slot's list, if it is the one that names groups. */
function labelPlan({ policy }: Session, { terms }: RoomView, slot: number): Plan | undefined {
  return terms.naming === slot + 1 ? planOf(policy) : undefined;
}

/** A list that a member made, as the relay holds it. */
export async function fetchList({ session, view, memory }: Acting, list: number, hop: number): Promise<List> {
  const { relay, policy } = session;
  const { finals } = listsOf(memory);
  const digest = view.lists[list][hop]!;
  const seen = finals.get(digest);
  if (seen) return seen;
  const sum = view.sums[list][hop];
  const { minRows, maxRows } = policy;
  const labelled = joinsValues(view);
  const expected = { context: view.terms.context, list, hop, digest, sum, labelled, minRows, maxRows };
  const decoded = await fetchDecoded(relay, `List ${list}, hop ${hop}`, digest, (blob) => decodeList(blob, expected));
  if (hop === view.members.length - 1) finals.set(digest, decoded);
  return decoded;
}

/**
 * Looks at every list of an attested room that was not looked at before, its own among them: nothing proves them but that
 * each has the digest and the sum on record, whose factor the log's replay has checked, and as many points as the one
 * before it.
 * @param all whether all lists have to be at hand, as before a match or a share; otherwise those that are
 */
export async function checkLists(acting: Acting, all: boolean): Promise<void> {
  const { view, memory } = acting;
  if (!isAttested(view)) return;
  const { checked } = memory;
  const { counts } = listsOf(memory);
  let missing: BlobMissing | undefined;
  for (const list of view.members) {
    for (const [hop, digest] of view.lists[list].entries()) {
      if (digest === undefined || !isOpen(view, hop) || checked.has(fieldToHex(digest))) continue;
      let count: number;
      try {
        count = listCount(await fetchList(acting, list, hop));
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

/** Digests of the lists that belong into the relay by now. */
export function openLists(view: RoomView): bigint[] {
  return view.lists.flatMap((hops) =>
    hops.filter((digest, hop): digest is bigint => digest !== undefined && isOpen(view, hop)),
  );
}

/**
 * Whether lists after so many hops are open to the other members: those that nothing proves once all of them are on record, and
 * not before. Whoever makes one does so without having seen the others, from which it could take what its own list lacks.
 */
function isOpen(view: RoomView, hop: number): boolean {
  const proven = hop > 0 && !isAttested(view);
  return proven || view.members.every((member) => view.lists[member][hop] !== undefined);
}

/** Blinds the own list, and proves or attests it. */
export async function blind({ session, view, slot }: Acting): Promise<void> {
  await assertFunded(session, view);
  const { contract, room, report } = session;
  const { context } = view.terms;
  const dataset = await committedDataset(session, view);
  const { list } = await ownBlinded(session, view, dataset);
  const digest = await keepList(session, view, list);
  if (isAttested(view)) {
    report({ message: 'attesting the blinded list' });
    await contract.send('attest_blind', room.roomId, attestedList(context, slot, list, digest));
    return;
  }
  const jobs = await blindChunks({
    context,
    slot,
    seed: seedOf(session),
    dataset,
    list,
    plan: labelPlan(session, view, slot),
  });
  await postChunks(session, view, listPosition(slot, 0), 'post_blind', jobs);
}

/** Passes a list on, and proves or attests it. */
export async function hop(acting: Acting, { list, hop: number }: StepOf<'hop'>): Promise<void> {
  const { session, view, slot } = acting;
  const seed = seedOf(session);
  const { blinding, blindingPublic: key } = deriveKeys(seed);
  const { context } = view.terms;
  const input = await fetchList(acting, list, number - 1);
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
export async function matchInputs(acting: Acting) {
  const { session, view } = acting;
  const { members, terms } = view;
  const lists = await Promise.all(members.map((list) => fetchList(acting, list, members.length - 1)));
  const key = roomKey(memberSlots(view).map(({ decryptionKey }) => decryptionKey));
  return { context: terms.context, members, lists, key, k: terms.k, seed: seedOf(session) };
}

/** Matches the lists, and proves how many elements they share. */
export async function match(acting: Acting): Promise<void> {
  const { session, view } = acting;
  const inputs = await matchInputs(acting);
  const jobs = matchChunks({ ...inputs, match: matchLists(inputs) });
  await postChunks(session, view, MATCH_POSITION, 'post_match', jobs);
}

/** The members' records, in the order of the members. */
export function memberSlots({ slots, members }: RoomView): SlotView[] {
  return members.map((member) => slots[member]!);
}
