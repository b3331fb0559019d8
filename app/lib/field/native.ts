/** Barretenberg as a process of its own, for Node. */
import { BackendType, Barretenberg } from '@aztec/bb.js';

/** How often starting is tried. */
const TRIES = 3;

/**
 * How bb.js says that bb was not there. It waits five seconds for bb's socket, and connects to it once, which is refused in the
 * moment between bb's making the socket and its listening. On a machine under load either happens.
 */
const LATE = /timeout waiting for bb|failed to connect to bb/i;

/**
 * Starts bb. Destroy it when done.
 * @param threads how many threads it computes on; default bb's own choice
 * @throws when it did not start at any of several tries
 */
export async function startNative(threads?: number, tries = TRIES): Promise<Barretenberg> {
  const bb = await Barretenberg.new({
    backend: BackendType.NativeUnixSocket,
    bbPath: process.env.BB_BINARY_PATH,
    ...(threads ? { threads } : {}),
  });
  try {
    // bb.js connects behind our back: a first call tells whether it could.
    await bb.blake2s({ data: new Uint8Array() });
    return bb;
  } catch (error) {
    await bb.destroy();
    if (tries > 1 && LATE.test((error as Error).message)) return startNative(threads, tries - 1);
    throw error;
  }
}
