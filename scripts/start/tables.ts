/** Two real public tables from the package `vega-datasets`: the airports of California, and the busiest flight origins. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';

const STATE = 'CA';
const BUSIEST = 200;

export type Tables = {
  readonly files: readonly [string, string];
  /** The overlap by a plain join: what the room must find. */
  readonly overlap: number;
};

/** Writes both tables as CSV files with a column `iata` into `folder`. */
export async function writeTables(folder: string): Promise<Tables> {
  // The package exports its code alone; the tables lie beside it.
  const data = fileURLToPath(new URL('../data/', import.meta.resolve('vega-datasets')));
  const read = async (name: string): Promise<Record<string, string>[]> =>
    parse(await readFile(join(data, name)), { columns: true });
  const airports = (await read('airports.csv')).filter(({ state }) => state === STATE).map(({ iata }) => iata);
  const flights = new Map<string, number>();
  for (const { origin, count } of await read('flights-airport.csv')) {
    flights.set(origin, (flights.get(origin) ?? 0) + Number(count));
  }
  const origins = [...flights]
    .sort((a, b) => b[1] - a[1])
    .slice(0, BUSIEST)
    .map(([iata]) => iata);
  await mkdir(folder, { recursive: true });
  const files = [join(folder, 'airports.csv'), join(folder, 'flight-origins.csv')] as const;
  for (const [i, rows] of [airports, origins].entries()) await writeFile(files[i], `iata\n${rows.join('\n')}\n`);
  const known = new Set(airports);
  return { files, overlap: origins.filter((iata) => known.has(iata)).length };
}
