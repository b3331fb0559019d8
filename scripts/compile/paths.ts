/** Where the build reads and writes, as absolute folders. */
import { join } from 'node:path';
import { cacheFolder, projectRoot } from '../lib/paths.ts';

/** The project's own folder. */
export const ROOT = projectRoot;
/** Everything that can be made again; never committed. */
export const CACHE = cacheFolder;
/** Compiled circuits and contracts; committed. */
export const ARTIFACTS = join(ROOT, 'artifacts');
/** Noir sources that stand in for files that the npm packages lack. */
export const NOIR = join(ROOT, 'noir');
/** Installed npm packages. */
export const PACKAGES = join(ROOT, 'node_modules');
