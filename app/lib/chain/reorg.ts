/** Chains take blocks back: what a client had looked at last may be gone when it acts. */

/** What a node says of a block that it no longer has. */
const GONE = /Block hash 0x[0-9a-f]+ not found/;

/** How often an act is tried again, and after which pause. */
const TRIES = 3;
const PAUSE_MS = 1000;

/**
 * Does what looks at the chain before it acts; does it again, on the chain as it is then, where the block that it stood on was
 * taken back meanwhile.
 */
export async function acrossReorgs<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (tries > TRIES || !GONE.test((error as Error).message)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
