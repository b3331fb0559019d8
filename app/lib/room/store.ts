/**
 * What a party keeps on its own disk: its account secret, which all of its room secrets follow from, and what it was
 * told, brought and made in each room. Files are readable by their owner alone and replaced whole, so a crash leaves the
 * old or the new one.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fieldToHex, parseField } from '../field/field.ts';
import { hexField } from '../field/schema.ts';
import { randomField } from '../protocol/context.ts';
import type { Dataset } from '../protocol/dataset.ts';
import { decodeDataset, encodeDataset } from './dataset-file.ts';

const hexDigest = z.string().regex(/^[0-9a-f]{64}$/);

/** What `identity.json` holds. */
export const identitySchema = z.strictObject({ version: z.literal(1), accountSecret: hexField });

/** The form of a party's record of one room. */
export const localRoomSchema = z.strictObject({
  version: z.literal(2),
  roomId: hexField,
  contract: hexField,
  /** The slot this party takes; absent for a host that only hosts. */
  slot: z.number().int().min(0).max(4).optional(),
  inviteSecret: hexField.optional(),
  /** Present for the host: cancels and closes the room, together with its account. */
  hostSecret: hexField.optional(),
  /** Present for the host: the secrets it hands out, one per slot. */
  inviteSecrets: z.array(hexField).optional(),
  /** Present where an account of another wallet hosts the room: that account, and the template that the room is made of. */
  hostedBy: z.strictObject({ account: hexField, template: hexField }).optional(),
  /** Determines the keys of the room's escrow, where it has one. */
  escrowSecret: hexField.optional(),
  /** SHA-256 of the canonical policy document, hex. */
  policyDocument: hexDigest,
});

const deletionSchema = z.strictObject({
  version: z.literal(1),
  salt: hexField,
  /** SHA-256 of each file that was deleted, ascending. */
  files: z.array(hexDigest),
});

/** A party's private record of one room. */
export type LocalRoom = z.output<typeof localRoomSchema>;

/** What a party deleted after a room: the list that its attestation's digest is over. */
export type Deletion = z.output<typeof deletionSchema>;

/** A party's folder. */
export type Home = {
  readonly folder: string;
  readonly accountSecret: bigint;
  /** Lets other processes open the folder. */
  release(): Promise<void>;
};

/** A party's folder to read in: files are replaced whole, so that reading needs no hold on it. */
export type HomeFiles = Pick<Home, 'folder'>;

/** Something is wrong with a party's folder. */
export class StoreError extends Error {
  override name = 'StoreError';
}

/**
 * Opens a party's folder for this process alone, making it (and the party's account secret) on first use.
 * @throws StoreError when another running process has it open, or its files are damaged
 */
