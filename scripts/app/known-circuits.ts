/** What the app's verifier knows of the circuits: made when the app is built, from the artifacts and the SRS of this machine. */
import { loadCircuit } from '../../app/lib/proof/circuit.ts';
import { openProver } from '../../app/lib/proof/prover.ts';
import { DEFAULT_NUM_POINTS, loadSrs } from '../../app/lib/proof/srs.ts';
import type { KnownCircuit, KnownCircuits } from '../../app/lib/proof/verifier.ts';
import { CIRCUITS } from '../../app/lib/protocol/context.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Keys of all circuits under the SRS of this machine, from the cache or computed. */
export async function knownCircuits(): Promise<KnownCircuits> {
  const srs = await loadSrs({ numPoints: DEFAULT_NUM_POINTS });
  const prover = await openProver({ srs });
  try {
    const circuits: KnownCircuit[] = [];
    for (const name of CIRCUITS) {
      const { sourceDigest, publicInputs } = await loadCircuit(name);
      const { bytes } = await prover.verificationKey(name);
      circuits.push({ name, key: base64(bytes), sourceDigest, publicInputs });
    }
    return { srs: { kind: srs.kind, g1: base64(srs.g1(2)), g2: base64(srs.g2) }, circuits };
  } finally {
    await prover.close();
  }
}
