/** `protocol_types::constants`: Aztec's constants, written from those of the npm package `@aztec/constants`. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PACKAGES } from '../paths.ts';

const MAX_U32 = 0xffffffff;

/** Constants that are u64 in Noir though they would fit a u32. */
const U64 = new Set(['MAX_TX_LIFETIME']);

/** The text of `constants.nr`. */
export async function constantsSource(): Promise<string> {
  // The package exports only a wrapped form, in which some values are classes; the generated file holds plain numbers.
  const file = join(PACKAGES, '@aztec/constants/dest/constants.gen.js');
  const constants = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const lines: string[] = [];
  for (const [name, value] of Object.entries(constants).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (typeof value === 'number' || typeof value === 'bigint') lines.push(globalOf(name, value));
  }
  const separators = constants['DomainSeparator'];
  if (typeof separators !== 'object' || separators === null) throw new Error('@aztec/constants has no DomainSeparator');
  for (const [name, value] of Object.entries(separators)) {
    if (typeof value === 'number') lines.push(`pub global DOM_SEP__${name}: u32 = ${value};`);
  }
  return `//! Constants of the protocol, generated from @aztec/constants.\nuse crate::address::aztec_address::AztecAddress;\nuse crate::traits::from_field::FromField;\n\n${lines.join('\n')}\n`;
}

function globalOf(name: string, value: number | bigint): string {
  if (name.endsWith('_ADDRESS')) return `pub global ${name}: AztecAddress = AztecAddress::from_field(${value});`;
  const type = U64.has(name)
    ? 'u64'
    : typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_U32
      ? 'u32'
      : 'Field';
  return `pub global ${name}: ${type} = ${value};`;
}
