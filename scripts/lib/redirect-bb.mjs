/**
 * Preloaded into every Node of the prepared runtime: starts the prepared `bb` where bb.js would start the installed one.
 * bb.js 4.1.2 looks only in its own package, and the libraries that use it (PXE among them) pass no other path.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';

const { CLEAN_ROOM_BB_INSTALLED: installed, BB_BINARY_PATH: prepared } = process.env;

if (installed && prepared) {
  for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync']) {
    const start = childProcess[name];
    childProcess[name] = (file, ...rest) =>
      start(typeof file === 'string' && path.resolve(file) === installed ? prepared : file, ...rest);
  }
  syncBuiltinESMExports();
}
