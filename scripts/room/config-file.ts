/** The file with settings of the `room` command. A flag wins over the environment, the environment over the file. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { isRegion, REGION_FORM } from '../../app/lib/policy/regions.ts';

/** The environment variable that each setting of a file stands in for. */
export const VARIABLES = {
  home: 'ROOM_HOME',
  node: 'AZTEC_NODE_URL',
  cache: 'CLEAN_ROOM_CACHE',
  relay: 'CLEAN_ROOM_RELAY',
  deployments: 'CLEAN_ROOM_DEPLOYMENTS',
  srs: 'CLEAN_ROOM_SRS',
  region: 'ROOM_REGION',
} as const;

/** The name of a setting. */
export type Setting = keyof typeof VARIABLES;

/** Settings that name a place. Relative ones are taken from the file's own folder. */
const PLACES: readonly Setting[] = ['home', 'cache', 'relay', 'deployments'];

const place = z.string().min(1, 'must name a place');

const schema = z.strictObject({
  $schema: z.string().optional().describe('where the form of this file is described; not read'),
  home: place.optional().describe("this party's folder"),
  node: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .optional()
    .describe('the Aztec node'),
  cache: place.optional().describe('folder of everything that can be made again'),
  relay: place.optional().describe('folder of the relay'),
  deployments: place.optional().describe("file of the contracts' addresses, by network"),
  srs: z.enum(['auto', 'ignition', 'development']).optional().describe('the reference string that proofs stand on'),
  region: z
    .string()
    .refine(isRegion, { error: `must be ${REGION_FORM}` })
    .optional()
    .describe(`where this machine stands: ${REGION_FORM}`),
});

/** The settings of a file, each as its environment variable would have it. */
export type Settings = Readonly<Partial<Record<Setting, string>>>;

/** The form of a settings file, as JSON Schema. */
export function settingsJsonSchema(): object {
  return z.toJSONSchema(schema, { io: 'input' });
}

/**
 * The settings file: what the command line names, else ROOM_CONFIG, else the user's own where there is one.
 * @param named the file that the command line names
 */
export function settingsFile(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): { readonly file: string; readonly needed: boolean } {
  const file = named ?? env.ROOM_CONFIG;
  if (file !== undefined) return { file: resolve(file), needed: true };
  const folder = env.XDG_CONFIG_HOME || join(homedir(), '.config');
  return { file: join(folder, 'zk-clean-room', 'room.json'), needed: false };
}

/**
 * Reads a settings file.
 * @param needed whether it is an error that there is none
 * @throws Error with all that is wrong in it
 */
export function readSettings({ file, needed }: { file: string; needed: boolean }): Settings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !needed) return {};
    throw new Error(
      code === 'ENOENT' ? `There is no settings file ${file}.` : `The settings file ${file} cannot be read (${code}).`,
      { cause: error },
    );
  }
  return parseSettings(text, file);
}

/**
 * Reads the text of a settings file.
 * @param file where it lies: relative places are taken from its folder
 * @throws Error with all that is wrong in it
 */
export function parseSettings(text: string, file: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The settings file ${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw new Error(`The settings file ${file} is wrong:\n${parsed.error.issues.map(faultOf).join('\n')}`);
  }
  const { $schema: _, ...settings } = parsed.data;
  const entries = Object.entries(settings) as [Setting, string][];
  return Object.fromEntries(
    entries.map(([name, each]) => [name, PLACES.includes(name) ? resolve(dirname(file), each) : each]),
  );
}

/** Lets the settings of a file stand in for environment variables that are not set. Returns those that do. */
export function useSettings(settings: Settings, env: NodeJS.ProcessEnv): Setting[] {
  const used = (Object.keys(settings) as Setting[]).filter((name) => env[VARIABLES[name]] === undefined);
  for (const name of used) env[VARIABLES[name]] = settings[name];
  return used;
}

function faultOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return `  ${issue.path.join('.') || 'the file'}: ${issue.message}`;
  const known = Object.keys(VARIABLES).join(', ');
  return issue.keys.map((key) => `  ${key}: there is no such setting; there are ${known}`).join('\n');
}
