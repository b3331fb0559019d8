/** How much a browser loads before a page works. Sizes, unlike times, are the same on every machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { firstLoad } from '../../scripts/bench/first-load.ts';
import { serveApp, type ServedApp } from '../support/served-app.ts';
import { environmentBelow, stageProfile } from '../support/staged-room.ts';

const MOST = 300 * 1000;
const room = fieldToHex(4n);

describe('The first load', () => {
  let folder: string;
  let app: ServedApp;

  beforeAll(async () => {
    await initField();
    folder = await mkdtemp(join(tmpdir(), 'clean-room-load-'));
    await stageProfile(folder, 'shop');
    const { CLEAN_ROOM_PROFILES } = environmentBelow(folder);
    app = await serveApp({ AZTEC_NODE_URL: 'http://127.0.0.1:9/', CLEAN_ROOM_PROFILES });
    await app.put(room, '{}');
  });

  afterAll(async () => {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(['/', '/rooms', `/receipts/${room}`, `/verify/${room}`])('of %s is below 300 KB, packed', async (path) => {
    const { files, gzip } = await firstLoad(app.url + path, { cookie: 'profile=shop' });
    // A page without its scripts would be small for the wrong reason.
    expect(files).toBeGreaterThan(15);
    expect(gzip).toBeLessThan(MOST);
  });
});
