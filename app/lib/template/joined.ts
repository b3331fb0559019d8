/**
 * The templates that join values: sums over the rows that all members hold, in the groups that one slot names, and what follows
 * from them. Lists are blinded, passed on and matched as for an overlap. Then flags of what matched travel back as far as the
 * maker of each list's first hop, which adds up the owner's encrypted numbers of the matched rows; the owner opens the sums into
 * a tally, and goes on as if it had tallied its rows (docs/protocol.md, section 9).
 */
import { fieldToHex } from '../field/field.ts';
import { encryptChunks, openedProof, selectChunks } from '../proof/joined.ts';
import { returnChunks } from '../proof/statements.ts';
import { blindDataset } from '../protocol/blind.ts';
import { decodeEncrypted, encodeEncrypted, encryptedDigest, encryptVector, type Encrypted } from '../protocol/encrypted.ts';
import { deriveKeys } from '../protocol/keys.ts';
import type { List } from '../protocol/list.ts';
import { openTally } from '../protocol/opened.ts';
import {
  decodeReturned,
  encodeReturned,
  returnedDigest,
  returnedLists,
  returnList,
  type ReturnedList,
} from '../protocol/returned.ts';
import { decodeSelected, encodeSelected, selectedDigest, selectSums, type Selected } from '../protocol/selected.ts';
import { countingSlot, slotVectors } from '../protocol/vectors.ts';
import { refusedBlob } from '../relay/relay.ts';
import { committedDataset } from '../room/commit.ts';
import { OPENED } from '../room/events.ts';
import { keep, postChunks, proveStep } from '../room/post.ts';
import { decode } from '../room/schema.ts';
import { seedOf } from '../room/session.ts';
import { onThreads } from '../room/threads.ts';
import { encryptedPosition, returnedPosition, selectedPosition, type RoomView } from '../room/view.ts';
import { joinedOutcome } from './joined-outcome.ts';
import { blind, fetchList, hop, keepOwnList, match, openLists } from './lists.ts';
import { figures, giveMasked, openSums, planOf } from './sums.ts';
import type { Acting, StepOf, Template } from './template.ts';

export const joined: Template = {
  name: 'intersection-sum or lift',
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
  const plan = planOf(session.policy);
  const { values } = await ownBlinded(acting);
  const input = { context, slot, seed: seedOf(session), vector, plan, values };
  const encrypted = await onThreads(values.length, 'encrypting the own numbers', session.report, (options) =>
    encryptVector(input, options),
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

async function select(acting: Acting, { list, vector }: StepOf<'select'>): Promise<void> {
  const { session, view, slot } = acting;
  const { context, k } = view.terms;
  const input = {
    context,
    slot,
    vector,
    k,
    seed: seedOf(session),
    key: view.slots[list]!.decryptionKey,
    blinded: await fetchList(acting, list, 0),
    returned: await returnedAfter(acting, list, 1),
    encrypted: await fetchEncrypted(acting, list, vector),
  };
  const selected = await onThreads(listCount(input.blinded), `adding up for slot ${list}`, session.report, (options) =>
    selectSums(input, options),
  );
  await keep(session, selectedDigest(context, selected), encodeSelected(selected));
  const jobs = await selectChunks({ ...input, selected });
  await postChunks(session, view, selectedPosition(list, vector), 'post_selected', jobs);
}

async function open(acting: Acting): Promise<void> {
  const { session, view, slot } = acting;
  const { contract, room } = session;
  const input = await openingOf(acting);
  const job = openedProof({ ...input, slot });
  const { key, proof } = await proveStep(session, job);
  session.report({ message: 'posting the opened tally' });
  const statement = decode(OPENED, job.publicInputs, job.circuit);
  await contract.send('post_opened', room.roomId, statement, key.fields, key.hash, proof);
}

async function mask(acting: Acting): Promise<void> {
  const { cells } = openTally(await openingOf(acting));
  await giveMasked(acting, cells);
}

/** What the own tally is opened from: the sums that others gave of the own vectors. */
async function openingOf(acting: Acting) {
  const { session, view, slot } = acting;
  const { context, vectors } = view.terms;
  const own = slotVectors(vectors, slot);
  const selected = new Map<number, Selected>();
  for (const vector of own) selected.set(vector, await fetchSelected(acting, vector));
  return { context, slot, seed: seedOf(session), selected, counting: countingSlot(vectors) === slot, plan: planOf(session.policy) };
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
  const blob = await session.relay.getNamed(fieldToHex(digest));
  const points = await fetchList(acting, list, number);
  try {
    return decodeReturned(blob, { context: terms.context, list: points, digest });
  } catch (error) {
    throw refusedBlob(`The returned list ${list} after hop ${number}`, error);
  }
}
