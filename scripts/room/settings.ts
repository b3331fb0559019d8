/** Checks the settings before anything else is loaded: wrong ones are told in plain words, and nothing is started. */
import { loadConfig } from '../../aztec.config.ts';

try {
  loadConfig();
} catch (error) {
  process.stderr.write(`room: ${(error as Error).message}\n`);
  process.exit(1);
}
