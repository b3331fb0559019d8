/**
 * A party's folder as one document, to be kept elsewhere: the account secret and the records of its rooms. Committed data
 * and proofs are not in it: they are large, and a room under way needs the folder itself.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fieldToHex } from '../field/field.ts';
import { hexField } from '../field/schema.ts';
import {
  identitySchema,
  listRooms,
  loadRoom,
  localRoomSchema,
  parseStored,
  readTextIfThere,
  saveRoom,
  StoreError,
  writePrivate,
  type HomeFiles,
} from './store.ts';

/** Most bytes of a backup; a record of a room has about one thousand. */
export const MAX_BACKUP_BYTES = 8 * 1024 * 1024;

const backupSchema = z.strictObject({
  kind: z.literal('zk-clean-room-profile'),
  version: z.literal(1),
  accountSecret: hexField,
  rooms: z.array(localRoomSchema),
});

/** A backup as it was read. */
export type Backup = z.output<typeof backupSchema>;

/**
 * Writes the backup of a folder as JSON text. Whoever has it has the party's account and its places in rooms.
 * @throws StoreError where the folder has no account, or files are damaged
 */
export async function writeBackup(home: HomeFiles): Promise<string> {
  const file = join(home.folder, 'identity.json');
  const text = await readTextIfThere(file);
  if (text === undefined) throw new StoreError(`There is no account in ${home.folder}.`);
  const { accountSecret } = parseStored(identitySchema, text, file);
  const rooms = await Promise.all((await listRooms(home)).map((id) => loadRoom(home, id)));
  const backup = { kind: 'zk-clean-room-profile', version: 1, accountSecret, rooms };
  return `${JSON.stringify(backup, (_, part) => (typeof part === 'bigint' ? fieldToHex(part) : part), 2)}\n`;
}

/**
 * Reads a backup. What is wrong is told without repeating any of it.
 * @throws StoreError where the text is no backup
 */
export function readBackup(text: string): Backup {
  if (text.length > MAX_BACKUP_BYTES) throw new StoreError('The file is larger than any backup.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StoreError('The file is not a whole backup: it is not JSON.');
  }
  const result = backupSchema.safeParse(value);
  if (result.success) return result.data;
  const paths = result.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
  throw new StoreError(`The file is not a backup of a profile, or damaged at: ${paths}.`);
}

/**
 * Makes a party's folder from a backup.
 * @param folder must not have an account yet: no account is ever replaced
 * @throws StoreError where it has one
 */
export async function restoreBackup(folder: string, { accountSecret, rooms }: Backup): Promise<void> {
  await mkdir(join(folder, 'rooms'), { recursive: true, mode: 0o700 });
  const file = join(folder, 'identity.json');
  const there = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there) throw new StoreError(`There is an account in ${folder} already.`);
  for (const room of rooms) await saveRoom({ folder }, room);
  await writePrivate(file, JSON.stringify({ version: 1, accountSecret: fieldToHex(accountSecret) }));
}
