/** What a party remembers of the data that it committed in its rooms, in its folder: enough to notice repetition, no row. */
import { join } from 'node:path';
import { z } from 'zod';
import { fieldToHex } from '../field/field.ts';
import { hexField } from '../field/schema.ts';
import { documentName, type Policy } from '../policy/policy.ts';
import { parseStored, readTextIfThere, StoreError, writePrivate } from '../room/store.ts';
import { partnersDigest, purposeDigest } from './past.ts';
import type { Profile } from './profile.ts';
import { decodeSketch, encodeSketch, newSketchKey, SKETCH_CHARACTERS } from './sketch.ts';

/** Most sessions that are remembered; the oldest are forgotten. */
export const MAX_ENTRIES = 1_000;

const hexDigest = z.string().regex(/^[0-9a-f]{64}$/);

const entrySchema = z.strictObject({
  roomId: hexField,
  /** When the data was committed, in seconds since 1970. */
  time: z.int().min(0),
  /** SHA-256 of the canonical policy document. */
  policyDocument: hexDigest,
  template: z.string().max(64),
  /** Keyed digests of the purpose and of the parties' labels: equal for equal ones, and no more. */
  purpose: hexDigest,
  partners: hexDigest,
  /** Distinct identifiers. */
  identifiers: z.int().min(0),
  sketch: z
    .string()
    .length(SKETCH_CHARACTERS)
    .regex(/^[0-9a-f]*$/)
    .transform(decodeSketch),
});

const ledgerSchema = z.strictObject({
  version: z.literal(1),
  entries: z.array(entrySchema).max(MAX_ENTRIES),
});

const keySchema = z.strictObject({ version: z.literal(1), key: hexDigest });

/** One past session. */
export type LedgerEntry = z.output<typeof entrySchema>;

/** All that is remembered, in the order of time, and the key that its digests and sketches are made with. */
export type Ledger = Readonly<{ key: string; entries: readonly LedgerEntry[] }>;

/** The ledger of a party that has none yet. Its key is new. */
export function newLedger(): Ledger {
  return { key: newSketchKey(), entries: [] };
}

/**
 * Reads the ledger of a party's folder, which need not exist. Writes nothing.
 * @throws {StoreError} where the ledger or its key is damaged, or the key is missing
 */
export async function readLedger(folder: string): Promise<Ledger> {
  const [text, keyText] = [await readTextIfThere(ledgerFile(folder)), await readTextIfThere(keyFile(folder))];
  if (keyText === undefined) {
    if (text === undefined) return newLedger();
    throw new StoreError(
      `${keyFile(folder)} is missing: without it ${ledgerFile(folder)} says nothing. Restore it from a backup, or delete both to begin anew.`,
    );
  }
  const { key } = parseStored(keySchema, keyText, keyFile(folder));
  return { key, entries: text === undefined ? [] : parseLedger(text, ledgerFile(folder)) };
}

/** Reads the entries of a ledger from its text. `file` names it in errors, which never repeat what it holds. */
export function parseLedger(text: string, file: string): readonly LedgerEntry[] {
  return parseStored(ledgerSchema, text, file).entries;
}

/** Remembers a session in a party's folder, in place of an earlier entry of the same room. */
export async function saveEntry(folder: string, { key, entries }: Ledger, entry: LedgerEntry): Promise<void> {
  const kept = [...entries.filter(({ roomId }) => roomId !== entry.roomId), entry].slice(-MAX_ENTRIES);
  const written = kept.map((each) => ({
    ...each,
    roomId: fieldToHex(each.roomId),
    sketch: encodeSketch(each.sketch),
  }));
  // The key first: entries without it would be worth nothing.
  await writePrivate(keyFile(folder), JSON.stringify({ version: 1, key }));
  await writePrivate(ledgerFile(folder), JSON.stringify({ version: 1, entries: written }));
}

/** The entry of a session whose data has this profile, made with the ledger's key. */
export function entryOf(
  { key }: Ledger,
  session: { roomId: bigint; time: number; policy: Policy; profile: Profile },
): LedgerEntry {
  const { roomId, time, policy, profile } = session;
  const { distinct, sketch } = profile.identifier;
  return {
    roomId,
    time,
    policyDocument: documentName(policy),
    template: policy.template.name,
    purpose: purposeDigest(key, policy),
    partners: partnersDigest(key, policy),
    identifiers: distinct,
    sketch,
  };
}

const ledgerFile = (folder: string): string => join(folder, 'ledger.json');
const keyFile = (folder: string): string => join(folder, 'ledger-key.json');
