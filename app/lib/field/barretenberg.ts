import { BackendType, BarretenbergSync } from '@aztec/bb.js';

let instance: BarretenbergSync | undefined;
let starting: Promise<BarretenbergSync> | undefined;

/**
 * Loads the WASM module behind hashing and curve arithmetic; await it once before anything of `field/`, `curve/` or
 * `protocol/`. Later calls return at once.
 *
 * This is our own instance, in WASM, and not bb.js's shared one: whoever starts the shared one first chooses its backend,
 * and its native synchronous backend stalls on long batches.
 */
export async function initField(): Promise<void> {
  starting ??= BarretenbergSync.new({ backend: BackendType.Wasm });
  try {
    instance = await starting;
  } catch (error) {
    starting = undefined;
    throw new Error(`cannot load the bb.js WASM module: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The loaded module. Throws when {@link initField} has not been awaited. */
export function barretenberg(): BarretenbergSync {
  if (!instance) throw new Error('field arithmetic is not loaded: await initField() first');
  return instance;
}
