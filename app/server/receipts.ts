/** Receipts that lie in the receipts folder, each verified by this server before anything of it is shown. */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { loadConfig } from '../../aztec.config.ts';
import { contractClassId } from '../lib/chain/artifact.ts';
import { eventSelectors } from '../lib/chain/log.ts';
import { connectNode, type NodeConnection } from '../lib/chain/node.ts';
import { initField } from '../lib/field/poseidon2.ts';
import { openProver } from '../lib/proof/prover.ts';
import { DEFAULT_NUM_POINTS, loadSrs } from '../lib/proof/srs.ts';
import { MAX_RECEIPT_BYTES } from '../lib/receipt/schema.ts';
import { verifyReceipt, type Verdict } from '../lib/receipt/verify.ts';
import { reportOf, type ReceiptReport } from '../verifier/report.ts';
import { answers } from './answers.ts';
import { receiptFile } from './receipt-file.ts';

/** Verdicts that are kept; the oldest goes first. */
const MOST_KEPT = 200;
const kept = new Map<string, ReceiptReport>();
const underWay = new Map<string, Promise<ReceiptReport>>();
/** Verifications follow one another: each takes every core it can get. */
let queue: Promise<unknown> = Promise.resolve();

/** Whether there is a receipt of a room. It says nothing about its worth. */
export async function hasReceipt(room: string): Promise<boolean> {
  const file = receiptFile(room);
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
  const path = receiptFile(room);
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
  const work = queue.then(() => reportOf(bytes, (json) => runChecks(json, connection), room));
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
