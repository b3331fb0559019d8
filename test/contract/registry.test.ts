/** The registry of templates: anyone registers, nobody changes what is registered, authors take it off the offer. */
import { EventSelector } from '@aztec/aztec.js/abi';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { TxHash } from '@aztec/stdlib/tx';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { deployContract, type AbiValue } from '../../app/lib/chain/contract.ts';
import { Domain, hash } from '../../app/lib/field/poseidon2.ts';
import { CIRCUITS } from '../../app/lib/protocol/context.ts';
import {
  leastFee,
  nameField,
  openRegistry,
  Risk,
  templateId,
  type RegistryClient,
  type TemplateTerms,
} from '../../app/lib/registry/registry.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { ACCEPTED, outcome, refusals, withArgs, withMembers, type Call, type Refusal } from '../support/calls.ts';

const TERMS: TemplateTerms = {
  min_slots: 2,
  max_slots: 5,
  risk: Risk.standard,
  band_rows: [100, 1000],
  fees: [1n, (1n << 128n) - 1n, 0n],
  author_share: 7000,
  treasury_share: 3000,
};
const KEYS = CIRCUITS.map((_, i) => BigInt(1000 + i));
const TREASURY = 77n;

let bed: Bed;
/** The same registry, as two accounts use it. */
let author: RegistryClient;
let other: RegistryClient;
let id: bigint;
beforeAll(async () => {
  bed = await openBed({ slots: 2 });
  const { connection, srs } = bed.outsider.party;
  const artifact = await loadContractArtifact('template_registry', srs);
  const [first, second] = bed.slots.map(({ party }) => party.wallet);
  const address = await deployContract(first, artifact, [TREASURY]);
  author = await openRegistry(connection, first, artifact, address);
  other = await openRegistry(connection, second, artifact, address);
  id = await author.register('sum-by-group', 1, KEYS, TERMS);
});
afterAll(() => bed?.close());

const register = (name: AbiValue, version: number, circuits: readonly bigint[], terms: TemplateTerms): Call => ({
  method: 'register',
  args: [name, version, circuits, terms],
});

test('a registered template is on record as its author stated it, with the registry’s treasury', async () => {
  expect(await other.template(id)).toEqual({
    ...TERMS,
    author: author.contract.sender,
    treasury: TREASURY,
    circuits_digest: hash(Domain.circuitsDigest, KEYS),
    deprecated: false,
  });
});

test('its id follows from author, name and version', () => {
  const name = BigInt(`0x${Buffer.from('sum-by-group').toString('hex')}`);
  expect(id).toBe(hash(Domain.templateId, [author.contract.sender, name, 1n]));
  expect(templateId(author.contract.sender, nameField('sum-by-group'), 1)).toBe(id);
});

test('a registration logs everything that a client needs to check a room of the template', async () => {
  const { node } = bed.outsider.party.connection;
  const txHash = await author.contract.send('register', nameField('logged'), 1, KEYS, TERMS);
  const effect = (await node.getTxEffect(TxHash.fromString(txHash)))!.data;
  const fields = effect.publicLogs.map((log) => log.getEmittedFields().map((field) => field.toBigInt()));
  const { min_slots, max_slots, risk, band_rows, fees, author_share, treasury_share } = TERMS;
  const selector = await EventSelector.fromSignature(
    `TemplateRegistered(Field,(Field),Field,u32,(Field),[Field;${CIRCUITS.length}],(u32,u32,u32,[u32;2],[u128;3],u32,u32))`,
  );
  expect(fields).toEqual([
    [
      templateId(author.contract.sender, nameField('logged'), 1),
      author.contract.sender,
      nameField('logged'),
      1n,
      TREASURY,
      ...KEYS,
      ...[min_slots, max_slots, risk, ...band_rows, ...fees, author_share, treasury_share].map(BigInt),
      selector.toField().toBigInt(),
    ],
  ]);
});

test('nothing can be registered in the place of a template: neither again nor otherwise', async () => {
  const again = register(nameField('sum-by-group'), 1, KEYS, TERMS);
  const taken = 'This version is registered already';
  const cases: Refusal[] = [
    ['the same', again, taken],
    ['with another circuit', withArgs(again, { 2: [...KEYS.slice(0, -1), 5n] }), taken],
    ['for another fee', withMembers(again, 3, { fees: [0n, 0n, 0n] }), taken],
  ];
  const { said, expected } = await refusals(author.contract, cases);
  expect(said).toEqual(expected);
});

