/** What checks proofs in browsers: keys of known circuits, whose hashes are not taken on anybody's word. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openProver, type Prover } from '../../app/lib/proof/prover.ts';
import { loadSrs } from '../../app/lib/proof/srs.ts';
import { openVerifier, type KnownCircuits, type Verifier } from '../../app/lib/proof/verifier.ts';
import { CIRCUITS } from '../../app/lib/protocol/context.ts';
import { knownCircuits } from '../../scripts/app/known-circuits.ts';

let known: KnownCircuits;
let prover: Prover;
let verifier: Verifier;

beforeAll(async () => {
  known = await knownCircuits();
  prover = await openProver({ srs: await loadSrs({ numPoints: 2 }) });
  verifier = await openVerifier(known);
});

afterAll(() => prover?.close());

describe('a verifier of known circuits', () => {
  test('computes from keys and points what bb says of them: the hash of every key, and the identity of the SRS', async () => {
    expect(known.circuits.map(({ name }) => name)).toEqual(CIRCUITS);
    for (const name of CIRCUITS) {
      const [own, expected] = [await verifier.verificationKey(name), await prover.verificationKey(name)];
      expect([name, own.hash]).toEqual([name, expected.hash]);
      expect(own.bytes).toEqual(expected.bytes);
    }
    expect(verifier.srs).toEqual({ kind: prover.srs.kind, identity: prover.srs.identity });
  });

  test('gives another hash to a key of which one bit is another', async () => {
    const [first, ...rest] = known.circuits;
    const key = Buffer.from(first.key, 'base64');
    key[key.length - 1] ^= 1;
    const changed = await openVerifier({ ...known, circuits: [{ ...first, key: key.toString('base64') }, ...rest] });
    const { hash } = await changed.verificationKey(first.name);
    expect(hash).not.toBe((await prover.verificationKey(first.name)).hash);
  });

  test('gives another identity to an SRS with another point', async () => {
    const g1 = Buffer.from(known.srs.g1, 'base64');
    g1.copy(g1, 64, 0, 64);
    const { srs } = await openVerifier({ ...known, srs: { ...known.srs, g1: g1.toString('base64') } });
    expect(srs.identity).not.toBe(prover.srs.identity);
  });

  test('refuses a key that is not of a key’s length, and a circuit that it has no key of', async () => {
    const short = { ...known.circuits[0], key: known.circuits[0].key.slice(0, 128) };
    await expect(openVerifier({ ...known, circuits: [short] })).rejects.toThrow('a verification key has 115 elements');
    const without = await openVerifier({ ...known, circuits: known.circuits.slice(1) });
    await expect(without.verify(known.circuits[0].name, new Uint8Array(), [])).rejects.toThrow('no key of circuit');
  });

  test.each([
    ['nothing', new Uint8Array(), 0],
    ['elements beyond the field', new Uint8Array(16_000).fill(255), 0],
    ['zeros, which stop the WASM that checks them', new Uint8Array(16_000), 0],
    ['zeros again', new Uint8Array(16_000), 0],
    ['zeros, for too few public inputs', new Uint8Array(16_000), -1],
  ])('takes %s for no proof', async (_, proof, change) => {
    const { name, publicInputs } = known.circuits[0];
    const inputs = Array.from({ length: publicInputs + change }, () => 0n);
    expect(await verifier.verify(name, proof, inputs)).toBe(false);
  });
});
