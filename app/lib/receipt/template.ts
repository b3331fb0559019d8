/** The registry's record of a room's template, read from public storage: it takes a node, but no wallet. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import type { AztecNode } from '@aztec/aztec.js/node';
import { deriveStorageSlotInMap } from '@aztec/stdlib/hash';
import { CIRCUITS, circuitsDigest, type CircuitName } from '../protocol/context.ts';
import { leastFee, type Template } from '../registry/registry.ts';
import { decode } from '../room/schema.ts';
import type { RoomView } from '../room/view.ts';

/** Position of `registry` among the storage slots of the room contract, and of `templates` among the registry's. */
export const REGISTRY_SLOT = 12n;
export const TEMPLATES_SLOT = 3n;

/** Layout of a template in storage, as `contracts/template_registry` declares it. */
export const TEMPLATE = {
  struct: [
    ['author', 'Field'],
    ['treasury', 'Field'],
    ['circuits_digest', 'Field'],
    ['min_slots', 'u32'],
    ['max_slots', 'u32'],
    ['risk', 'u32'],
    ['band_rows', { array: 'u32', length: 2 }],
    ['fees', { array: 'u128', length: 3 }],
    ['author_share', 'u32'],
    ['treasury_share', 'u32'],
    ['deprecated', 'bool'],
  ],
} as const;
const TEMPLATE_FIELDS = 14;

/** Address of the registry that a room contract is bound to. */
export async function readRegistry(node: AztecNode, contract: bigint): Promise<bigint> {
  return readField(node, contract, REGISTRY_SLOT);
}

/** The template under an id, or undefined where the registry has none. */
export async function readTemplate(node: AztecNode, registry: bigint, id: bigint): Promise<Template | undefined> {
  const base = (await deriveStorageSlotInMap(new Fr(TEMPLATES_SLOT), new Fr(id))).toBigInt();
  const places = Array.from({ length: TEMPLATE_FIELDS }, (_, i) => base + BigInt(i));
  const fields = await Promise.all(places.map((place) => readField(node, registry, place)));
  const template = decode(TEMPLATE, fields, 'template');
  if (template.author === 0n) return undefined;
  const [band, larger] = template.band_rows;
  const [small, medium, large] = template.fees;
  return { ...template, band_rows: [band, larger], fees: [small, medium, large] };
}

/**
 * Checks a room against the template on record. The name under which its author registered it is not looked at: what a
 * template is follows from its circuits.
 * @throws with what differs
 */
export function checkTemplate(view: RoomView, template: Template): void {
  const { terms, circuits, policy } = view;
  const keys = Object.fromEntries(CIRCUITS.map((circuit, i) => [circuit, circuits[i]])) as Record<CircuitName, bigint>;
  if (circuitsDigest(keys) !== template.circuits_digest) {
    throw new Error("The room's circuits are not those of its template.");
  }
  if (terms.slots > template.max_slots || terms.min_slots < template.min_slots) {
    throw new Error('The room has another number of slots than its template allows.');
  }
  if (terms.approvals !== template.risk + 1) {
    throw new Error("The room asks for another number of approvals than its template's class of risk.");
  }
  if (policy.fees.fee < leastFee(template, terms.max_rows)) {
    throw new Error("The room's fee lies below its template's.");
  }
}

async function readField(node: AztecNode, contract: bigint, slot: bigint): Promise<bigint> {
  return (await node.getPublicStorageAt('latest', AztecAddress.fromBigInt(contract), new Fr(slot))).toBigInt();
}
