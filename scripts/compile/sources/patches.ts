/**
 * What has to change in sources written for Noir 1.0.0-beta.18 so that 1.0.0-beta.15 takes them and Aztec 4.1.2 runs the
 * result. Every patch fails when it does not find what it expects: then upstream has changed and the patch must be
 * looked at anew.
 *
 * Patches run on sources whose tests are gone and whose imports stand one a line (see {@link ./imports.ts}).
 */
import type { Tree } from '../files.ts';
import { removeImport } from './imports.ts';
import { removeFunction, replaceExactly } from './noir-text.ts';

/** Edits to the files of one crate, by path below `src/`; each takes a source and returns the patched one. */
type Patch = Readonly<Record<string, (source: string) => string>>;

/** Slices were written `&[..]` and named so, before they became vectors (`@[..]`, `as_vector`). */
const slicesForVectors: Record<'serde' | 'aztec', Patch> = {
  serde: {
    'type_impls.nr': (source) => replaceExactly(source, '@[', '&['),
  },
  aztec: {
    'macros/dispatch.nr': (source) => replaceExactly(replaceExactly(source, '@[', '&['), '.as_vector()', '.as_slice()'),
    'macros/notes.nr': (source) => replaceExactly(source, '@[', '&['),
    'macros/aztec.nr': (source) => replaceExactly(source, '@[', '&['),
    'context/public_context.nr': (source) => replaceExactly(source, '.as_vector()', '.as_slice()'),
  },
};

/** A text that is spliced into quoted code must be made by the macro form, or it is not taken for a string literal. */
const quotedStrings: Patch = Object.fromEntries(
  ['private.nr', 'public.nr', 'helpers.nr'].map((file) => [
    `macros/internals_functions_generation/external/${file}`,
    (source: string) => replaceExactly(source, '.as_quoted_str()', '.as_quoted_str!()'),
  ]),
);

/** A constrained function may not call an oracle itself, not even one without a result: put a function in between. */
const wrappedOracle: Patch = {
  'oracle/nullifiers.nr': (source) =>
    replaceExactly(
      replaceExactly(
        source,
        'unsafe { notify_created_nullifier_oracle(inner_nullifier) };',
        'unsafe { notify_created_nullifier_wrapper(inner_nullifier) };',
      ),
      '#[oracle(privateNotifyCreatedNullifier)]',
      'unconstrained fn notify_created_nullifier_wrapper(inner_nullifier: Field) {\n    notify_created_nullifier_oracle(inner_nullifier);\n}\n\n#[oracle(privateNotifyCreatedNullifier)]',
    ),
};

/** The AES black box pads its input before beta.18 and not after: use the function of ours that gives the same either way. */
const paddedAes: Patch = {
  'messages/encryption/aes128.nr': (source) =>
    replaceExactly(source, 'use std::aes128::aes128_encrypt;', 'use crate::utils::aes_pkcs7::aes128_encrypt;'),
  'utils/mod.nr': (source) => `${source}pub mod aes_pkcs7;\n`,
};

/** Adding curve points with `+` gives a constraint that Aztec 4.1.2 refuses: use our addition for the derivation of addresses. */
const curveAddition: Patch = {
  'address/aztec_address.nr': (source) =>
    replaceExactly(
      replaceExactly(
        source,
        'derive_public_key(EmbeddedCurveScalar::from_field(pre_address)).add(\n            public_keys.ivpk_m.to_point(),\n        );',
        'crate::utils::curve::add_points(\n            derive_public_key(EmbeddedCurveScalar::from_field(pre_address)),\n            public_keys.ivpk_m.to_point(),\n        );',
      ),
      'use std::ops::Add;\n',
      '',
    ),
};

/** Parts that only the kernel circuits use; what they need is not published. */
const kernelOnly: Patch = {
  'abis/block_header.nr': (source) => removeImport(source, 'crate::constants::GENESIS_BLOCK_HEADER_HASH'),
  'hash.nr': (source) => {
    let text = source;
    for (const name of ['private_functions_root_from_siblings', 'create_protocol_nullifier'])
      text = removeFunction(text, name);
    for (const path of [
      'crate::abis::contract_class_function_leaf_preimage::ContractClassFunctionLeafPreimage',
      'crate::abis::transaction::tx_request::TxRequest',
    ]) {
      text = removeImport(text, path);
    }
    return text;
  },
  'utils/arrays.nr': (source) => {
    let text = source;
    for (const name of ['assert_trailing_zeros', 'splice_at_count', 'get_sorted_tuples'])
      text = replaceExactly(text, `pub mod ${name};\n`, '');
    for (const path of [
      'assert_trailing_zeros::assert_trailing_zeros',
      'get_sorted_tuples::get_sorted_tuples',
      'get_sorted_tuples::SortedTuple',
      'splice_at_count::splice_at_count',
    ]) {
      text = removeImport(text, path);
    }
    return text;
  },
  'utils/arrays/claimed_length_array.nr': (source) =>
    removeImport(removeFunction(source, 'assert_dense_trimmed'), 'crate::utils::for_loop::for_i_in_0_'),
};

/** A module named as its crate is looked for in the wrong folder by the packaged compiler's file manager. */
function renameSha256Module(sources: Tree): Tree {
  const source = sources.get('sha256.nr');
  if (source === undefined || sources.has('sha2.nr'))
    throw new Error("sha256: expected a module of the crate's own name");
  const renamed = new Map([...sources].filter(([file]) => file !== 'sha256.nr'));
  return renamed.set('sha2.nr', source);
}

const PATCHES: Readonly<Record<string, readonly Patch[]>> = {
  serde: [slicesForVectors.serde],
  protocol_types: [curveAddition, kernelOnly],
  aztec: [slicesForVectors.aztec, quotedStrings, wrappedOracle, paddedAes],
};

/** Moves that must happen before imports are rewritten. */
export function moveFiles(crate: string, sources: Tree): Tree {
  return crate === 'sha256' ? renameSha256Module(sources) : sources;
}

/** Applies a crate's patches. @throws {Error} naming the file when a patch doesn't fit */
export function applyPatches(crate: string, sources: Tree): Tree {
  const patched = new Map(sources);
  for (const patch of PATCHES[crate] ?? []) {
    for (const [file, edit] of Object.entries(patch)) {
      const source = patched.get(file);
      if (source === undefined) throw new Error(`${crate}/${file} is to be patched but missing`);
      try {
        patched.set(file, edit(source));
      } catch (error) {
        throw new Error(
          `${crate}/${file}: patch does not fit: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }
  return patched;
}
