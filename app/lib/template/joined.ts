/**
 * The templates that join values, or count by cohorts: sums over the rows that all members hold, in the groups that one slot names, and what follows
 * from them. Lists are blinded, passed on and matched as for an overlap. Then flags of what matched travel back as far as the
 * maker of each list's first hop, which adds up the owner's encrypted numbers of the matched rows; the owner opens the sums into
 * a tally, and goes on as if it had tallied its rows (docs/protocol.md, section 9).
 */
import { encryptChunks, openedProof, selectChunks } from '../proof/joined.ts';
import { returnChunks } from '../proof/statements.ts';
import {
  decodeEncrypted,
  encodeEncrypted,
  encryptedDigest,
  encryptVector,
  type EncryptedVector,
} from '../protocol/encrypted.ts';
import { deriveKeys } from '../protocol/keys.ts';
import { listCount } from '../protocol/list.ts';
import { listedValues } from '../protocol/listed.ts';
import { openTally } from '../protocol/opened.ts';
import type { Plan } from '../protocol/plan.ts';
import {
  decodeReturned,
  encodeReturned,
  returnedDigest,
  returnedLists,
  returnList,
  type ReturnedList,
} from '../protocol/returned.ts';
import { decodeSelected, encodeSelected, selectedDigest, type Selected } from '../protocol/selected.ts';
import { countingSlot, slotVectors } from '../protocol/vectors.ts';
import { fetchDecoded } from '../relay/relay.ts';
import { committedDataset } from '../room/commit.ts';
import { keep, postChunks, postProof } from '../room/post.ts';
import { seedOf } from '../room/session.ts';
import { onThreads } from '../room/threads.ts';
import { encryptedPosition, returnedPosition, selectedPosition, type RoomView } from '../room/view.ts';
import { joinedOutcome } from './joined-outcome.ts';
import { blind, fetchList, hop, keepOwnList, match, openLists, ownBlinded } from './lists.ts';
import { figures, giveMasked, openSums, planOf } from './sums.ts';
import type { Acting, StepOf, Template } from './template.ts';

export const joined: Template = {
  name: 'intersection-sum, lift, or overlap with cohorts',
  ...joinedOutcome,
  keepOwn: keepOwnList,
  // Every step is proven: there is nothing that only looking at would show.
  lookAt: async () => {},
  openBlobs: (view) => [...openLists(view), ...openVectors(view), ...openSums(view)],
  steps: { blind, hop, match, encrypt, return: giveBack, select, open, mask, figures },
};

/** Digests of the returned lists, encrypted vectors and selected sums that belong into the relay by now. */
function openVectors({ returned, encrypted, selected, members }: RoomView): bigint[] {
  // The returned lists of the last hop follow from public lists: nobody has to store them.
  const back = returned.flatMap((hops) => hops.slice(0, members.length - 1));
  return [...back, ...encrypted.flat(), ...selected.flat()].filter((digest) => digest !== undefined);
}

async function encrypt(acting: Acting, { vector }: StepOf<'encrypt'>): Promise<void> {
  const { session, view, slot } = acting;
  const { context } = view.terms;
  const dataset = await committedDataset(session, view);
  const { rows } = await ownBlinded(session, view, dataset);
  const input = {
    context,
    slot,
    seed: seedOf(session),
    plan: planOf(session.policy),
    listed: view.values[slot]!,
    packed: listedValues(dataset, rows),
  };
  const encrypted = await onThreads(rows.length, 'encrypting the own numbers', session.report, (options) =>
    encryptVector({ ...input, vector }, options),
  );
  await keep(session, encryptedDigest(context, encrypted), encodeEncrypted(encrypted));
  const jobs = encryptChunks({ ...input, encrypted });
  await postChunks(session, view, encryptedPosition(slot, vector), 'post_encrypted', jobs);
}

async function giveBack(acting: Acting, { list, hop: number }: StepOf<'return'>): Promise<void> {
  const { session, view } = acting;
  const { context } = view.terms;
  const seed = seedOf(session);
  const before = await fetchList(acting, list, number - 1);
  const output = await returnedAfter(acting, list, number);
  const { blinding } = deriveKeys(seed);
  const input = await onThreads(listCount(before), `returning list ${list}`, session.report, (options) =>
    returnList({ list: before, returned: output, blinding }, options),
  );
  await keep(session, returnedDigest(context, input), encodeReturned(input));
  const jobs = await returnChunks({ context, slot: acting.slot, seed, input, output });
  await postChunks(session, view, returnedPosition(list, number), 'post_returned', jobs);
}

