/**
 * The two calls of bb.js behind every hash and every mapped point, encoded here: bb.js makes an encoder and a decoder
 * anew for each call, a fifth of its time. Requests and answers are MessagePack; an answer of another form is refused.
 */
import { barretenberg } from './barretenberg.ts';
import { FIELD_BYTES, readUint256, writeUint256 } from './field.ts';

/** A request with room for its field elements, and what its answer must begin with. */
type Call = { name: string; request: Uint8Array; elementsAt: number; answer: Uint8Array; answerBytes: number };

const ARRAY_OF_1 = 0x91;
const ARRAY_OF_2 = 0x92;
const ARRAY_OF_4 = 0x94;
const MAP_OF_1 = 0x81;
const MAP_OF_2 = 0x82;
const FALSE = 0xc2;
const TRUE = 0xc3;
/** Stands before the bytes of a field element. */
const ELEMENT = [0xc4, FIELD_BYTES];
const ELEMENT_STEP = ELEMENT.length + FIELD_BYTES;

const PERMUTE = makeCall(
  'Poseidon2Permutation',
  [MAP_OF_1, ...text('inputs'), ARRAY_OF_4],
  4,
  [MAP_OF_1, ...text('outputs'), ARRAY_OF_4],
  4 * ELEMENT_STEP,
);
const SQRT = makeCall(
  'Bn254FrSqrt',
  [MAP_OF_1, ...text('input')],
  1,
  [MAP_OF_2, ...text('is_square_root')],
  1 + text('value').length + ELEMENT_STEP,
);

/** The first so many lanes of the Poseidon2 permutation of four. About 45 µs. */
export function permuteLanes(state: readonly bigint[], lanes: number): bigint[] {
  const answer = call(PERMUTE, state);
  const at = PERMUTE.answer.length + ELEMENT.length;
  const results: bigint[] = [];
  for (let lane = 0; lane < lanes; lane++) results.push(readUint256(answer, at + lane * ELEMENT_STEP));
  return results;
}

/** A square root as bb.js finds it, or `undefined` when there is none. About 25 µs. */
export function squareRoot(value: bigint): bigint | undefined {
  const answer = call(SQRT, [value]);
  const found = answer[SQRT.answer.length];
  if (found === FALSE) return undefined;
  if (found !== TRUE) throw new Error(`bb.js answered ${SQRT.name} in an unknown form`);
  return readUint256(answer, answer.length - FIELD_BYTES);
}

function call({ name, request, elementsAt, answer, answerBytes }: Call, elements: readonly bigint[]): Uint8Array {
  for (let i = 0; i < elements.length; i++) writeUint256(elements[i], request, elementsAt + i * ELEMENT_STEP);
  const given = barretenberg()['backend'].call(request);
  let matches = given.length === answerBytes;
  for (let i = 0; i < answer.length; i++) matches &&= given[i] === answer[i];
  if (!matches) throw new Error(`bb.js answered ${name} in an unknown form`);
  return given;
}

function makeCall(name: string, head: number[], elements: number, answerHead: number[], rest: number): Call {
  const start = [ARRAY_OF_1, ARRAY_OF_2, ...text(name), ...head];
  const places = Array.from({ length: elements }, () => [...ELEMENT, ...new Uint8Array(FIELD_BYTES)]);
  const answer = [ARRAY_OF_2, ...text(`${name}Response`), ...answerHead];
  return {
    name,
    request: Uint8Array.from([...start, ...places.flat()]),
    elementsAt: start.length + ELEMENT.length,
    answer: Uint8Array.from(answer),
    answerBytes: answer.length + rest,
  };
}

/** A string of less than 32 letters in MessagePack. */
function text(letters: string): number[] {
  return [0xa0 | letters.length, ...new TextEncoder().encode(letters)];
}
