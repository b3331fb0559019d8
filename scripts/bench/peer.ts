/**
 * psi.js (OpenMined), another implementation of private set intersection, to measure ours beside. It is installed on first
 * use into the cache folder, and not with the project: among what it brings are installers that fetch programs.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';

export const PEER_VERSION = '2.0.6';
const NAME = '@openmined/psi.js';

type Setup = object;

/** What the measurement uses of psi.js. */
export type Peer = {
  readonly dataStructure: { readonly Raw: unknown };
  readonly server: {
    createWithNewKey(revealIntersection: boolean): {
      createSetupMessage(falsePositives: number, clientInputs: number, inputs: string[], structure: unknown): Setup;
      processRequest(request: object): object;
      delete(): void;
    };
  };
  readonly client: {
    createWithNewKey(revealIntersection: boolean): {
      createRequest(inputs: string[]): object;
      getIntersectionSize(setup: Setup, response: object): number;
      delete(): void;
    };
  };
};

/** Loads psi.js; installs it first where it is missing. */
export async function loadPeer(): Promise<Peer> {
  const folder = join(loadConfig().cacheFolder, 'peers', `psi-${PEER_VERSION}`);
  const manifest = join(folder, 'package.json');
  if (!existsSync(join(folder, 'node_modules', NAME))) {
    console.error(`installing ${NAME} ${PEER_VERSION} to measure beside`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(manifest, JSON.stringify({ private: true }));
    const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${NAME}@${PEER_VERSION}`];
    execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 2, 2] });
  }
  const start = createRequire(manifest)(NAME) as () => Promise<Peer>;
  return start();
}
