/** What is told of a receipt that was verified, by a server or in a browser. */
import { parsePolicy, type Policy } from '../lib/policy/policy.ts';
import { receiptSchema, type Receipt } from '../lib/receipt/schema.ts';
import type { Check, Verdict } from '../lib/receipt/verify.ts';
import { reportOutcome, type FiguresReport } from '../lib/template/figures-report.ts';

/** What pages show of a receipt. `facts` is there only where it is verified. */
export type ReceiptReport = {
  /** The room that the receipt was asked for under, else the one that it says it is of; none where it is illegible. */
  readonly room?: string;
  readonly verified: boolean;
  readonly checks: readonly Check[];
  readonly trusted: readonly string[];
  /** Which reference string the receipt says its proofs stand on, where it is legible at all. */
  readonly srs?: Receipt['srs']['kind'];
  readonly facts?: ReceiptFacts;
  /** When the checks were made, ISO 8601. */
  readonly checkedAt: string;
};

export type ReceiptFacts = {
  readonly result: Receipt['result'];
  /** The figures of a room that aggregates, named and in their units. */
  readonly figures?: FiguresReport;
  readonly summary: string;
  readonly policy: Policy;
  readonly proofs: number;
  readonly digest: string;
  readonly network: Receipt['network'];
  readonly governance: Receipt['governance'];
};

/**
 * Verifies the bytes of a receipt's file and reports what came of it. What the file holds never makes it throw.
 *
 * @param verify the checks, on parsed JSON
 * @param room the room that the receipt has to be of, where it was asked for by its room
 */
export async function reportOf(
  bytes: Uint8Array,
  verify: (json: unknown) => Promise<Verdict>,
  room?: string,
): Promise<ReceiptReport> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refusal('Form', 'The file is not JSON text: it was damaged, or it is not a receipt.', room);
  }
  const claimed = receiptSchema.safeParse(json).data;
  if (room !== undefined && claimed && claimed.roomId !== room) {
    return refusal('Room', 'The file under this room’s name is the receipt of another room.', room);
  }
  const verdict = await verify(json);
  return {
    room: room ?? claimed?.roomId,
    verified: verdict.verified,
    checks: verdict.verified ? verdict.checks : verdict.checks.map(withoutFigure),
    trusted: verdict.trusted,
    srs: claimed?.srs.kind,
    facts: verdict.verified ? factsOf(claimed!, verdict) : undefined,
    checkedAt: new Date().toISOString(),
  };
}

/** A figure is right or it is not shown: where another check failed, the check of the result does not tell it either. */
export function withoutFigure(check: Check): Check {
  if (check.title !== 'Result' || check.status !== 'passed') return check;
  return {
    title: check.title,
    status: 'not checked',
    detail: 'The figure is not shown, since the receipt failed another check.',
  };
}

function factsOf(receipt: Receipt, { result, summary }: Verdict): ReceiptFacts {
  const policy = parsePolicy(receipt.policy);
  return {
    result: result!,
    figures: reportOutcome(policy, result!),
    summary: summary!,
    policy,
    proofs: receipt.proofs.length,
    digest: receipt.digest,
    network: receipt.network,
    governance: receipt.governance,
  };
}

function refusal(title: string, detail: string, room?: string): ReceiptReport {
  const checks = [{ title, status: 'failed' as const, detail }];
  return { room, verified: false, checks, trusted: [], checkedAt: new Date().toISOString() };
}