test('another version, another name and another author’s template of that name are templates of their own', async () => {
  expect(await outcome(author.contract, register(nameField('sum-by-group'), 2, KEYS, TERMS))).toBe(ACCEPTED);
  expect(await outcome(author.contract, register(nameField('sum'), 1, KEYS, TERMS))).toBe(ACCEPTED);
  const theirs = await other.register('sum-by-group', 1, KEYS, { ...TERMS, author_share: 1 });
  expect(theirs).not.toBe(id);
  expect((await other.template(theirs)).author_share).toBe(1);
  expect((await other.template(id)).author_share).toBe(TERMS.author_share);
});

test('terms that make no sense are refused', async () => {
  const fresh = register(nameField('fresh'), 1, KEYS, TERMS);
  const cases: Refusal[] = [
    ['no name', withArgs(fresh, { 0: 0n }), 'A template needs a name'],
    ['version 0', withArgs(fresh, { 1: 0 }), 'Versions count from 1'],
    ['a circuit missing', withArgs(fresh, { 2: [0n, ...KEYS.slice(1)] }), 'A template needs every circuit'],
    ['the last circuit missing', withArgs(fresh, { 2: [...KEYS.slice(1), 0n] }), 'A template needs every circuit'],
    ['one slot', withMembers(fresh, 3, { min_slots: 1 }), 'A template needs at least two slots'],
    ['six slots', withMembers(fresh, 3, { max_slots: 6 }), 'A room has at most five slots'],
    [
      'no number of slots',
      withMembers(fresh, 3, { min_slots: 4, max_slots: 3 }),
      'The fewest slots are more than the most',
    ],
    ['a third risk class', withMembers(fresh, 3, { risk: 2 }), 'Unknown risk class'],
    ['an empty band', withMembers(fresh, 3, { band_rows: [0, 10] }), 'The first band of sizes is empty'],
    ['equal bands', withMembers(fresh, 3, { band_rows: [10, 10] }), 'The bands of sizes must ascend'],
    ['descending bands', withMembers(fresh, 3, { band_rows: [10, 9] }), 'The bands of sizes must ascend'],
    [
      'too much for the author',
      withMembers(fresh, 3, { author_share: 10_001 }),
      "The author's share is more than the fee",
    ],
    [
      'too much for the treasury',
      withMembers(fresh, 3, { author_share: 0, treasury_share: 2 ** 32 - 1 }),
      "The treasury's share is more than the fee",
    ],
    ['too much for both', withMembers(fresh, 3, { author_share: 7001 }), 'The shares are more than the fee'],
  ];
  const { said, expected } = await refusals(author.contract, cases);
  expect(said).toEqual(expected);
  expect(await outcome(author.contract, fresh)).toBe(ACCEPTED);
});

test('a template is deprecated by its author alone, once, and stays on record', async () => {
  const passing = await author.register('passing', 1, KEYS, TERMS);
  const deprecate = { method: 'deprecate', args: [passing] };
  expect(await outcome(other.contract, deprecate)).toBe('Only its author may deprecate a template');
  await author.deprecate(passing);
  expect(await other.template(passing)).toMatchObject({ ...TERMS, deprecated: true });
  expect(await outcome(author.contract, deprecate)).toBe('The template is deprecated already');
  expect(await outcome(author.contract, register(nameField('passing'), 1, KEYS, TERMS))).toBe(
    'This version is registered already',
  );
});

test('what was never registered is not there', async () => {
  await expect(author.template(5n)).rejects.toThrow('No such template');
  expect(await outcome(author.contract, { method: 'deprecate', args: [5n] })).toBe('No such template');
});

test('a registry needs a treasury', async () => {
  const { srs } = bed.outsider.party;
  const artifact = await loadContractArtifact('template_registry', srs);
  const { wallet } = bed.slots[0].party;
  await expect(deployContract(wallet, artifact, [AztecAddress.ZERO.toBigInt()])).rejects.toThrow();
});

test('the least fee goes by the rows that a slot may bring, up to and with a band’s end', () => {
  const [small, medium, large] = TERMS.fees;
  expect([1, 100, 101, 1000, 1001].map((rows) => leastFee(TERMS, rows))).toEqual([small, small, medium, medium, large]);
});

test('names of templates are short and plain', () => {
  for (const name of ['', 'Upper', '1st', 'with space', 'ünïcode', 'a'.repeat(32)]) {
    expect(() => nameField(name)).toThrow('is no name of a template');
  }
  expect(nameField('a'.repeat(31))).toBeLessThan(1n << 248n);
});