export async function openHome(folder: string): Promise<Home> {
  await mkdir(join(folder, 'rooms'), { recursive: true, mode: 0o700 });
  const lock = join(folder, 'lock');
  await takeLock(lock, folder);
  let held = true;
  const release = async () => {
    if (held) await rm(lock, { force: true });
    held = false; // by now the lock may be another process's
  };
  try {
    const file = join(folder, 'identity.json');
    const text = await readTextIfThere(file);
    if (text !== undefined)
      return { folder, accountSecret: parseStored(identitySchema, text, file).accountSecret, release };
    const accountSecret = randomField();
    await writePrivate(file, toJson({ version: 1, accountSecret }));
    return { folder, accountSecret, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Saves a room's record. */
export async function saveRoom(home: HomeFiles, room: LocalRoom): Promise<void> {
  await writePrivate(roomFile(home, room.roomId), toJson(room));
}

/** The record of one room; undefined when this party has none. */
export async function loadRoom(home: HomeFiles, roomId: bigint): Promise<LocalRoom | undefined> {
  const file = roomFile(home, roomId);
  const text = await readTextIfThere(file);
  return text === undefined ? undefined : parseStored(localRoomSchema, text, file);
}

/** Ids of all rooms that this party has a record of. */
export async function listRooms(home: HomeFiles): Promise<bigint[]> {
  const names = await readdir(join(home.folder, 'rooms'));
  return names.filter((name) => name.endsWith('.json')).map((name) => parseField(name.slice(0, -'.json'.length)));
}

/**
 * Keeps a dataset under its commitment, so that a restarted session does not depend on the source still being there, and
 * no later one takes its place.
 */
export async function saveDataset(home: Home, roomId: bigint, commitment: bigint, dataset: Dataset): Promise<void> {
  const file = datasetFile(home, roomId, commitment);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writePrivate(file, encodeDataset(dataset));
}

/** The dataset kept under a commitment; undefined when there is none. */
export async function loadDataset(home: Home, roomId: bigint, commitment: bigint): Promise<Dataset | undefined> {
  const file = datasetFile(home, roomId, commitment);
  const bytes = await readIfThere(file);
  if (!bytes) return undefined;
  try {
    return decodeDataset(bytes);
  } catch {
    throw new StoreError(`${file} is damaged. Restore it from a backup, or commit to the same data again.`);
  }
}

/**
 * Keeps what this party published for a room, so that it can be published again: proofs cannot be made twice.
 * @param name name of the blob in the relay: a SHA-256, or `0x` and a digest
 */
export async function saveBlob(home: Home, roomId: bigint, name: string, blob: Uint8Array): Promise<void> {
  const file = blobFile(home, roomId, name);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writePrivate(file, blob);
}

/** A blob that {@link saveBlob} kept; undefined where there is none. */
export async function loadBlob(home: HomeFiles, roomId: bigint, name: string): Promise<Uint8Array | undefined> {
  return readIfThere(blobFile(home, roomId, name));
}

/** The record of what was deleted after a room; undefined where nothing was. */
export async function loadDeletion(home: Home, roomId: bigint): Promise<Deletion | undefined> {
  const file = deletionFile(home, roomId);
  const text = await readTextIfThere(file);
  return text === undefined ? undefined : parseStored(deletionSchema, text, file);
}

/** Paths of a room's datasets and blobs, but for its policy document: what {@link deleteRoomData} deletes. */
export async function roomFiles(
  home: HomeFiles,
  { roomId, policyDocument }: LocalRoom,
): Promise<{ datasets: string[]; blobs: string[] }> {
  const filesIn = async (folder: string) => {
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.filter((name) => name !== policyDocument).map((name) => join(folder, name));
  };
  return {
    datasets: await filesIn(datasetFolder(home, roomId)),
    blobs: await filesIn(blobFolder(home, roomId)),
  };
}

/**
 * Deletes a room's datasets and blobs but for its policy document, which no secret is in, and returns the record of all
 * that was ever deleted of it. The record is kept before anything is deleted, so one that was interrupted is completed.
 */
export async function deleteRoomData(home: Home, room: LocalRoom): Promise<Deletion> {
  const { roomId } = room;
  const before = await loadDeletion(home, roomId);
  const { datasets, blobs } = await roomFiles(home, room);
  const files = [...datasets, ...blobs];
  const digests = new Set(before?.files);
  for (const file of files)
    digests.add(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    );
  const record: Deletion = { version: 1, salt: before?.salt ?? randomField(), files: [...digests].sort() };
  if (!before || files.length > 0) await writePrivate(deletionFile(home, roomId), toJson(record));
  for (const file of files) await rm(file);
  return record;
}

function blobFile(home: HomeFiles, roomId: bigint, name: string): string {
  if (!/^(0x)?[0-9a-f]{64}$/.test(name)) throw new StoreError('not the name of a blob');
  return join(blobFolder(home, roomId), name);
}

function datasetFile(home: Home, roomId: bigint, commitment: bigint): string {
  return join(datasetFolder(home, roomId), fieldToHex(commitment));
}

const blobFolder = (home: HomeFiles, roomId: bigint): string => inRooms(home, `${fieldToHex(roomId)}.blobs`);
const datasetFolder = (home: HomeFiles, roomId: bigint): string => inRooms(home, `${fieldToHex(roomId)}.datasets`);
const deletionFile = (home: Home, roomId: bigint): string => inRooms(home, `${fieldToHex(roomId)}.deletion`);
const roomFile = (home: HomeFiles, roomId: bigint): string => inRooms(home, `${fieldToHex(roomId)}.json`);

function inRooms(home: HomeFiles, name: string): string {
  return join(home.folder, 'rooms', name);
}

function toJson(value: object): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? fieldToHex(part) : part), 2);
}

/** The text of a file; undefined where there is none. */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  const bytes = await readIfThere(file);
  return bytes && Buffer.from(bytes).toString('utf8');
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Number of files that this process has begun to write. */
let begun = 0;

/** Writes a file that its owner alone can read, whole or not at all, also where the same file is written twice at a time. */
export async function writePrivate(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}-${begun++}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}

/** Reads a file's JSON by a schema; what is wrong is told by its place alone, since values may be secret. */
export function parseStored<S extends z.ZodType>(schema: S, text: string, file: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StoreError(`${file} is damaged: it is not JSON. Restore it from a backup.`);
  }
  const result = schema.safeParse(value);
  // The issues' paths alone: messages could quote values, and these are secrets.
  if (!result.success) {
    const paths = result.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
    throw new StoreError(`${file} is damaged at: ${paths}. Restore it from a backup.`);
  }
  return result.data;
}

async function takeLock(lock: string, folder: string): Promise<void> {
  for (;;) {
    try {
      await writeFile(lock, `${process.pid} ${await startOf(process.pid)}`, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [holder, started] = ((await readTextIfThere(lock)) ?? '').split(' ');
    // A killed holder's number may be in use again, after a restart of the machine above all.
    if (isRunning(Number(holder)) && (!started || started === (await startOf(Number(holder))))) {
      throw new StoreError(`${folder} is in use by process ${holder}. Wait for it or stop it.`);
    }
    await rm(lock, { force: true }); // its process was killed
  }
}

/** When a process began, in ticks since the machine did; empty where the system does not tell. */
async function startOf(pid: number): Promise<string> {
  const status = await readTextIfThere(`/proc/${pid}/stat`).catch(() => undefined);
  // Field 22 (proc(5)); the second one is the name in brackets, which may hold anything.
  return status?.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
