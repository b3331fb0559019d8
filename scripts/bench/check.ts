/** The pre-check of a large table beside merely reading it. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openCsv } from '../../app/lib/connector/csv.ts';
import { profileTable } from '../../app/lib/check/profile.ts';

const DEFAULT_ROWS = 1_000_000;
const ROWS_A_CHUNK = 10_000;

/** `check [rows]`: writes a temporary CSV file of that many rows and four columns, reads it, and profiles it. */
export async function benchCheck([text = String(DEFAULT_ROWS)]: string[]): Promise<void> {
  const rows = Number(text);
  if (!/^[1-9][0-9]*$/.test(text)) throw new Error(`not a number of rows: ${text}`);
  const folder = await mkdtemp(join(tmpdir(), 'bench-check-'));
  try {
    const file = join(folder, 'table.csv');
    await pipeline(Readable.from(csvOf(rows)), createWriteStream(file));
    const bytes = (await stat(file)).size;
    console.log(
      `${availableParallelism()} cores (${cpus()[0].model}). ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB.\n`,
    );
    const reading = await measure(async () => {
      const table = await openCsv(file);
      for await (const _ of table.batches);
    });
    let distinct = 0;
    const checking = await measure(async () => {
      const profile = await profileTable(await openCsv(file), { column: 'email', type: 'email' });
      distinct = profile.identifier.distinct;
    });
    // The peak is this process's until now: reading comes first and needs little.
    const peak = process.resourceUsage().maxRSS / 1024;
    const ratio = checking.seconds / reading.seconds;
    console.log('| rows | distinct | seconds to read | seconds to check | of a processor | ratio | peak MB |');
    console.log('|---|---|---|---|---|---|---|');
    console.log(
      `| ${rows} | ${distinct} | ${reading.seconds.toFixed(1)} | ${checking.seconds.toFixed(1)} | ${checking.processor.toFixed(1)} | ${ratio.toFixed(1)} | ${peak.toFixed(0)} |`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One row in twenty repeats the person of another. */
function* csvOf(rows: number): Generator<string> {
  yield 'id,email,city,amount\n';
  for (let from = 0; from < rows; from += ROWS_A_CHUNK) {
    const length = Math.min(ROWS_A_CHUNK, rows - from);
    yield Array.from({ length }, (_, i) => rowOf(from + i)).join('');
  }
}

function rowOf(i: number): string {
  const person = i % 20 === 19 ? i - 10 : i;
  return `${i},${i % 3 === 0 ? 'Person' : 'person'}${person}@example.org,City ${i % 50},${((i * 7919) % 100_000) / 100}\n`;
}

/** Seconds that work takes, and those in which a processor was at it: fewer where other work goes on. */
async function measure(work: () => Promise<void>): Promise<{ seconds: number; processor: number }> {
  const started = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - started) / 1000, processor: (user + system) / 1e6 };
}
