/**
 * Points of the Ignition ceremony, which every real network of Aztec uses: nobody knows their secret as long as one of
 * the ceremony's participants was honest.
 */
import { randomInt } from 'node:crypto';
import { checkSrs } from './points.ts';
import { POINT_BYTES, toBytes32 } from './powers.ts';

/** The hosts that bb.js 4.1.2 itself fetches from (its crs/net_crs module), in its order. */
const HOSTS = ['https://crs.aztec-cdn.foundation', 'https://crs.aztec-labs.com'];

/** [x]_2 of the ceremony as x.c0, x.c1, y.c0, y.c1: the constant of every published Honk verifier contract. */
export const IGNITION_G2 = Uint8Array.from(
  [
    0x0118c4d5b837bcc2bc89b5b398b5974e9f5944073b32078b7e231fec938883b0n,
    0x260e01b251f6f1c7e7ff4e580791dee8ea51d87a358e038b4efe30fac09383c1n,
    0x22febda3c0c0632a56475b4214e5615e11e6dd3f96e6cea2854a87d4dacc5e55n,
    0x04fc6369f7110fe3d25156c1bb9a72859cf2a04641f99ba4ee413c80da6a5fe4n,
  ].flatMap((value) => [...toBytes32(value)]),
);

/** Pairs of neighbours that are checked with a pairing, beyond the first. */
const SAMPLES = 8;

/**
 * Fetches the first `numPoints` points and checks them against the ceremony's G2 point.
 * @returns the points, 64 bytes each
 * @throws Error if no host answers with the right points
 */
export async function fetchIgnition(numPoints: number): Promise<Uint8Array> {
  const failures: string[] = [];
  for (const host of HOSTS) {
    try {
      return await fetchFrom(host, numPoints);
    } catch (error) {
      const { message, cause } = error as Error;
      failures.push(`${new URL(host).host}: ${cause instanceof Error ? cause.message : message}`);
    }
  }
  throw new Error(`The Ignition points could not be fetched (${failures.join('; ')})`);
}

async function fetchFrom(host: string, numPoints: number): Promise<Uint8Array> {
  const size = numPoints * POINT_BYTES;
  // The time limit covers finding the host and the answer's headers; the body may take longer.
  const connect = new AbortController();
  const timer = setTimeout(() => connect.abort(new Error('no answer within 15 s')), 15_000);
  const response = await fetch(`${host}/g1.dat`, {
    headers: { Range: `bytes=0-${size - 1}` },
    signal: connect.signal,
  }).finally(() => clearTimeout(timer));
  if (response.status !== 206) {
    await response.body?.cancel();
    throw new Error(`answered ${response.status} instead of the part asked for`);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length !== size) throw new Error(`sent ${bytes.length} bytes instead of ${size}`);
  checkSrs(
    bytes,
    IGNITION_G2,
    Array.from({ length: SAMPLES }, () => randomInt(numPoints - 1)),
  );
  return bytes;
}
