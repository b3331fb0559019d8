/** Domain separators of the protocol's hash, one per use (docs/protocol.md, section 2). */
export const Domain = {
  roomContext: 1,
  identifierMap: 2,
  rowsChain: 3,
  datasetCommitment: 4,
  listChain: 5,
  listDigest: 6,
  proofState: 7,
  permutationChallenge: 8,
  pairChallenge: 9,
  schnorrChallenge: 10,
  dleqChallenge: 11,
  proofDigest: 12,
  inviteCommitment: 13,
  circuitsDigest: 14,
  policyDigest: 15,
  mergedChain: 16,
  transcript: 17,
  eventPayload: 18,
  rules: 20,
  templateId: 21,
  escrowTerms: 22,
  hostCommitment: 23,
  grant: 24,
  approverTag: 25,
  escrowCommitment: 26,
  subscriptionTerms: 27,
  escrowNullifier: 28,
  valuesChain: 29,
  hopChallenge: 30,
  plan: 31,
  tally: 32,
  pairKey: 33,
  mask: 34,
  maskedDigest: 35,
  figuresDigest: 36,
  maskedChain: 37,
  figuresChain: 38,
  listedValues: 39,
  listedValuesChain: 40,
  encryptedDigest: 41,
  ciphertextChain: 42,
  selectedDigest: 43,
  flags: 44,
  bands: 45,
  mixedDigest: 46,
  mixedChain: 47,
} as const;

/** One of the protocol's hash domains. */
export type Domain = (typeof Domain)[keyof typeof Domain];

/** The letters "zkcr", the upper half of every tag. */
const PREFIX = 0x7a6b6372n;

/** tag(D)·2^64 + N: the capacity lane's start value for domain D and N inputs. */
export function initialCapacity(domain: Domain, inputs: number): bigint {
  return (((PREFIX << 16n) + BigInt(domain)) << 64n) + BigInt(inputs);
}
