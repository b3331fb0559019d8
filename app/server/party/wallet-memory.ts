/** Which wallet of the browser a profile was connected to last: its name and the account that it showed, and no more. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fieldToHex } from '../../lib/field/field.ts';
import { hexField } from '../../lib/field/schema.ts';
import { readTextIfThere, writePrivate } from '../../lib/room/store.ts';

const schema = z.strictObject({
  version: z.literal(1),
  /** How the wallet calls itself. */
  id: z.string().min(1).max(200),
  name: z.string().min(1).max(200),
  /** Address of the account. */
  account: hexField,
});

/** A wallet that a profile was connected to. The account is `0x` and 64 hexadecimal digits. */
export type RememberedWallet = { readonly id: string; readonly name: string; readonly account: string };

const fileOf = (folder: string): string => join(folder, 'wallet.json');

/** The wallet that a profile was connected to last; undefined where there was none, or what is kept of it is damaged. */
export async function rememberedWallet(folder: string): Promise<RememberedWallet | undefined> {
  const text = await readTextIfThere(fileOf(folder));
  if (text === undefined) return undefined;
  try {
    const { id, name, account } = schema.parse(JSON.parse(text));
    return { id, name, account: fieldToHex(account) };
  } catch {
    return undefined;
  }
}

/** Keeps a wallet in mind. @throws where the account is no address, or a name is missing */
export async function rememberWallet(folder: string, { id, name, account }: RememberedWallet): Promise<void> {
  const record = { version: 1, id, name, account };
  schema.parse(record);
  await writePrivate(fileOf(folder), JSON.stringify(record, null, 2));
}

/** Forgets it. */
export async function forgetWallet(folder: string): Promise<void> {
  await rm(fileOf(folder), { force: true });
}
