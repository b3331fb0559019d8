/** The tables that a profile has connected to its rooms. Files lie in the profile's folder until the data is committed. */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Source } from './messages.ts';

/** What pages may know of a source: never its URL, which may hold a password. */
export type SourceName = { readonly kind: 'file' | 'PostgreSQL' | 'S3'; readonly name: string };

/** Sources by URL, of this run of the server: they are not written to disk. */
const remote = new Map<string, Source>();

const key = (folder: string, room: string): string => `${folder}\0${room}`;
const uploads = (folder: string, room: string): string => join(folder, 'uploads', room);

/**
 * Keeps a file that was handed over for a room, in place of any other source of it.
 * @param name the file's own name, of which a plain part is kept: its ending tells the format
 */
export async function saveUpload(folder: string, room: string, name: string, content: ReadableStream): Promise<void> {
  await forgetSource(folder, room);
  const place = uploads(folder, room);
  await mkdir(place, { recursive: true, mode: 0o700 });
  const file = join(place, plainName(name));
  try {
    await pipeline(Readable.fromWeb(content), createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  }
}

/** Connects a database or an object store. @throws Error where the URL is of neither */
export async function connectRemote(folder: string, room: string, source: Source): Promise<void> {
  // A path is refused: pages name files by handing them over, so that nothing else of this machine can be named.
  if (!/^(?:postgres(?:ql)?|s3):\/\//.test(source.where)) {
    throw new Error('The address of a source begins with postgres:// or s3://. A file is handed over by choosing it.');
  }
  await forgetSource(folder, room);
  remote.set(key(folder, room), source);
}

/** The source of a room; undefined where none is connected. */
export async function sourceOf(folder: string, room: string): Promise<Source | undefined> {
  const known = remote.get(key(folder, room));
  if (known) return known;
  const [file] = await readdir(uploads(folder, room)).catch(() => []);
  return file === undefined ? undefined : { where: join(uploads(folder, room), file) };
}

/** What pages show of a source. */
export function nameOfSource({ where, table }: Source): SourceName {
  if (!/^[a-z0-9]+:\/\//.test(where)) return { kind: 'file', name: basename(where) };
  const { protocol, host, pathname, searchParams } = new URL(where);
  if (protocol === 's3:') return { kind: 'S3', name: `${host}${pathname}` };
  return { kind: 'PostgreSQL', name: `${host}${pathname} ${table ?? searchParams.get('table') ?? ''}`.trim() };
}

/** Lets go of a room's source, and deletes the file that was handed over. */
export async function forgetSource(folder: string, room: string): Promise<void> {
  remote.delete(key(folder, room));
  await rm(uploads(folder, room), { recursive: true, force: true });
}

function plainName(name: string): string {
  const plain = basename(name)
    .replace(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '');
  return plain.slice(-80) || 'table';
}
