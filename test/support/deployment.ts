/**
 * Contracts of the tests' own: registry, room contract and templates, whose author and treasury are accounts under test.
 * The test files of one process share them.
 */
import { loadContractArtifact, contractClassId } from '../../app/lib/chain/artifact.ts';
import { deployContract } from '../../app/lib/chain/contract.ts';
import { readDeployment, recordDeployment, type Deployment } from '../../app/lib/chain/deployments.ts';
import { CIRCUITS, circuitsDigest, type CircuitName } from '../../app/lib/protocol/context.ts';
import { openRegistry, Risk, type TemplateTerms } from '../../app/lib/registry/registry.ts';
import { keyHashes } from '../../app/lib/room/acts.ts';
import type { Party } from '../../app/server/party/environment.ts';

const FREE: TemplateTerms = {
  min_slots: 2,
  max_slots: 5,
  risk: Risk.standard,
  band_rows: [64, 1024],
  fees: [0n, 0n, 0n],
  author_share: 1000,
  treasury_share: 500,
};

/** What the registered templates fix. All of them run this software's circuits. */
export const TEMPLATES = {
  /** What rooms are of unless a test says otherwise. */
  overlap: FREE,
  /** What rooms that aggregate are of. */
  aggregate: FREE,
  /** Two accounts must approve for each slot. */
  'high-risk': { ...FREE, risk: Risk.high },
  /** For three or four slots; the fee depends on the rows. */
  paid: { ...FREE, min_slots: 3, max_slots: 4, fees: [100n, 200n, 300n] },
  /** No longer on offer. */
  deprecated: FREE,
} as const satisfies Record<string, TemplateTerms>;

export type TemplateName = keyof typeof TEMPLATES;

const VERSION = 1;

/** Id of a template in the tests' registry. */
export function templateOf({ templates }: Deployment, name: TemplateName): bigint {
  return templates[`${name}/${VERSION}`];
}

/**
 * The contracts, deployed by the author on first use.
 * @param file where their addresses are kept
 */
export async function openContracts(file: string, author: () => Promise<Party>, treasury: () => Promise<Party>) {
  const { connection, srs, wallet, prover } = await author();
  const place = { file, info: connection.info, srsIdentity: srs.identity };
  const known = await readDeployment(place);
  if (known) return known;
  const hashes = await keyHashes(prover);
  const keys = Object.fromEntries(CIRCUITS.map((name, i) => [name, hashes[i]])) as Record<CircuitName, bigint>;
  const artifact = await loadContractArtifact('template_registry', srs);
  const registry = await deployContract(wallet, artifact, [(await treasury()).wallet.address.toBigInt()]);
  const client = await openRegistry(connection, wallet, artifact, registry);
  const templates: Record<string, bigint> = {};
  for (const [name, terms] of Object.entries(TEMPLATES)) {
    templates[`${name}/${VERSION}`] = await client.register(name, VERSION, hashes, terms);
  }
  await client.deprecate(templates[`deprecated/${VERSION}`]);
  const escrowClass = await contractClassId('room_escrow', srs);
  const rooms = await deployContract(wallet, await loadContractArtifact('clean_room', srs), [registry, escrowClass]);
  const deployment: Deployment = { registry, rooms, escrowClass, circuits: circuitsDigest(keys), templates };
  await recordDeployment(place, deployment);
  return deployment;
}
