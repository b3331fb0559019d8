/** The command that tells which settings are in force, and where each comes from. */
import type { Command } from 'commander';
import { loadConfig } from '../../../aztec.config.ts';
import type { Common } from '../command.ts';
import { VARIABLES, type Setting } from '../config-file.ts';
import { print } from '../output.ts';
import { fromFile } from '../settings.ts';

type Origin = 'flag' | 'environment' | 'file' | 'default';

/** Adds the command. */
export function configCommand(program: Command): void {
  program
    .command('config')
    .description('print the settings in force and where each comes from; needs no node')
    .action((_options: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<Common>();
      const config = loadConfig();
      const values: Record<Setting, string> = {
        home,
        node: withoutKey(config.network.url),
        cache: config.cacheFolder,
        relay: config.relayFolder,
        deployments: config.deploymentsFile,
        srs: process.env[VARIABLES.srs] ?? 'auto',
        region: process.env[VARIABLES.region] ?? 'none',
      };
      const byFlag = program.getOptionValueSource('home') === 'cli' ? ['home'] : [];
      const settings = (Object.keys(values) as Setting[]).map((name) => ({
        name,
        value: values[name],
        from: byFlag.includes(name) ? ('flag' as const) : originOf(name),
        variable: VARIABLES[name],
      }));
      print(
        json,
        { file: fromFile.file, settings },
        [
          `Settings file: ${fromFile.file}`,
          ...settings.map(({ name, value, from, variable }) => `${name.padEnd(12)}${value}  (${from}; ${variable})`),
        ].join('\n'),
      );
    });
}

/** A node's URL without its path, in which providers put keys. */
function withoutKey(url: string): string {
  const { origin, href } = new URL(url);
  return href === `${origin}/` ? origin : `${origin}/…`;
}

function originOf(name: Setting): Origin {
  if (fromFile.used.includes(name)) return 'file';
  return process.env[VARIABLES[name]] === undefined ? 'default' : 'environment';
}
