/**
 * A block goes to L1 in blobs, and the L1 client works out the commitment and proof of each blob anew whenever it estimates,
 * signs or sends the transaction: a twentieth of a second each time. Here it is done once per blob.
 */
import { createHash } from 'node:crypto';
import { Blob } from '@aztec/blob-lib';

/** As many results are kept as the blobs of a few blocks need. */
const KEPT = 16;

/** Makes the L1 client of this process remember what it worked out. */
export function rememberBlobs(): void {
  const kzg = Blob.getViemKzgInstance();
  const remembering = {
    ...kzg,
    blobToKzgCommitment: remember(kzg.blobToKzgCommitment),
    computeBlobKzgProof: remember(kzg.computeBlobKzgProof),
  };
  Blob.getViemKzgInstance = () => remembering;
}

/** The same function of bytes, which remembers its latest results. */
function remember<Inputs extends Uint8Array[]>(compute: (...inputs: Inputs) => Uint8Array) {
  const results = new Map<string, Uint8Array>();
  return (...inputs: Inputs): Uint8Array => {
    const digest = createHash('sha256');
    for (const input of inputs) digest.update(input);
    const name = digest.digest('hex');
    const result = results.get(name) ?? compute(...inputs);
    results.set(name, result);
    if (results.size > KEPT) results.delete(results.keys().next().value!);
    return result;
  };
}
