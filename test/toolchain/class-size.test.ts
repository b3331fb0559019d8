/** A contract class holds a limited amount of public code: the contracts stay below it, with room for a change. */
import { MAX_PACKED_PUBLIC_BYTECODE_SIZE_IN_FIELDS } from '@aztec/constants';
import { getContractClassFromArtifact } from '@aztec/aztec.js/contracts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { DEFAULT_NUM_POINTS, loadSrs } from '../../app/lib/proof/srs.ts';
import { processArtifacts } from '../../app/lib/chain/process-artifacts.ts';

/** A field holds 31 bytes of code; the first field holds the length. */
const MOST_BYTES = (MAX_PACKED_PUBLIC_BYTECODE_SIZE_IN_FIELDS - 1) * 31;

const artifactOf = async (name: string) => {
  await initField();
  const srs = await loadSrs({ numPoints: DEFAULT_NUM_POINTS });
  await processArtifacts(srs);
  return loadContractArtifact(name, srs);
};

test.each(['clean_room', 'template_registry', 'dao_gate', 'room_escrow'])('%s', async (name) => {
  const { packedBytecode } = await getContractClassFromArtifact(await artifactOf(name));
  expect(packedBytecode.length).toBeLessThan(MOST_BYTES);
});

test('an escrow has no public function', async () => {
  expect((await artifactOf('room_escrow')).nonDispatchPublicFunctions).toEqual([]);
  expect((await artifactOf('clean_room')).nonDispatchPublicFunctions).not.toEqual([]);
});
