/** Policies: reading, digesting, comparing them, and saying in words what they mean. Runs in browsers. */
export { diffPolicies, diffText, type Change, type Effect, type PolicyDiff } from '../policy/diff.ts';
export { policyDocument, type PolicyDocument, type Section } from '../policy/document.ts';
export {
  canonicalPolicy,
  documentDigest,
  documentName,
  minParties,
  parsePolicy,
  parsePolicyText,
  PolicyError,
  policyDigest,
  policySummary,
  policyTerms,
  type IdentifierType,
  type Policy,
  type PolicyTerms,
} from '../policy/policy.ts';
export { FORMATS, renderDocument, type Format } from '../policy/render.ts';
export { policyJsonSchema } from '../policy/schema.ts';
