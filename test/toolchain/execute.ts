/** Running a circuit artifact in Aztec's virtual machine, without a proof. */
import { executeProgram } from '@aztec/noir-acvm_js';
import { abiDecode, abiEncode } from '@aztec/noir-noirc_abi';
import type { CircuitArtifact } from '../../scripts/compile/circuit.ts';

/** Runs a circuit and returns what its `main` returns, in the form of the ABI (numbers as hexadecimal text). */
export async function executeCircuit(circuit: CircuitArtifact, inputs: object): Promise<unknown> {
  const abi = circuit.abi as Parameters<typeof abiEncode>[0];
  const witness = abiEncode(abi, inputs as Parameters<typeof abiEncode>[1]);
  const stack = await executeProgram(Buffer.from(circuit.bytecode, 'base64'), witness, (name) =>
    Promise.reject(new Error(`unexpected oracle ${name}`)),
  );
  return abiDecode(abi, stack.at(-1)!.witness).return_value;
}
