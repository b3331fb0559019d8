/** Verification keys on disk. A key belongs to one program under one SRS, and its file's name says both. Node only. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Circuit } from './circuit.ts';

/** A key as bb gives it. */
export type StoredKey = { readonly bytes: Uint8Array; readonly hash: Uint8Array };

/** Keeps keys between runs. */
export type KeyCache = {
  get(circuit: Circuit, srsIdentity: string): Promise<StoredKey | undefined>;
  put(circuit: Circuit, srsIdentity: string, key: StoredKey): Promise<void>;
};

/** Raise when bb changes how keys are made. */
const VERSION = 'bb-4.1.2';
const DIGEST_BYTES = 32;
const HASH_BYTES = 32;

/** A folder of keys, `keys` under `parent`. A file that is damaged counts as missing. */
export function folderKeyCache(parent: string): KeyCache {
  const folder = join(parent, 'keys');
  const fileOf = (circuit: Circuit, srsIdentity: string): string => {
    const name = createHash('sha256').update(`${VERSION}\0${srsIdentity}\0`).update(circuit.bytecode).digest('hex');
    return join(folder, `${circuit.name}-${name.slice(0, 32)}.key`);
  };
  return {
    async get(circuit, srsIdentity) {
      const content = await readFile(fileOf(circuit, srsIdentity)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (!content) return undefined;
      const body = content.subarray(DIGEST_BYTES);
      if (!digest(body).equals(content.subarray(0, DIGEST_BYTES))) return undefined;
      return { hash: new Uint8Array(body.subarray(0, HASH_BYTES)), bytes: new Uint8Array(body.subarray(HASH_BYTES)) };
    },
    async put(circuit, srsIdentity, { hash, bytes }) {
      const file = fileOf(circuit, srsIdentity);
      const body = Buffer.concat([hash, bytes]);
      const temporary = `${file}.${randomBytes(6).toString('hex')}`;
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, Buffer.concat([digest(body), body]));
      await rename(temporary, file);
    },
  };
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
