/** A node that knows the log of one room and nothing else: it answers what reading a room asks a real one, in its form. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonStringify } from '@aztec/foundation/json-rpc';
import { BlockHeader, GlobalVariables } from '@aztec/stdlib/tx';
import { fieldToHex } from '../../app/lib/field/field.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { EventSelectors } from '../../app/lib/room/selectors.ts';

type Call = { readonly id: number; readonly method: string };

const L1_CONTRACTS = [
  'rollupAddress',
  'registryAddress',
  'inboxAddress',
  'outboxAddress',
  'feeJuiceAddress',
  'feeJuicePortalAddress',
  'coinIssuerAddress',
  'rewardDistributorAddress',
  'governanceProposerAddress',
  'governanceAddress',
  'stakingAssetAddress',
];
const PROTOCOL_CONTRACTS = ['classRegistry', 'feeJuice', 'instanceRegistry', 'multiCallEntrypoint'];

/** What the node knows: the network, and the log of the room as a receipt writes it. */
export type KnownLog = Pick<Receipt, 'network' | 'events' | 'transcript'>;

/** The node. */
export type LogNode = {
  readonly url: string;
  /** Has it know another log from now on. @param now the chain's time, in seconds since the epoch */
  know(known: KnownLog, now?: bigint): void;
  stop(): void;
};

/** Starts the node, with the log that a receipt tells. */
export async function nodeOfLog(first: KnownLog, selectors: EventSelectors): Promise<LogNode> {
  let results = resultsOf(first, selectors, 0n);
  const answer = ({ id, method }: Call): object =>
    method in results
      ? { jsonrpc: '2.0', id, result: results[method] }
      : { jsonrpc: '2.0', id, error: { code: -32_601, message: `${method} is not known here` } };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.setHeader('content-type', 'application/json');
    if (parts.length === 0) return response.end('{}');
    const asked = JSON.parse(Buffer.concat(parts).toString()) as Call | Call[];
    response.end(jsonStringify(Array.isArray(asked) ? asked.map(answer) : answer(asked)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  const know: LogNode['know'] = (known, now = 0n) => {
    results = resultsOf(known, selectors, now);
  };
  return { know, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

/** What the node answers, by the method that is asked for. */
function resultsOf(
  { network, events, transcript }: KnownLog,
  selectors: EventSelectors,
  now: bigint,
): Record<string, unknown> {
  const named = (names: readonly string[], address: string) => Object.fromEntries(names.map((name) => [name, address]));
  return {
    node_getNodeInfo: {
      nodeVersion: '4.1.2',
      l1ChainId: Number(network.chainId),
      rollupVersion: Number(network.rollupVersion),
      l1ContractAddresses: named(L1_CONTRACTS, `0x${'0'.repeat(40)}`),
      protocolContractAddresses: named(PROTOCOL_CONTRACTS, fieldToHex(1n)),
      realProofs: network.provesTransactions,
    },
    node_getPublicLogs: {
      logs: events.map(({ name, fields, txHash, block }) => ({
        id: { blockNumber: block, blockHash: fieldToHex(BigInt(block)), txHash, txIndex: 0, logIndex: 0 },
        log: { contractAddress: network.contract, fields: [...fields, fieldToHex(selectors.get(name)!)] },
      })),
      maxLogsHit: false,
    },
    node_getPublicStorageAt: transcript,
    node_getBlockHeader: BlockHeader.empty({ globalVariables: GlobalVariables.empty({ timestamp: now }) }),
  };
}
