/** The profiles of this machine: each is one party's folder, as the `room` command's --home is, so that both work on it. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import { initField } from '../lib/field/poseidon2.ts';
import { readBackup, restoreBackup, writeBackup } from '../lib/room/backup.ts';
import { listRooms, openHome, readTextIfThere } from '../lib/room/store.ts';

/** What a name may be: it becomes a folder's name. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** A profile as the list shows it. */
export type Profile = { readonly name: string; readonly folder: string; readonly rooms: number };

/** A name cannot be a profile's, or there is none, or one already. */
export class ProfileError extends Error {
  override name = 'ProfileError';
}

/** Turns what a person calls a profile into its name. @throws ProfileError where no name comes out */
export function profileName(text: string): string {
  const name = text.trim().toLowerCase().replace(/\s+/g, '-');
  if (!NAME.test(name)) {
    throw new ProfileError(
      'A name has 1 to 40 letters from a to z, digits and hyphens, such as "clinic" or "shop-host".',
    );
  }
  return name;
}

/** Folder of a profile; undefined where there is no profile of that name. */
export async function profileFolder(name: string | undefined): Promise<string | undefined> {
  if (name === undefined || !NAME.test(name)) return undefined;
  const folder = join(loadConfig().profilesFolder, name);
  return (await readTextIfThere(join(folder, 'identity.json'))) === undefined ? undefined : folder;
}

/** All profiles, by name. */
export async function listProfiles(): Promise<Profile[]> {
  const { profilesFolder } = loadConfig();
  const names = await readdir(profilesFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = names.sort().map(async (name): Promise<Profile[]> => {
    const folder = await profileFolder(name);
    return folder === undefined ? [] : [{ name, folder, rooms: (await listRooms({ folder })).length }];
  });
  return (await Promise.all(found)).flat();
}

/** Makes a profile with a new account. @throws ProfileError where there is one of that name */
export async function createProfile(text: string): Promise<string> {
  const { name, folder } = await newFolder(text);
  await initField();
  const home = await openHome(folder);
  await home.release();
  return name;
}

/** Makes a profile from a backup. @throws ProfileError where there is one of that name; StoreError where it is no backup */
export async function restoreProfile(text: string, backup: string): Promise<string> {
  const content = readBackup(backup);
  const { name, folder } = await newFolder(text);
  try {
    await restoreBackup(folder, content);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return name;
}

/** The backup of a profile: its account secret is in it. @throws ProfileError where there is no such profile */
export async function backupProfile(name: string): Promise<string> {
  const folder = await profileFolder(name);
  if (folder === undefined) throw new ProfileError('There is no profile of this name.');
  return writeBackup({ folder });
}

async function newFolder(text: string): Promise<{ name: string; folder: string }> {
  const name = profileName(text);
  const { profilesFolder } = loadConfig();
  await mkdir(profilesFolder, { recursive: true, mode: 0o700 });
  const folder = join(profilesFolder, name);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new ProfileError(`There is a profile or folder "${name}" already: choose another name.`);
  }
  return { name, folder };
}
