/** What a room came to, as one of its parties may see it: with the sizes of the lists, which every party received. */
import { loadConfig } from '../../aztec.config.ts';
import type { ProofLink } from '../charts/chart.ts';
import { cohortCounts, type ListFigure, type Results } from '../charts/results.ts';
import { fieldToHex, parseField } from '../lib/field/field.ts';
import { analysisOf } from '../lib/policy/analysis.ts';
import { uncountedAmount } from '../lib/policy/band-words.ts';
import { isCohorts, isThreshold, type Policy } from '../lib/policy/policy.ts';
import { decodeList, listCount } from '../lib/protocol/list.ts';
import { folderRelay } from '../lib/relay/folder.ts';
import type { Relay } from '../lib/relay/relay.ts';
import type { LoggedEvent } from '../lib/room/events.ts';
import { readRoom } from '../lib/room/session.ts';
import { loadRoom } from '../lib/room/store.ts';
import { isAttested, type AnnouncedProof, type RoomView } from '../lib/room/view.ts';
import { reportOutcome } from '../lib/template/figures-report.ts';
import { outcomeReadingOf } from '../lib/template/outcomes.ts';
import { openChain, ownPolicy } from './party/own-rooms.ts';
import { hasReceipt } from './receipts.ts';
import { PATIENCE, within } from './rooms.ts';

/** Sizes of lists that were read, by the lists' digests: a digest is a hash over the size as well. */
const sizes = new Map<bigint, number>();

/**
 * Reads the results of a room of a profile from the chain and the relay.
 * @returns undefined where the profile has no record of the room or of its policy, no node answers, or there is no result
 * @throws where the relay does not hold what the chain names
 */
export async function readResults(folder: string, room: string): Promise<Results | undefined> {
  const reader = await openChain();
  const record = await loadRoom({ folder }, parseField(room));
  const policy = record && (await ownPolicy(folder, record));
  if (!reader || !policy) return undefined;
  const { view, events } = await within(PATIENCE, readRoom({ ...reader, contract: record.contract }, record.roomId));
  if (!view.result) return undefined;
  return resultsOf({
    room,
    view,
    events,
    policy,
    relay: folderRelay(loadConfig().relayFolder),
    hasReceipt: await hasReceipt(room),
  });
}

/** What results are made from. */
export type ResultsSource = {
  readonly room: string;
  readonly view: RoomView;
  readonly events: readonly LoggedEvent[];
  readonly policy: Policy;
  readonly relay: Relay;
  /** Whether proofs can be linked to in a receipt; otherwise they are linked to in the audit log. */
  readonly hasReceipt: boolean;
};

/** The results of a room that has some. @throws where the relay does not hold the figures that the chain names */
export async function resultsOf({ room, view, events, policy, relay, hasReceipt }: ResultsSource): Promise<Results> {
  const link = (proof: AnnouncedProof | undefined): ProofLink | undefined => {
    if (!proof) return undefined;
    const number = view.proofs.indexOf(proof) + 1;
    const step =
      events.findIndex(({ txHash, fields }) => txHash === proof.txHash && fields.at(-1) === proof.digest) + 1;
    const href = hasReceipt ? `/receipts/${room}#proof-${number}` : `/audit/${room}#step-${step}`;
    return { text: `Proof ${number} of ${view.proofs.length}: ${proof.circuit}`, href };
  };
  const outcome = await outcomeReadingOf(view).outcome(view, relay);
  const about = {
    room,
    standing: 'As the chain tells; the receipt proves it to others.',
    proof: link(view.proofs.at(-1)),
  };
  if (isThreshold(policy)) {
    const { column, borders } = policy;
    const told = outcome.suppressed ? {} : { band: outcome.count };
    return { kind: 'threshold', ...about, column: column.column, borders, uncounted: uncountedAmount(policy), ...told };
  }
  const analysis = analysisOf(policy);
  if (analysis && !isCohorts(policy)) {
    const { grouping, confidence } = analysis;
    return { kind: 'aggregate', ...about, figures: reportOutcome(policy, outcome), grouping, confidence };
  }
  const lists: ListFigure[] = [];
  for (const slot of view.members) {
    const made = view.proofs.findLast((proof) => proof.slot === slot && proof.circuit.startsWith('blind'));
    lists.push({ label: policy.parties[slot].label, size: await sizeOfList(view, slot, relay), proof: link(made) });
  }
  const counted = outcome.suppressed ? {} : { count: outcome.count };
  if (!isCohorts(policy)) return { kind: 'overlap', ...about, lists, ...counted };
  return { kind: 'cohorts', ...about, lists, cohorts: cohortCounts(reportOutcome(policy, outcome)), ...counted };
}

/** Size of a slot's list; undefined where the relay no longer holds the very list that the chain names. */
async function sizeOfList(view: RoomView, slot: number, relay: Relay): Promise<number | undefined> {
  const digest = view.lists[slot]?.[0];
  if (digest === undefined) return undefined;
  const known = sizes.get(digest);
  if (known !== undefined) return known;
  const { context, min_rows: minRows, max_rows: maxRows } = view.terms;
  const sum = isAttested(view) ? view.sums[slot][0] : undefined;
  try {
    const blob = await relay.getNamed(fieldToHex(digest));
    const size = listCount(decodeList(blob, { context, list: slot, hop: 0, digest, sum, minRows, maxRows }));
    sizes.set(digest, size);
    return size;
  } catch {
    return undefined;
  }
}
