/** Running a circuit: from inputs to the witness that a proof is made of. */
import * as acvm from '@aztec/noir-acvm_js';
import * as noircAbi from '@aztec/noir-noirc_abi';
import { gunzip, type Circuit } from './circuit.ts';

/** A value as circuits take it: field elements and booleans, in arrays and structs. */
export type InputValue = bigint | boolean | readonly InputValue[] | { readonly [field: string]: InputValue };
/** All parameters of a circuit by name. */
export type CircuitInputs = { readonly [parameter: string]: InputValue };

/** The circuit's relations do not hold for the inputs: there is no proof. The message names the assertion, never a value. */
export class UnprovableError extends Error {
  override name = 'UnprovableError';
}

let started: Promise<void> | undefined;

/**
 * Executes a circuit.
 * @returns the serialised witness stack as bb takes it. Secret: it holds every private input.
 * @throws UnprovableError when an assertion fails
 */
export async function execute(circuit: Circuit, inputs: CircuitInputs): Promise<Uint8Array> {
  await (started ??= startModules());
  const initial = noircAbi.abiEncode(circuit.abi as noircAbi.Abi, encodeValue(inputs) as noircAbi.InputMap);
  let stack;
  try {
    stack = await acvm.executeProgram(circuit.program, initial, async (name) => {
      throw new Error(`circuit ${circuit.name} calls the oracle ${name}; circuits have none`);
    });
  } catch (error) {
    throw new UnprovableError(`circuit ${circuit.name}: ${assertionOf(circuit, error)}`);
  }
  return gunzip(acvm.compressWitnessStack(stack));
}

/** The failed assertion's text where the program carries it. */
function assertionOf(circuit: Circuit, error: unknown): string {
  const { message, rawAssertionPayload } = error as {
    message?: string;
    rawAssertionPayload?: acvm.RawAssertionPayload;
  };
  if (rawAssertionPayload) {
    const decoded: unknown = noircAbi.abiDecodeError(circuit.abi as noircAbi.Abi, rawAssertionPayload as never);
    if (typeof decoded === 'string') return decoded;
  }
  return message ?? String(error);
}

/** Field elements become hexadecimal strings, the one form that keeps all their digits. */
function encodeValue(value: InputValue): unknown {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(encodeValue);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, encodeValue(field)]));
}

/** The packages' browser builds need to be started; those for Node start themselves. */
async function startModules(): Promise<void> {
  for (const module of [acvm, noircAbi]) {
    const start = (module as { default?: unknown }).default;
    if (typeof start === 'function') await start();
  }
}
