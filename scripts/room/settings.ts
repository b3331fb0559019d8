/**
 * Reads the settings file and checks all settings before anything else is loaded: wrong ones are told in plain words, and
 * nothing is started.
 */
import { loadConfig } from '../../aztec.config.ts';
import { readSettings, settingsFile, useSettings, type Setting } from './config-file.ts';
import { readEarly } from './early.ts';

/** The settings file that was looked for, and which of its settings are in force. */
export const fromFile: { readonly file: string; readonly used: readonly Setting[] } = settle();

function settle() {
  try {
    const place = settingsFile(readEarly().config, process.env);
    const used = useSettings(readSettings(place), process.env);
    loadConfig();
    return { file: place.file, used };
  } catch (error) {
    process.stderr.write(`room: ${(error as Error).message}\n`);
    process.exit(1);
  }
}
