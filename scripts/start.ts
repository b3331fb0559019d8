/**
 * `npm start`: starts the local network, plays a two-party overlap on real public tables, verifies its receipt, and
 * serves the app. With --once it stops after verifying.
 */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig } from '../aztec.config.ts';
import { fieldToHex } from '../app/lib/field/field.ts';
import { explain } from '../app/server/explain.ts';
import { progressTo } from './room/output.ts';
import { rehearse } from './room/rehearse.ts';
import { verdictText, verifyFile } from './room/verify.ts';
import { serve } from './serve.ts';
import { writeTables } from './start/tables.ts';

const config = loadConfig();

const { values: flags } = parseArgs({ options: { once: { type: 'boolean', default: false } } });

async function main(): Promise<void> {
  const scripts = dirname(fileURLToPath(import.meta.url));
  const begun = Date.now();
  const network = spawnSync(process.execPath, [join(scripts, 'network.ts'), 'start'], { stdio: 'inherit' });
  if (network.status !== 0)
    throw new Error('The local network did not start; see above and "npm run network -- logs".');

  const folder = join(config.cacheFolder, 'demo');
  await rm(folder, { recursive: true, force: true });
  const { files, overlap } = await writeTables(folder);
  const done = await rehearse({
    policyFile: join(scripts, '../examples/airports.policy.json'),
    slotFiles: files,
    out: join(folder, 'room'),
    report: (label) => progressTo(process.stderr, label),
  });
  const count = done.result.suppressed ? 'suppressed' : done.result.count;
  if (count !== overlap) throw new Error(`The room found ${count}, a plain join finds ${overlap}.`);

  const receipts = join(config.cacheFolder, 'receipts');
  await mkdir(receipts, { recursive: true });
  await copyFile(done.receiptFile, join(receipts, `${fieldToHex(done.roomId)}.json`));
  // The receipt says which reference string it stands on; on this machine's own demonstration the development one will do.
  const verdict = await verifyFile(done.receiptFile, { allowDevSrs: true, nodeUrl: config.network.url });
  process.stdout.write(`\n${verdictText(verdict)}\n\n`);
  if (!verdict.verified) throw new Error('The receipt does not verify.');

  process.stdout.write(
    [
      `Overlap of ${files.map((file) => file.split('/').pop()).join(' and ')}: ${count} (a plain join finds the same)`,
      `Time: ${Math.round((Date.now() - begun) / 1000)} s in all; ${Object.entries(done.seconds)
        .map(([name, s]) => `${name} ${s} s`)
        .join(', ')}`,
      `Reference string: ${done.srs}${done.srs === 'development' ? ' (INSECURE: its secret is public)' : ''}`,
      `Receipt: ${done.receiptFile}`,
      '',
    ].join('\n'),
  );
  if (flags.once) return;
  const url = await serve({});
  process.stdout.write(
    `Receipt page: ${url}/receipts/${fieldToHex(done.roomId)}\nStop with Ctrl-C; "npm run network -- stop" stops the network.\n`,
  );
}

main().then(
  () => {
    if (flags.once) process.exit(0);
  },
  (error: unknown) => {
    process.stderr.write(`npm start: ${explain(error)}\n`);
    process.exit(1);
  },
);
