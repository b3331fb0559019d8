import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  BlobCorrupt,
  BlobMissing,
  MAX_BLOB_BYTES,
  RelayError,
  assertBlobName,
  assertBlobSize,
  assertDigestName,
  blobName,
  type Relay,
} from './relay.ts';

/**
 * A relay in a folder that all slots reach: `blobs/<sha256>` holds the blobs, `digests/<digest>` the name of the blob
 * that was stored under an on-chain digest. Files appear whole or not at all, and are checked whenever they are read.
 *
 * @param folder path; made when it does not exist
 * @param maxBytes largest blob, stored or read
 */
export function folderRelay(folder: string, maxBytes = MAX_BLOB_BYTES): Relay {
  const blobPath = (name: string) => join(folder, 'blobs', assertBlobName(name));
  const digestPath = (digest: string) => join(folder, 'digests', assertDigestName(digest));

  const put = async (blob: Uint8Array): Promise<string> => {
    const name = blobName(assertBlobSize(blob, maxBytes));
    await writeWhole(blobPath(name), blob);
    return name;
  };
  const get = async (name: string): Promise<Uint8Array> => {
    const blob = await readWhole(blobPath(name), maxBytes, `blob ${name}`);
    if (blobName(blob) !== name)
      throw new BlobCorrupt(`blob ${name} has been changed on the relay: its maker has to store it again`);
    return blob;
  };

  const getNamed = async (digest: string): Promise<Uint8Array> => {
    const pointer = new TextDecoder().decode(await readWhole(digestPath(digest), 64, `the blob of digest ${digest}`));
    if (!/^[0-9a-f]{64}$/.test(pointer))
      throw new BlobCorrupt(`the relay's entry for digest ${digest} is broken: its maker has to store it again`);
    return get(pointer);
  };

  return {
    name: `folder ${folder}`,
    put,
    get,
    async putNamed(digest, blob) {
      const path = digestPath(digest);
      await writeWhole(path, new TextEncoder().encode(await put(blob)));
    },
    getNamed,
    async hasNamed(digest) {
      try {
        await getNamed(digest);
        return true;
      } catch (error) {
        if (error instanceof BlobMissing || error instanceof BlobCorrupt) return false;
        throw error;
      }
    },
  };
}

/** Writes a file under a temporary name, flushes it, and moves it in place: readers never see a part. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new RelayError(`the relay's folder cannot be written (${codeOf(error)}): check its space and permissions`);
  }
}

async function readWhole(path: string, maxBytes: number, what: string): Promise<Uint8Array> {
  try {
    // A link in the folder could name any file of this machine.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw new BlobCorrupt(`${what} is not a file on the relay`);
      if (status.size > maxBytes)
        throw new BlobCorrupt(`${what} has ${status.size} bytes, at most ${maxBytes} are read`);
      return new Uint8Array(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof RelayError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT') throw new BlobMissing(`${what} is not on the relay: its maker may not have stored it yet`);
    if (code === 'ELOOP') throw new BlobCorrupt(`${what} is a link on the relay, which is not followed`);
    throw new RelayError(`${what} cannot be read from the relay (${code})`);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
