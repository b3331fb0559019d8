/** What has to be known of the command line before the commands are loaded. */
import { parseArgs } from 'node:util';

export type Early = {
  /** The command: the first word that is neither an option nor the value of one. */
  readonly command?: string;
  /** The settings file, where the command line names one. */
  readonly config?: string;
};

/** Reads a command line without judging it: what is wrong in it is told by the command's own parser. */
export function readEarly(args: readonly string[] = process.argv.slice(2)): Early {
  const options = { home: { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' } } as const;
  const { positionals, values } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true });
  return { command: positionals[0], config: typeof values.config === 'string' ? values.config : undefined };
}
