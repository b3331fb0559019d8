/** The public halves of the contract's functions take calls from its own private halves alone. */
import type { AbiType, ContractArtifact } from '@aztec/aztec.js/abi';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import type { AbiValue } from '../../app/lib/chain/contract.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { outcome } from '../support/calls.ts';

let bed: Bed;
let artifact: ContractArtifact;
beforeAll(async () => {
  bed = await openBed({ slots: 0 });
  artifact = await loadContractArtifact('clean_room', bed.outsider.party.srs);
});
afterAll(() => bed?.close());

/** The zero of a type. */
function zero(type: AbiType): AbiValue {
  switch (type.kind) {
    case 'boolean':
      return false;
    case 'array':
      return Array.from({ length: type.length }, () => zero(type.type));
    case 'struct':
      return Object.fromEntries(type.fields.map(({ name, type: member }) => [name, zero(member)]));
    default:
      return 0;
  }
}

test('every public function that writes is refused when an account calls it', async () => {
  const writing = artifact.nonDispatchPublicFunctions.filter(
    ({ isStatic, isInitializer }) => !isStatic && !isInitializer,
  );
  expect(writing.map(({ name }) => name).sort()).toEqual([
    '_approve',
    '_attest_dataset',
    '_attest_deletion',
    '_attest_list',
    '_cancel',
    '_close',
    '_commit_dataset',
    '_confirm_payment',
    '_create_room',
    '_dispute',
    '_expire',
    '_give_masked',
    '_give_share',
    '_grant_role',
    '_leave_out',
    '_post_blind',
    '_post_encrypted',
    '_post_hop',
    '_post_match',
    '_post_mix',
    '_post_opened',
    '_post_part',
    '_post_returned',
    '_post_selected',
    '_post_tally',
    '_record_audit',
    '_release',
    '_release_figures',
    '_revoke',
    '_revoke_role',
    '_take_slot',
  ]);
  for (const { name, parameters } of writing) {
    const call = { method: name, args: parameters.map(({ type }) => zero(type)) };
    expect(await outcome(bed.outsider.client, call)).toBe(`Function ${name} can only be called by the same contract`);
  }
});

test('what anyone may call writes nothing', () => {
  const others = artifact.nonDispatchPublicFunctions.filter(
    ({ name, isInitializer }) => !name.startsWith('_') && !isInitializer,
  );
  expect(others.map(({ name, isStatic }) => [name, isStatic])).toEqual([
    ['assert_released_under', true],
    ['assert_result_at_least', true],
    ['get_result', true],
  ]);
});
