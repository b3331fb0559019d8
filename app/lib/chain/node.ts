/** The connection to an Aztec node: reading needs no wallet. */
import { createAztecNodeClient, type AztecNode } from '@aztec/aztec.js/node';

/** Identity of a network, part of every room's context. */
export type NetworkInfo = {
  readonly chainId: bigint;
  readonly rollupVersion: bigint;
  /** Whether the node checks transaction proofs. A local network does not, and every receipt says so. */
  readonly provesTransactions: boolean;
};

/** A node that answered, and the network that it belongs to. */
export type NodeConnection = { readonly url: string; readonly node: AztecNode; readonly info: NetworkInfo };

/** The node cannot be reached or is not what it should be. */
export class NodeError extends Error {
  override name = 'NodeError';
}

/**
 * Connects to an Aztec node.
 * @throws NodeError when nobody answers at `url`, or what answers is no Aztec node of the pinned version
 */
export async function connectNode(url: string): Promise<NodeConnection> {
  const node = createAztecNodeClient(url);
  try {
    const info = await node.getNodeInfo();
    return {
      url,
      node,
      info: {
        chainId: BigInt(info.l1ChainId),
        rollupVersion: BigInt(info.rollupVersion),
        provesTransactions: info.realProofs,
      },
    };
  } catch (error) {
    throw new NodeError(
      `No Aztec node answers at ${new URL(url).origin}. Start a local network with "npm run network -- start", or set AZTEC_NODE_URL.`,
      { cause: error },
    );
  }
}
