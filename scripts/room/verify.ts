/** Reads a receipt file and verifies it. */
import { readFile, stat } from 'node:fs/promises';
import { connectNode } from '../../app/lib/chain/node.ts';
import { contractClassId } from '../../app/lib/chain/artifact.ts';
import { MAX_RECEIPT_BYTES } from '../../app/lib/receipt/schema.ts';
import { verifyReceipt, type Check, type Verdict } from '../../app/lib/receipt/verify.ts';
import { openReader } from '../../app/server/party/environment.ts';

/** Reads and parses a receipt file. */
export async function readReceipt(file: string): Promise<unknown> {
  const { size } = await stat(file).catch(() => {
    throw new Error(`There is no file ${file}.`);
  });
  if (size > MAX_RECEIPT_BYTES) throw new Error(`${file} has ${size} bytes, more than any receipt.`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)));
  } catch (error) {
    throw new Error(`${file} is not a receipt: ${(error as Error).message}`);
  }
}

/** Verifies a receipt file, with the chain's record where `nodeUrl` is given. */
export async function verifyFile(
  file: string,
  options: { allowDevSrs?: boolean; nodeUrl?: string; onCheck?: (check: Check) => void },
): Promise<Verdict> {
  const json = await readReceipt(file);
  const connection = options.nodeUrl ? await connectNode(options.nodeUrl) : undefined;
  const reader = await openReader();
  try {
    return await verifyReceipt(json, {
      prover: reader.prover,
      selectors: reader.selectors,
      allowDevSrs: options.allowDevSrs,
      connection,
      contractClassId: (contract) => contractClassId(contract, reader.srs),
      onCheck: options.onCheck,
    });
  } finally {
    await reader.close();
  }
}

/** A verdict as lines of text. */
export function verdictText({ verified, lines = [], proofMode, summary, checks, trusted }: Verdict): string {
  const mark = { passed: 'ok    ', failed: 'FAILED', 'not checked': 'unseen' };
  const extent = proofMode === 'attested' ? ', but for what the parties attest (see above)' : '';
  const [headline, ...figures] = lines;
  const outcome = verified
    ? [`VERIFIED${extent}: ${headline}`, ...figures.map((line) => `  ${line}`)]
    : ['NOT VERIFIED'];
  return [
    ...(summary ? [summary, ''] : []),
    ...checks.map(({ status, title, detail }) => `${mark[status]}  ${title}: ${detail}`),
    '',
    'What no receipt can show:',
    ...trusted.map((line) => `  ${line}`),
    '',
    ...outcome,
  ].join('\n');
}
