/**
 * Changes of meaning between the two program formats, as plain functions over the decoded program.
 * Everything else is the same value in other bytes.
 */
import type { Tagged, Value } from './types.ts';

/** Size in bytes of an AES block. */
const AES_BLOCK = 16;

/**
 * Turns a program of Noir 1.0.0-beta.15 into one of 1.0.0-beta.18 (Aztec 4.1.2).
 * Opcodes keep their number and order: jump targets and assertion locations stay valid.
 * @throws {Error} when a program can't be expressed; the message says what in the source to change.
 */
export function convertProgram(program: Value): Value {
  const [circuits, functions] = program as [Value[], Value[]];
  if (circuits.length > 1) {
    throw new Error('a program of several circuits: Aztec 4.1.2 proves one only, so take #[fold] off the functions');
  }
  return [circuits.map(convertCircuit), functions.map(convertBrilligFunction)];
}

function convertCircuit(circuit: Value): Value {
  const [name, highest, opcodes, ...rest] = circuit as [Value, Value, Tagged[], ...Value[]];
  return [name, highest, opcodes.map(convertOpcode), ...rest];
}

function convertOpcode(opcode: Tagged): Tagged {
  switch (opcode.tag) {
    case 'BrilligCall':
    case 'Call': {
      const [id, inputs, outputs, predicate] = opcode.payload as [Value, Value, Value, Value];
      return { tag: opcode.tag, payload: [id, inputs, outputs, predicate ?? [[], [], fieldOf(1)]] };
    }
    case 'BlackBoxFuncCall': {
      const call = opcode.payload as Tagged;
      return call.tag === 'AES128Encrypt'
        ? { tag: opcode.tag, payload: { tag: call.tag, payload: padAes(call.payload!) } }
        : opcode;
    }
    default:
      return opcode;
  }
}

/** The old black box pads by PKCS#7 itself, the new one wants padded input: append the padding as constants. */
function padAes(call: Value): Value {
  const [message, iv, key, outputs] = call as [Value[], Value, Value, Value];
  const missing = AES_BLOCK - (message.length % AES_BLOCK);
  const padding = Array.from({ length: missing }, () => ({ tag: 'Constant', payload: fieldOf(missing) }));
  return [[...message, ...padding], iv, key, outputs];
}

function convertBrilligFunction(brillig: Value): Value {
  const [name, opcodes] = brillig as [Value, Tagged[]];
  const constants = new KnownConstants(opcodes);

  /** A heap vector (pointer, size register) as a heap array (pointer, constant size). */
  const toArray = (vector: Value, at: number): [Value, bigint] => {
    const [pointer, size] = vector as [Value, Tagged];
    const constant = constants.get(size);
    if (constant === undefined) {
      throw new Error(
        `${String(name)}: a black box's input has no constant size (opcode ${at}); pass an array instead of a slice`,
      );
    }
    return [pointer, constant];
  };

  const convertBlackBox = (op: Tagged, at: number): Tagged => {
    const operands = op.payload as readonly Value[];
    switch (op.tag) {
      case 'AES128Encrypt': {
        const [message, iv, key, output] = operands as [Value, Value, Value, Value];
        const [pointer, size] = toArray(message, at);
        if (size % BigInt(AES_BLOCK) !== 0n) {
          throw new Error(
            `${String(name)}: unconstrained AES-128 over ${size} bytes; pad the message to a multiple of ${AES_BLOCK} in the source`,
          );
        }
        const [outputPointer] = output as [Value, Value];
        return { tag: op.tag, payload: [[pointer, size], iv, key, [outputPointer, size]] };
      }
      case 'MultiScalarMul': {
        const [points, scalars, output] = operands as [Value, Value, Value];
        return { tag: op.tag, payload: [toArray(points, at), toArray(scalars, at), output] };
      }
      case 'Blake2s':
      case 'Blake3':
      case 'EcdsaSecp256k1':
      case 'EcdsaSecp256r1':
      case 'Poseidon2Permutation':
        return { tag: op.tag, payload: [toArray(operands[0]!, at), ...operands.slice(1)] };
      default:
        return op;
    }
  };

  const converted = opcodes.map((opcode, at): Tagged => {
    constants.enter(at);
    const result =
      opcode.tag === 'BlackBox' ? { tag: opcode.tag, payload: convertBlackBox(opcode.payload as Tagged, at) } : opcode;
    constants.leave(opcode);
    return result;
  });
  return [name, converted];
}

/** Opcodes that write to the address that is their first operand, and nowhere else. */
const WRITES_FIRST_OPERAND = new Set(['BinaryFieldOp', 'BinaryIntOp', 'Not', 'Cast', 'Mov', 'ConditionalMov', 'Load']);

/** Opcodes after which the registers, or where the control flow goes on, are not known from the text alone. */
const FORGETS_ALL = new Set(['Jump', 'JumpIf', 'Call', 'Return', 'CalldataCopy', 'ForeignCall', 'Trap', 'Stop']);

/**
 * The registers whose value is a constant at the present opcode, found within one basic block (a run of opcodes that no
 * jump leads into): a register counts from its `Const` until something else may have written to it.
 */
class KnownConstants {
  readonly #known = new Map<string, bigint>();
  readonly #targets = new Set<number>();

  constructor(opcodes: readonly Tagged[]) {
    for (const { tag, payload } of opcodes) {
      if (tag === 'Jump' || tag === 'Call') this.#targets.add(Number((payload as [bigint])[0]));
      if (tag === 'JumpIf') this.#targets.add(Number((payload as [Value, bigint])[1]));
    }
  }

  /** The constant in a register, if it is known. */
  get(register: Tagged): bigint | undefined {
    return this.#known.get(addressKey(register));
  }

  /** To be called before the opcode at an index: a jump may lead here from anywhere. */
  enter(at: number): void {
    if (this.#targets.has(at)) this.#known.clear();
  }

  /** To be called after an opcode: takes its effect on registers in. */
  leave({ tag, payload }: Tagged): void {
    if (tag === 'Const') {
      const [target, , constant] = payload as [Tagged, Value, Uint8Array];
      this.#known.set(addressKey(target), BigInt('0x' + Buffer.from(constant).toString('hex')));
    } else if (WRITES_FIRST_OPERAND.has(tag)) {
      this.#known.delete(addressKey((payload as [Tagged])[0]));
    } else if (FORGETS_ALL.has(tag)) {
      this.#known.clear();
    }
  }
}

function addressKey(address: Tagged): string {
  return `${address.tag} ${String(address.payload)}`;
}

/** A small number as a field element. */
function fieldOf(value: number): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[31] = value;
  return bytes;
}
