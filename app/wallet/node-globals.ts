/** What Aztec's packages expect of Node in a browser. To be imported before any of them. */
import { Buffer } from 'buffer';

const place = globalThis as { Buffer?: unknown; process?: unknown };
place.Buffer ??= Buffer;
// They read settings of the environment, of which a page has none.
place.process ??= { env: {} };
