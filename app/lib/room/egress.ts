/**
 * What left this machine for a room: one line for each blob that a session put into the relay and each transaction that it
 * sent, written before it left. What cannot be written down does not leave. The log stays when the room's data is deleted:
 * it holds no rows and no secrets, and it is what an owner audits afterwards.
 */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { OutgoingTransaction, TellOutgoing } from '../chain/outgoing.ts';
import { fieldToHex, parseField } from '../field/field.ts';
import { blobName, type Relay } from '../relay/relay.ts';
import { purposeOfBlob, purposeOfCall } from './purposes.ts';

const entrySchema = z.strictObject({
  /** When it was about to leave, ISO 8601 in UTC. */
  time: z.iso.datetime(),
  kind: z.enum(['relay blob', 'transaction']),
  /** The blob's name in the relay (SHA-256, or `0x` and the digest on chain), or the transaction's hash. */
  id: z.string().regex(/^(0x)?[0-9a-f]{64}$/),
  bytes: z.number().int().min(0),
  /** The relay's name, or the node's URL without path, credentials and query. */
  destination: z.string(),
  /** What it is, in words. */
  purpose: z.string(),
});

/** One thing that left. */
export type EgressEntry = z.output<typeof entrySchema>;

/** What a log holds. */
export type Egress = {
  readonly entries: readonly EgressEntry[];
  /** Numbers, from 1, of lines that cannot be read: a line that was being written when the machine stopped. */
  readonly damaged: readonly number[];
};

/** Takes the record of something that is about to leave. */
export type EgressLog = (entry: Omit<EgressEntry, 'time'>) => Promise<void>;

const SUFFIX = '.egress.jsonl';
const fileOf = (folder: string, roomId: bigint) => join(folder, 'rooms', `${fieldToHex(roomId)}${SUFFIX}`);

/** The log of a room in a party's folder. Each entry is on disk when the promise resolves. */
export function egressLog(folder: string, roomId: bigint): EgressLog {
  const file = fileOf(folder, roomId);
  return (entry) => appendLine(file, JSON.stringify({ time: new Date().toISOString(), ...entry }));
}

/** A relay that puts on record what it is given. */
export function recordedRelay(relay: Relay, log: EgressLog): Relay {
  const record = (id: string, blob: Uint8Array) =>
    log({
      kind: 'relay blob',
      id,
      bytes: blob.length,
      destination: relay.name,
      purpose: purposeOfBlob(id, blob),
    });
  return {
    ...relay,
    put: async (blob) => {
      await record(blobName(blob), blob);
      return relay.put(blob);
    },
    putNamed: async (digest, blob) => {
      await record(digest, blob);
      return relay.putNamed(digest, blob);
    },
  };
}

/**
 * Puts transactions on record, as a wallet's `outgoing`.
 * @param nodeUrl of the node that they go to; its path can hold a provider's key and is left out, like credentials and query
 */
export function recordedTransactions(log: EgressLog, nodeUrl: string): TellOutgoing {
  const destination = new URL(nodeUrl).origin;
  return ({ hash, bytes, contract, method }: OutgoingTransaction) =>
    log({ kind: 'transaction', id: hash, bytes, destination, purpose: purposeOfCall(contract, method) });
}

/** What left for a room, oldest first; empty where nothing did. */
export async function readEgress(folder: string, roomId: bigint): Promise<Egress> {
  const text = await readFile(fileOf(folder, roomId), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const entries: EgressEntry[] = [];
  const damaged: number[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const entry = parseLine(line);
    if (entry) entries.push(entry);
    else damaged.push(i + 1);
  }
  return { entries, damaged };
}

/** Ids of all rooms that something left for. */
export async function listEgress(folder: string): Promise<bigint[]> {
  const names = await readdir(join(folder, 'rooms')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const logs = names.filter((name) => name.endsWith(SUFFIX)).sort();
  return logs.map((name) => parseField(name.slice(0, -SUFFIX.length)));
}

function parseLine(line: string): EgressEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Appends a line and flushes it. A line that an earlier process left unfinished is ended first, so that it spoils no other. */
async function appendLine(file: string, line: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const torn = size > 0 && last.toString() !== '\n';
    await handle.appendFile(`${torn ? '\n' : ''}${line}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
