/** The upstream crates that the build can put together, and where their files come from. */

/** An upstream crate. */
export interface UpstreamCrate {
  /** Name of the crate, and of its folder among the assembled ones. */
  readonly name: string;
  /** Repository, tag and folder by which manifests name it; none for crates that only other upstream crates use. */
  readonly git?: { readonly url: string; readonly tag: string; readonly directory?: string };
  /** End of the path of its `src/` in the published file maps. */
  readonly published: string;
  /** Its stand-ins for unpublished files, below `noir/`. */
  readonly completion: string;
  readonly dependencies: readonly string[];
}

const AZTEC_NR = 'https://github.com/AztecProtocol/aztec-nr';
const AZTEC_TAG = 'v4.1.2';

/** Every crate, dependencies first. */
export const UPSTREAM_CRATES: readonly UpstreamCrate[] = [
  {
    name: 'poseidon',
    git: { url: 'https://github.com/noir-lang/poseidon', tag: 'v0.2.3' },
    published: '/noir-lang/poseidon/v0.2.3/src/',
    completion: 'poseidon-completion/src',
    dependencies: [],
  },
  {
    name: 'sha256',
    git: { url: 'https://github.com/noir-lang/sha256', tag: 'v0.3.0' },
    published: '/noir-lang/sha256/v0.3.0/src/',
    completion: 'sha256-completion/src',
    dependencies: [],
  },
  {
    name: 'serde',
    published: '/noir-protocol-circuits/crates/serde/src/',
    completion: 'serde-completion/src',
    dependencies: [],
  },
  {
    name: 'protocol_types',
    git: {
      url: 'https://github.com/AztecProtocol/aztec-packages',
      tag: AZTEC_TAG,
      directory: 'noir-projects/noir-protocol-circuits/crates/types',
    },
    published: '/noir-protocol-circuits/crates/types/src/',
    completion: 'protocol-types-completion/src',
    dependencies: ['poseidon', 'serde', 'sha256'],
  },
  {
    name: 'aztec',
    git: { url: AZTEC_NR, tag: AZTEC_TAG, directory: 'aztec' },
    published: '/aztec-nr/aztec/src/',
    completion: 'aztec-nr-completion/aztec/src',
    dependencies: ['poseidon', 'protocol_types', 'sha256'],
  },
  {
    name: 'uint_note',
    git: { url: AZTEC_NR, tag: AZTEC_TAG, directory: 'uint-note' },
    published: '/aztec-nr/uint-note/src/',
    completion: 'aztec-nr-completion/uint-note/src',
    dependencies: ['aztec'],
  },
  {
    name: 'balance_set',
    git: { url: AZTEC_NR, tag: AZTEC_TAG, directory: 'balance-set' },
    published: '/aztec-nr/balance-set/src/',
    completion: 'aztec-nr-completion/balance-set/src',
    dependencies: ['aztec', 'uint_note'],
  },
  {
    name: 'compressed_string',
    git: { url: AZTEC_NR, tag: AZTEC_TAG, directory: 'compressed-string' },
    published: '/aztec-nr/compressed-string/src/',
    completion: 'aztec-nr-completion/compressed-string/src',
    dependencies: ['aztec'],
  },
];
