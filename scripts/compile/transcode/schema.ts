/**
 * Noir's compiled program: ACIR circuits (constraints) and Brillig functions (unconstrained bytecode).
 *
 * The same description serves both ends, with the few places where Noir 1.0.0-beta.15 (what the compiler writes) and
 * 1.0.0-beta.18 (what Aztec 4.1.2 reads) differ in shape chosen by {@link Edition}. Variants stand in the order of their
 * binary numbers, fields in the order of the Rust sources (`acir::circuit` and `brillig::opcodes` of noir-lang/noir).
 */
import { array, choice, field, later, list, option, text, tuple, u32, u64, type Schema } from './types.ts';

/** The Noir version whose program format is meant. */
export type Edition = 'beta15' | 'beta18';

const witness = u32;
const blockId = u32;
const opcodeLabel = u64;

/** Σ coefficient·w₁·w₂ + Σ coefficient·w + constant. */
const expression = tuple(list(tuple(field, witness, witness)), list(tuple(field, witness)), field);

const functionInput = choice('FunctionInput', ['Constant', field], ['Witness', witness]);
const inputs = list(functionInput);
const witnesses = list(witness);
const curvePoint = tuple(witness, witness, witness);
const curvePointInput = array(functionInput, 3);
const ecdsa = tuple(
  array(functionInput, 32), // public key x
  array(functionInput, 32), // public key y
  array(functionInput, 64), // signature
  array(functionInput, 32), // hashed message
  functionInput, // predicate
  witness,
);
const bitwise = tuple(functionInput, functionInput, u32, witness);
const digest32 = tuple(inputs, array(witness, 32));

const blackBoxCall = choice(
  'BlackBoxFuncCall',
  ['AES128Encrypt', tuple(inputs, array(functionInput, 16), array(functionInput, 16), witnesses)],
  ['AND', bitwise],
  ['XOR', bitwise],
  ['RANGE', tuple(functionInput, u32)],
  ['Blake2s', digest32],
  ['Blake3', digest32],
  ['EcdsaSecp256k1', ecdsa],
  ['EcdsaSecp256r1', ecdsa],
  ['MultiScalarMul', tuple(inputs, inputs, functionInput, curvePoint)],
  ['EmbeddedCurveAdd', tuple(curvePointInput, curvePointInput, functionInput, curvePoint)],
  ['Keccakf1600', tuple(array(functionInput, 25), array(witness, 25))],
  ['RecursiveAggregation', tuple(inputs, inputs, inputs, functionInput, u32, functionInput)],
  ['Poseidon2Permutation', tuple(inputs, witnesses)],
  ['Sha256Compression', tuple(array(functionInput, 16), array(functionInput, 8), array(witness, 8))],
);

const blockType = choice('BlockType', ['Memory'], ['CallData', u32], ['ReturnData']);
const memoryOperation = tuple(expression, expression, expression);
const brilligInput = choice(
  'BrilligInputs',
  ['Single', expression],
  ['Array', list(expression)],
  ['MemoryArray', blockId],
);
const brilligOutput = choice('BrilligOutputs', ['Simple', witness], ['Array', witnesses]);

const opcodeLocation = choice('OpcodeLocation', ['Acir', u64], ['Brillig', tuple(u64, u64)]);
const payloadItem = choice('ExpressionOrMemory', ['Expression', expression], ['Memory', blockId]);
const assertionPayload = tuple(u64, list(payloadItem));

function circuit(edition: Edition): Schema {
  const predicate = edition === 'beta15' ? option(expression) : expression;
  const opcode = choice(
    'Opcode',
    ['AssertZero', expression],
    ['BlackBoxFuncCall', blackBoxCall],
    ['MemoryOp', tuple(blockId, memoryOperation)],
    ['MemoryInit', tuple(blockId, witnesses, blockType)],
    ['BrilligCall', tuple(u32, list(brilligInput), list(brilligOutput), predicate)],
    ['Call', tuple(u32, witnesses, witnesses, predicate)],
  );
  return tuple(
    text, // function name
    witness, // highest witness
    list(opcode),
    witnesses, // private parameters
    witnesses, // public parameters
    witnesses, // return values
    list(tuple(opcodeLocation, assertionPayload)),
  );
}