async function select(acting: Acting, { list: owner, vector }: StepOf<'select'>): Promise<void> {
  const { session, view, slot } = acting;
  const { context, k } = view.terms;
  const seed = seedOf(session);
  const { blinding } = deriveKeys(seed);
  const list = await fetchList(acting, owner, 0);
  const returned = await returnedAfter(acting, owner, 1);
  const encrypted = await fetchEncrypted(acting, owner, vector, listCount(list));
  const key = view.slots[owner]!.decryptionKey;
  const input = { context, slot, seed, blinding, list, returned, encrypted, key, k };
  const { selected, jobs } = await onThreads(
    listCount(list),
    `adding up for slot ${owner}`,
    session.report,
    (options) => selectChunks(input, options),
  );
  await keep(session, selectedDigest(context, selected), encodeSelected(selected));
  await postChunks(session, view, selectedPosition(owner, vector), 'post_selected', jobs);
}

async function open(acting: Acting): Promise<void> {
  const { session, view, slot } = acting;
  const { selected, counting, opened } = await openOwn(acting);
  const { context } = view.terms;
  const job = openedProof({ context, slot, seed: seedOf(session), counting, selected, opened });
  await postProof(session, 'post_opened', job, { message: 'posting the opened tally' });
}

async function mask(acting: Acting): Promise<void> {
  const { opened } = await openOwn(acting);
  await giveMasked(acting, opened.cells);
}

/** Opens the sums that others gave of the own vectors. */
async function openOwn(acting: Acting) {
  const { session, view, slot } = acting;
  const { vectors } = view.terms;
  const own = slotVectors(vectors, slot);
  const selected = await Promise.all(own.map((vector) => fetchSelected(acting, vector)));
  const { decryption } = deriveKeys(seedOf(session));
  const counting = countingSlot(vectors) === slot;
  if (own.length > 0) session.report({ message: 'opening the own sums' });
  const opened = await openTally({
    selected,
    decryption,
    counting,
    bound: sumBound(planOf(session.policy), own, session.policy.maxRows),
  });
  return { selected, counting, opened };
}

/** All sums of these vectors over as many rows are below this. */
function sumBound({ rules }: Plan, vectors: readonly number[], maxRows: number): bigint {
  const greatest = vectors.map((vector) => {
    const { min, max } = rules[Math.floor(vector / 2)];
    return vector % 2 === 1 ? (max - min) ** 2n : max - min;
  });
  const most = greatest.reduce((high, each) => (each > high ? each : high), 0n);
  return most * BigInt(maxRows) + 1n;
}

/** The returned list of `list` after a hop: that of the last hop follows from all lists, others are in the relay. */
async function returnedAfter(acting: Acting, list: number, number: number): Promise<ReturnedList> {
  const { session, view } = acting;
  const { members, returned, terms } = view;
  if (number === members.length - 1) {
    const lists = await Promise.all(members.map((member) => fetchList(acting, member, number)));
    return returnedLists(lists, members)[members.indexOf(list)];
  }
  const digest = returned[list][number]!;
  const points = await fetchList(acting, list, number);
  return fetchDecoded(session.relay, `The returned list ${list} after hop ${number}`, digest, (blob) =>
    decodeReturned(blob, { context: terms.context, list: points, digest }),
  );
}

/** A slot's encrypted vector, as the relay holds it. */
async function fetchEncrypted(
  { session, view }: Acting,
  slot: number,
  vector: number,
  count: number,
): Promise<EncryptedVector> {
  const digest = view.encrypted[slot][vector]!;
  return fetchDecoded(session.relay, `Vector ${vector} of slot ${slot}`, digest, (blob) =>
    decodeEncrypted(blob, { context: view.terms.context, slot, vector, count, digest }),
  );
}

/** The sums of one of the own vectors, as the relay holds them. */
async function fetchSelected({ session, view, slot }: Acting, vector: number): Promise<Selected> {
  const digest = view.selected[slot][vector]!;
  return fetchDecoded(session.relay, `The selected sums of vector ${vector}`, digest, (blob) =>
    decodeSelected(blob, { context: view.terms.context, slot, vector, digest }),
  );
}
