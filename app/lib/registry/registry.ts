/** The registry of templates: what a template fixes, under which id, and its contract as a party calls it. */
import type { ContractArtifact } from '@aztec/aztec.js/abi';
import { openContract, type ContractClient } from '../chain/contract.ts';
import type { NodeConnection } from '../chain/node.ts';
import type { PartyWallet } from '../chain/wallet.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { CIRCUITS } from '../protocol/context.ts';

/** Classes of risk: rooms of a high one need two approvals for every slot. */
export const Risk = { standard: 0, high: 1 } as const;

/** Shares of author and treasury are in this many parts of a fee. */
export const WHOLE_SHARE = 10_000;

/**
 * What an author states of a template, in the contract's own form. `fees[0]` is the least fee of rooms of at most
 * `band_rows[0]` rows a slot, `fees[1]` of those of at most `band_rows[1]`, `fees[2]` of larger ones.
 */
export type TemplateTerms = {
  readonly min_slots: number;
  readonly max_slots: number;
  readonly risk: number;
  readonly band_rows: readonly [number, number];
  readonly fees: readonly [bigint, bigint, bigint];
  readonly author_share: number;
  readonly treasury_share: number;
};

/** A template on record. */
export type Template = TemplateTerms & {
  readonly author: bigint;
  readonly treasury: bigint;
  readonly circuits_digest: bigint;
  readonly deprecated: boolean;
};

/** Most bytes of a template's name. */
const MAX_NAME_BYTES = 31;

/** A template's name as the registry takes it: its UTF-8 bytes as a big-endian integer. */
export function nameField(name: string): bigint {
  const bytes = new TextEncoder().encode(name);
  if (!/^[a-z][a-z0-9-]*$/.test(name) || bytes.length > MAX_NAME_BYTES) {
    throw new Error(
      `"${name}" is no name of a template: use up to ${MAX_NAME_BYTES} lower-case letters, digits and dashes`,
    );
  }
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Id of a template: hash 21 of author, name and version. */
export const templateId = (author: bigint, name: bigint, version: number): bigint =>
  hash(Domain.templateId, [author, name, BigInt(version)]);

/** The least fee of a room whose slots bring up to `maxRows` rows each. */
export function leastFee({ band_rows, fees }: TemplateTerms, maxRows: number): bigint {
  return maxRows <= band_rows[0] ? fees[0] : maxRows <= band_rows[1] ? fees[1] : fees[2];
}

/** The registry, as a party uses it. */
export type RegistryClient = {
  readonly contract: ContractClient;
  /**
   * Registers version `version` of the party's template `name`, for good, and returns its id. The party's account
   * becomes the template's author, in public.
   * @param circuits the verification key hashes, in the order of `CIRCUITS`
   */
  register(name: string, version: number, circuits: readonly bigint[], terms: TemplateTerms): Promise<bigint>;
  /** Takes a template of the party off the offer. */
  deprecate(id: bigint): Promise<string>;
  /** The template on record under an id; throws a `ContractRefusal` when there is none. */
  template(id: bigint): Promise<Template>;
};

/**
 * Opens the registry that is deployed at `address`.
 * @param artifact the contract `template_registry`
 */
export async function openRegistry(
  connection: NodeConnection,
  party: PartyWallet,
  artifact: ContractArtifact,
  address: bigint,
): Promise<RegistryClient> {
  const contract = await openContract(connection, party, artifact, address);
  return {
    contract,
    register: async (name, version, circuits, terms) => {
      if (circuits.length !== CIRCUITS.length) throw new Error(`a template has ${CIRCUITS.length} circuits`);
      await contract.send('register', nameField(name), version, [...circuits], terms);
      return templateId(contract.sender, nameField(name), version);
    },
    deprecate: (id) => contract.send('deprecate', id),
    template: async (id) => asTemplate((await contract.view('get_template', id)) as RawTemplate),
  };
}

/** A template as the contract returns it. */
type RawTemplate = Readonly<
  Record<'author' | 'treasury', { toBigInt(): bigint }> &
    Record<'circuits_digest' | 'min_slots' | 'max_slots' | 'risk' | 'author_share' | 'treasury_share', bigint> &
    Record<'band_rows' | 'fees', readonly bigint[]> & { deprecated: boolean }
>;

function asTemplate(raw: RawTemplate): Template {
  return {
    author: raw.author.toBigInt(),
    treasury: raw.treasury.toBigInt(),
    circuits_digest: raw.circuits_digest,
    min_slots: Number(raw.min_slots),
    max_slots: Number(raw.max_slots),
    risk: Number(raw.risk),
    band_rows: [Number(raw.band_rows[0]), Number(raw.band_rows[1])],
    fees: [raw.fees[0], raw.fees[1], raw.fees[2]],
    author_share: Number(raw.author_share),
    treasury_share: Number(raw.treasury_share),
    deprecated: raw.deprecated,
  };
}
