/** The protocol's own values (docs/protocol.md): fields, hashes, identifiers, keys, commitments. Runs in browsers. */
export {
  bytesToField,
  FieldError,
  fieldToBytes,
  fieldToHex,
  FIELD_MODULUS,
  parseField,
  parseScalar,
  scalarToHex,
  SCALAR_MODULUS,
} from '../field/field.ts';
export { Domain, hash, initField } from '../field/poseidon2.ts';
export { parsePoint, pointToJson, type Point, type PointJson } from '../curve/grumpkin.ts';
export { normalise, NormalisationError } from '../connector/normalise.ts';
export {
  CIRCUITS,
  circuitsDigest,
  inviteCommitment,
  randomField,
  roomContext,
  type CircuitName,
  type RoomIdentity,
} from '../protocol/context.ts';
export { assertDataset, datasetCommitment, makeDataset, rowCount, type Dataset } from '../protocol/dataset.ts';
export { MAX_SLOTS, MIN_SLOTS, ProtocolError } from '../protocol/errors.ts';
export { identifierDigest, identifierField } from '../protocol/identifier.ts';
export { deriveKeys, newRoomSeed, roomKey, SEED_BYTES, type SlotKeys } from '../protocol/keys.ts';
export { KeyPurpose, proveKey, verifyKey, type KeyStatement, type SigmaProof } from '../protocol/schnorr.ts';
export { proofDigest, PROOF_FIELDS } from '../protocol/statement.ts';
export { eventPayload, extendTranscript } from '../protocol/transcript.ts';