const address = choice('MemoryAddress', ['Direct', u64], ['Relative', u64]);
const integerSize = choice('IntegerBitSize', ['U1'], ['U8'], ['U16'], ['U32'], ['U64'], ['U128']);
const bitSize = choice('BitSize', ['Field'], ['Integer', integerSize]);
const fieldOperator = choice(
  'BinaryFieldOp',
  ['Add'],
  ['Sub'],
  ['Mul'],
  ['Div'],
  ['IntegerDiv'],
  ['Equals'],
  ['LessThan'],
  ['LessThanEquals'],
);
const integerOperator = choice(
  'BinaryIntOp',
  ['Add'],
  ['Sub'],
  ['Mul'],
  ['Div'],
  ['Equals'],
  ['LessThan'],
  ['LessThanEquals'],
  ['And'],
  ['Or'],
  ['Xor'],
  ['Shl'],
  ['Shr'],
);
/** Pointer and a size known when compiling. */
const heapArray = tuple(address, u64);
/** Pointer and the address of a size known when running. */
const heapVector = tuple(address, address);
const valueOrArray = choice(
  'ValueOrArray',
  ['MemoryAddress', address],
  ['HeapArray', heapArray],
  ['HeapVector', heapVector],
);
const heapValueType: Schema = choice(
  'HeapValueType',
  ['Simple', bitSize],
  ['Array', tuple(list(later(() => heapValueType)), u64)],
  ['Vector', tuple(list(later(() => heapValueType)))],
);

function brilligFunction(edition: Edition): Schema {
  // The inputs of black boxes (and AES's output) became arrays of fixed size between the two versions.
  const buffer = edition === 'beta15' ? heapVector : heapArray;
  const ecdsaOp = tuple(buffer, heapArray, heapArray, heapArray, address);
  const blackBoxOp = choice(
    'BlackBoxOp',
    ['AES128Encrypt', tuple(buffer, heapArray, heapArray, buffer)],
    ['Blake2s', tuple(buffer, heapArray)],
    ['Blake3', tuple(buffer, heapArray)],
    ['Keccakf1600', tuple(heapArray, heapArray)],
    ['EcdsaSecp256k1', ecdsaOp],
    ['EcdsaSecp256r1', ecdsaOp],
    ['MultiScalarMul', tuple(buffer, buffer, heapArray)],
    ['EmbeddedCurveAdd', tuple(address, address, address, address, address, address, heapArray)],
    ['Poseidon2Permutation', tuple(buffer, heapArray)],
    ['Sha256Compression', tuple(heapArray, heapArray, heapArray)],
    ['ToRadix', tuple(address, address, address, address, address)],
  );
  const opcode = choice(
    'BrilligOpcode',
    ['BinaryFieldOp', tuple(address, fieldOperator, address, address)],
    ['BinaryIntOp', tuple(address, integerOperator, integerSize, address, address)],
    ['Not', tuple(address, address, integerSize)],
    ['Cast', tuple(address, address, bitSize)],
    ['JumpIf', tuple(address, opcodeLabel)],
    ['Jump', tuple(opcodeLabel)],
    ['CalldataCopy', tuple(address, address, address)],
    ['Call', tuple(opcodeLabel)],
    ['Const', tuple(address, bitSize, field)],
    ['IndirectConst', tuple(address, bitSize, field)],
    ['Return'],
    ['ForeignCall', tuple(text, list(valueOrArray), list(heapValueType), list(valueOrArray), list(heapValueType))],
    ['Mov', tuple(address, address)],
    ['ConditionalMov', tuple(address, address, address, address)],
    ['Load', tuple(address, address)],
    ['Store', tuple(address, address)],
    ['BlackBox', blackBoxOp],
    ['Trap', tuple(heapVector)],
    ['Stop', tuple(heapVector)],
  );
  return tuple(text, list(opcode));
}

/** A whole program: its circuits and its unconstrained functions. */
export function programSchema(edition: Edition): Schema {
  return tuple(list(circuit(edition)), list(brilligFunction(edition)));
}
