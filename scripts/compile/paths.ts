/** Where the build reads and writes, as absolute folders. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's own folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Everything that can be made again; never committed. `CLEAN_ROOM_CACHE` moves it. */
export const CACHE = resolve(ROOT, process.env.CLEAN_ROOM_CACHE ?? '.cache');
/** Compiled circuits and contracts; committed. */
export const ARTIFACTS = join(ROOT, 'artifacts');
/** Noir sources that stand in for files that the npm packages lack. */
export const NOIR = join(ROOT, 'noir');
/** Installed npm packages. */
export const PACKAGES = join(ROOT, 'node_modules');
