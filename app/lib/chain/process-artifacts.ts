/**
 * From committed contract artifacts to deployable ones: `bb aztec_process` transpiles public functions for the AVM and
 * computes the verification keys of private ones.
 *
 * Keys are commitments under an SRS, and contract class ids hash them. So this runs at set-up, once per SRS, and what comes
 * out lies in a folder that bears the SRS's identity; keys of a development SRS can't end up on a real network.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withLock } from '../host/lock.mjs';
import { srsEnvironment, type Srs } from '../proof/srs.ts';
import { processedFolder } from './artifact-folder.ts';

/** Committed contract artifacts. */
const CONTRACTS = fileURLToPath(new URL('../../../artifacts/contracts', import.meta.url));

/** A contract artifact after processing, as far as it is looked at here. */
interface ProcessedContract {
  readonly transpiled?: boolean;
  readonly functions: readonly {
    name: string;
    custom_attributes: readonly string[];
    verification_key?: string;
    debug_symbols: string;
  }[];
}

/**
 * Processes every committed contract artifact that was not yet processed under this SRS.
 * @param srs the points to make keys with (`loadSrs` of `app/lib/proof/srs.ts`)
 * @param artifacts folder of unprocessed artifacts, `artifacts/contracts` unless told otherwise
 * @param folder where the processed ones go, the SRS's own folder unless told otherwise
 * @returns the folder that holds the processed artifacts, one `<crate>.json` each
 * @throws {Error} when `bb` can't be run or refuses an artifact
 */
export async function processArtifacts(
  srs: Srs,
  artifacts = CONTRACTS,
  folder = processedFolder(srs.identity),
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const due = () => dueArtifacts(artifacts, folder);
  // Every command comes by here: where all is done already, none waits for another.
  if (due().length === 0) return folder;
  await withLock(join(folder, '.lock'), async () => {
    for (const file of due()) await processArtifact(join(artifacts, file), join(folder, file), srs);
  });
  return folder;
}

/** The artifacts that were never processed as they are now. */
function dueArtifacts(artifacts: string, folder: string): string[] {
  const files = existsSync(artifacts) ? readdirSync(artifacts).sort() : [];
  return files.filter((file) => file.endsWith('.json') && !isProcessed(join(artifacts, file), join(folder, file)));
}

/** Whether a processed artifact, which appears whole or not at all, was made from this one. */
function isProcessed(source: string, target: string): boolean {
  if (!existsSync(target)) return false;
  const { processed_from: from } = JSON.parse(readFileSync(target, 'utf8')) as { processed_from?: string };
  return from === digestOf(readFileSync(source, 'utf8'));
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

async function processArtifact(source: string, target: string, srs: Srs): Promise<void> {
  const text = readFileSync(source, 'utf8');
  const work = mkdtempSync(`${target}.`);
  try {
    const copy = join(work, 'contract.json');
    writeFileSync(copy, text);
    await runBb(copy, srs);
    const contract = JSON.parse(readFileSync(copy, 'utf8')) as ProcessedContract;
    checkProcessed(contract, source);
    const functions = contract.functions.map((each) => ({ ...each, debug_symbols: '' }));
    // Renamed into its place, so that a reader sees the old content or the new one.
    const ready = join(work, 'ready.json');
    writeFileSync(ready, JSON.stringify({ ...contract, functions, processed_from: digestOf(text), srs: srs.identity }));
    renameSync(ready, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Runs `bb aztec_process` on a file, in place. Its key cache knows nothing of SRSs, so each SRS is a home of its own. */
async function runBb(file: string, srs: Srs): Promise<void> {
  const bb = process.env.BB_BINARY_PATH ?? process.env.BB ?? 'bb';
  try {
    await promisify(execFile)(bb, ['aztec_process', '-i', file], {
      env: { ...process.env, ...srsEnvironment(srs) },
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    const { stderr, stdout, message } = error as { stderr?: string; stdout?: string; message: string };
    const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-5).join('\n');
    throw new Error(`bb aztec_process failed: ${said || message}`);
  }
}

/** bb ends well even when it leaves something out. */
function checkProcessed(contract: ProcessedContract, source: string): void {
  if (contract.transpiled !== true) throw new Error(`${source}: public functions were not transpiled`);
  for (const { name, custom_attributes, verification_key } of contract.functions) {
    if (custom_attributes.includes('abi_private') && !verification_key)
      throw new Error(`${source}: ${name} got no verification key`);
  }
}
