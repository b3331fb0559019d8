/** Where the project keeps what it makes. Everything under the cache folder can be deleted and is made again. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Folder of everything that can be made again; the environment variable CLEAN_ROOM_CACHE moves it. */
export const cacheFolder = path.resolve(projectRoot, process.env.CLEAN_ROOM_CACHE ?? '.cache');

/** Structured reference strings, one folder per kind. */
export const srsFolder = path.join(cacheFolder, 'srs');

/** State, logs and process ids of the local network. */
export const networkFolder = path.join(cacheFolder, 'network');
