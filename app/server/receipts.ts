/** Receipts that lie in the receipts folder, each verified by this server before anything of it is shown. */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import { contractClassId } from '../lib/chain/artifact.ts';
import { eventSelectors } from '../lib/chain/log.ts';
import { connectNode, type NodeConnection } from '../lib/chain/node.ts';
import { initField } from '../lib/field/poseidon2.ts';
import { parsePolicy, type Policy } from '../lib/policy/policy.ts';
import { openProver } from '../lib/proof/prover.ts';
import { DEFAULT_NUM_POINTS, loadSrs } from '../lib/proof/srs.ts';
import { MAX_RECEIPT_BYTES, receiptSchema, type Receipt } from '../lib/receipt/schema.ts';
import { verifyReceipt, type Check, type Verdict } from '../lib/receipt/verify.ts';
import { reportOutcome, type FiguresReport } from '../lib/template/figures-report.ts';
import { answers } from './answers.ts';

/** What the receipt page shows. `facts` is there only where the receipt is verified. */
export type ReceiptReport = {
  readonly room: string;
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

/** Verdicts that are kept; the oldest goes first. */
const MOST_KEPT = 200;
const kept = new Map<string, ReceiptReport>();
const underWay = new Map<string, Promise<ReceiptReport>>();
/** Verifications follow one another: each takes every core it can get. */
let queue: Promise<unknown> = Promise.resolve();

/** File of a room's receipt, or undefined where `room` is no room id. CLEAN_ROOM_RECEIPTS moves the folder. */
function fileOf(room: string): string | undefined {
  if (!/^0x[0-9a-f]{64}$/.test(room)) return undefined;
  return join(resolve(process.env.CLEAN_ROOM_RECEIPTS ?? join(loadConfig().cacheFolder, 'receipts')), `${room}.json`);
}

/** Whether there is a receipt of a room. It says nothing about its worth. */
export async function hasReceipt(room: string): Promise<boolean> {
  const file = fileOf(room);
  return (
    file !== undefined &&
    (await stat(file).then(
      (entry) => entry.isFile(),
      () => false,
    ))
  );
}

/**
 * The bytes of a room's receipt, undefined where there is none.
 * @throws when the file is larger than any receipt
 */
export async function readReceipt(room: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const path = fileOf(room);
  if (!path) return undefined;
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    if ((await file.stat()).size > MAX_RECEIPT_BYTES) throw new Error('The receipt file is larger than any receipt.');
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

/**
 * Verifies the receipt of a room: real proofs, every rule, and the chain's record where the node answers. A verified one
 * is not verified again while its bytes stay the same; they are told apart by a SHA-256 of the file, not by the digest
 * that it states.
 * @returns undefined where there is no receipt
 */
export async function reportReceipt(room: string): Promise<ReceiptReport | undefined> {
  const bytes = await readReceipt(room);
  if (!bytes) return undefined;
  const connection = await connect();
  const key = `${room}/${createHash('sha256').update(bytes).digest('hex')}/${connection ? 'chain' : 'offline'}`;
  const known = kept.get(key) ?? underWay.get(key);
  if (known) return known;
  const work = queue.then(() => verify(room, bytes, connection));
  // The next one begins also after one that threw.
  queue = work.catch(() => undefined);
  underWay.set(key, work);
  try {
    const report = await work;
    if (report.verified) keep(key, report);
    return report;
  } finally {
    underWay.delete(key);
  }
}

/** The configured node, or undefined where none answers: a receipt can be checked without, and the page says so. */
async function connect(): Promise<NodeConnection | undefined> {
  const { url } = loadConfig().network;
  return (await answers(url)) ? connectNode(url).catch(() => undefined) : undefined;
}

function keep(key: string, report: ReceiptReport): void {
  kept.set(key, report);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
}

async function verify(room: string, bytes: Uint8Array, connection?: NodeConnection): Promise<ReceiptReport> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refusal(room, 'Form', 'The file is not JSON text: it was damaged, or it is not a receipt.');
  }
  const claimed = receiptSchema.safeParse(json).data;
  if (claimed && claimed.roomId !== room) {
    return refusal(room, 'Room', 'The file under this room’s name is the receipt of another room.');
  }
  const verdict = await runChecks(json, connection);
  return {
    room,
    verified: verdict.verified,
    checks: verdict.verified ? verdict.checks : verdict.checks.map(withoutFigure),
    trusted: verdict.trusted,
    srs: claimed?.srs.kind,
    facts: verdict.verified ? factsOf(claimed!, verdict) : undefined,
    checkedAt: new Date().toISOString(),
  };
}

/** A figure is right or it is not shown: where another check failed, the check of the result does not tell it either. */
function withoutFigure(check: Check): Check {
  if (check.title !== 'Result' || check.status !== 'passed') return check;
  return {
    title: check.title,
    status: 'not checked',
    detail: 'The figure is not shown, since the receipt failed another check.',
  };
}

async function runChecks(json: unknown, connection?: NodeConnection): Promise<Verdict> {
  await initField();
  const srs = await loadSrs({ numPoints: DEFAULT_NUM_POINTS });
  const prover = await openProver({ srs });
  try {
    return await verifyReceipt(json, {
      prover,
      selectors: await eventSelectors(),
      // A machine that works under the development string may check what it made; the page says what that is worth.
      allowDevSrs: srs.kind === 'development',
      connection,
      contractClassId: (contract) => contractClassId(contract, srs),
    });
  } finally {
    await prover.close();
  }
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

function refusal(room: string, title: string, detail: string): ReceiptReport {
  const checks = [{ title, status: 'failed' as const, detail }];
  return { room, verified: false, checks, trusted: [], checkedAt: new Date().toISOString() };
}
