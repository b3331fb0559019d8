import canonicalize from 'canonicalize';

/** The package is CommonJS and its types claim an ES default export; what arrives is the function itself. */
const serialize = canonicalize as unknown as (value: unknown) => string | undefined;

/** Canonical JSON (RFC 8785): one text for one value, so that digests of documents are well defined. */
export function canonicalJson(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) throw new TypeError('this value has no JSON form');
  return text;
}
