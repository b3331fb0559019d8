/** What all commands of `room` have in common: help, exit codes, settings, completion, and that none of them asks. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { CommanderError, type Command } from 'commander';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLAG_IDS } from '../../app/lib/check/flags.ts';
import { completionScript } from '../../scripts/room/commands/completion.ts';
import {
  parseSettings,
  settingsFile,
  settingsJsonSchema,
  useSettings,
  VARIABLES,
} from '../../scripts/room/config-file.ts';
import { readEarly } from '../../scripts/room/early.ts';
import { roomProgram } from '../../scripts/room/program.ts';
import { ROOT, room, roomJson, scratchFolder } from './support.ts';

const { folder, remove } = scratchFolder();
afterAll(remove);

let program: Command;
beforeAll(async () => {
  program = await roomProgram();
});

/** A command and all below it, with the words that lead to each. */
function commandsOf(command: Command, path: readonly string[] = []): { path: readonly string[]; command: Command }[] {
  return [{ path, command }, ...command.commands.flatMap((each) => commandsOf(each, [...path, each.name()]))];
}

/** Gives the program some words in this process; returns what it printed and the code that it would end with. */
async function given(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += String(text);
      return true;
    }),
  );
  try {
    await program.parseAsync(words, { from: 'user' });
    return { code: 0, ...printed };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { code: error.exitCode, ...printed };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

describe('help', () => {
  test('of every command ends with 0, says what it is for and names its options and those that all have', async () => {
    const commands = commandsOf(program);
    expect(commands.length).toBeGreaterThan(35);
    for (const { path, command } of commands) {
      const { code, stdout, stderr } = await given(...path, '--help');
      expect({ path, code, stderr }).toEqual({ path, code: 0, stderr: '' });
      const named = [...command.options, ...program.options].map(({ flags }) => flags);
      expect(named.filter((flags) => !stdout.includes(flags))).toEqual([]);
      expect(stdout.replace(/\s+/g, ' ')).toContain(command.description().replace(/\s+/g, ' '));
      expect(command.description()).not.toBe('');
    }
  });

  test('tells the exit codes once, where the commands are listed', async () => {
    expect((await given('--help')).stdout).toMatch(/Exit codes: 0 done, 1 .*, 2 .*, 3 /);
    expect((await given('verify', '--help')).stdout).not.toMatch(/Exit codes/);
  });

  test('is shown with an error where words are wrong', async () => {
    for (const words of [['nothing'], ['policy', 'show'], ['policy', 'show', 'x', '--what'], ['completion', 'tcsh']]) {
      const { code, stdout, stderr } = await given(...words);
      expect({ words, failed: code !== 0, stdout }).toEqual({ words, failed: true, stdout: '' });
      expect(stderr).toMatch(/^error: .*\n\nUsage: room/s);
    }
    expect(await room(['policy', 'show'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('without a terminal', () => {
  test('a command that lacks what it needs ends with an error and asks nothing', async () => {
    const { code, stdout, stderr } = await room(['join', '-'], { home: join(folder, 'nobody'), input: '' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^room: .*invite/);
  });

  test('nothing could ask: no source of the command reads lines or opens the terminal', () => {
    const sources = ['scripts/room', 'app/lib'].flatMap((place) =>
      readdirSync(join(ROOT, place), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, place, file)),
    );
    const asking = sources.filter(
      (file) => /\.m?ts$/.test(file) && /node:(readline|tty)|\/dev\/tty|setRawMode/.test(readFileSync(file, 'utf8')),
    );
    expect(sources.length).toBeGreaterThan(150);
    expect(asking).toEqual([]);
  });
});

describe('settings', () => {
  const write = (name: string, content: object | string): string => {
    const file = join(folder, name);
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };
  /** A test run has a network of its own in its environment. */
  const UNSET = Object.fromEntries(Object.values(VARIABLES).map((variable) => [variable, undefined]));
  type Told = { file: string; settings: { name: string; value: string; from: string }[] };
  const told = async (args: string[], env: Record<string, string> = {}) => {
    const { file, settings } = await roomJson<Told>(['config', ...args], { env: { ...UNSET, ...env } });
    return { file, ...Object.fromEntries(settings.map(({ name, value, from }) => [name, [value, from]])) };
  };

  test('come from a flag before the environment, from there before the file, and from it before the default', async () => {
    const file = write('room.json', { home: 'party', node: 'https://node.example/key', srs: 'development' });
    expect(await told(['--config', file])).toMatchObject({
      file,
      home: [join(folder, 'party'), 'file'],
      node: ['https://node.example/…', 'file'],
      srs: ['development', 'file'],
      relay: [join(ROOT, '.cache/relay'), 'default'],
    });
    const env = { ROOM_CONFIG: file, ROOM_HOME: 'elsewhere', CLEAN_ROOM_SRS: 'ignition' };
    expect(await told([], env)).toMatchObject({
      file,
      home: ['elsewhere', 'environment'],
      node: ['https://node.example/…', 'file'],
      srs: ['ignition', 'environment'],
    });
    expect(await told(['--home', 'here'], env)).toMatchObject({ home: ['here', 'flag'] });
    const other = write('other.json', { home: 'other' });
    expect(await told([`--config=${other}`], { ROOM_CONFIG: file })).toMatchObject({
      file: other,
      home: [join(folder, 'other'), 'file'],
    });
  });

  test("are read from the user's own file where none is named; there need be none", async () => {
    const own = join(folder, 'zk-clean-room/room.json');
    expect(await told([], { XDG_CONFIG_HOME: folder })).toMatchObject({ file: own, home: ['.room', 'default'] });
    mkdirSync(join(folder, 'zk-clean-room'));
    writeFileSync(own, '{ "home": "/srv/party" }');
    expect(await told([], { XDG_CONFIG_HOME: folder })).toMatchObject({ home: ['/srv/party', 'file'] });
    expect(settingsFile(undefined, {}).file).toMatch(/\/\.config\/zk-clean-room\/room\.json$/);
  });

  test('of a file that is named and is not there, or wrong, are an error before anything is done', async () => {
    const missing = join(folder, 'missing.json');
    expect(await room(['policy', 'validate', 'examples/overlap.policy.json', '--config', missing])).toEqual({
      code: 1,
      stdout: '',
      stderr: `room: There is no settings file ${missing}.\n`,
    });
    const wrong = write('wrong.json', { hom: 'x', node: 'ftp://x', srs: 'none' });
    const { code, stderr } = await room(['config'], { env: { ROOM_CONFIG: wrong } });
    expect(code).toBe(1);
    expect(stderr).toContain(`The settings file ${wrong} is wrong:\n`);
    expect(stderr).toContain(
      '  hom: there is no such setting; there are home, node, cache, relay, deployments, srs, region\n',
    );
    expect(stderr).toContain('  node: must be an http or https URL\n');
    expect(stderr).toMatch(/ {2}srs: .*auto.*ignition.*development/);
  });

  test.each([
    ['no JSON', '{', /is not JSON/],
    ['a list', '[]', /the file: /],
    ['a place without a name', '{ "home": "" }', /home: must name a place/],
    ['a place that is a number', '{ "relay": 7 }', /relay: /],
  ])('that are %s are refused', (_, text, reason) => {
    expect(() => parseSettings(text, '/x/room.json')).toThrow(reason);
  });

  test('of a file leave the environment as it is where that has its own', () => {
    const env: NodeJS.ProcessEnv = { ROOM_HOME: '' };
    expect(useSettings({ home: '/a', relay: '/b' }, env)).toEqual(['relay']);
    expect(env).toEqual({ ROOM_HOME: '', CLEAN_ROOM_RELAY: '/b' });
  });

  test('have the published form (UPDATE_SCHEMAS=1 rewrites it)', () => {
    const published = join(ROOT, 'docs/settings.schema.json');
    if (process.env.UPDATE_SCHEMAS) writeFileSync(published, `${JSON.stringify(settingsJsonSchema(), null, 2)}\n`);
    const form = JSON.parse(readFileSync(published, 'utf8')) as object;
    expect(form).toEqual(JSON.parse(JSON.stringify(settingsJsonSchema())));
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(form);
    const [, sample] = /```json\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs/cli.md'), 'utf8'))!;
    expect(validate(JSON.parse(sample))).toBe(true);
    expect(parseSettings(sample, '/etc/room.json')).toMatchObject({ home: '/etc/shop', relay: '/srv/relay' });
    expect(validate({ hom: 'x' })).toBe(false);
  });

  test('are found among other words, and a command after them', () => {
    expect(readEarly(['--home', 'policy', '--config', 'a.json', 'status', '--json', 'x'])).toEqual({
      command: 'status',
      config: 'a.json',
    });
    expect(readEarly(['policy', 'show', 'file', '--config=b.json'])).toEqual({ command: 'policy', config: 'b.json' });
    expect(readEarly([])).toEqual({ command: undefined, config: undefined });
  });
});

describe('completion', () => {
  /** What bash itself offers for the last word of a line. */
  async function inBash(...lines: readonly string[]): Promise<string[][]> {
    const script = join(folder, 'completion.bash');
    writeFileSync(script, await completionScript(program, 'bash'));
    const asked = lines.map((line) => {
      const words = line.split(' ').map((word) => `'${word}'`);
      return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _room; printf '%s,' "\${COMPREPLY[@]}"; echo`;
    });
    const source = `source '${script}'; complete -p room; ${asked.join('\n')}`;
    const [registered, ...answers] = execFileSync('bash', ['--norc', '-c', source], { cwd: ROOT, encoding: 'utf8' })
      .trimEnd()
      .split('\n');
    expect(registered).toBe('complete -F _room room');
    return answers.map((answer) => answer.split(',').filter((word) => word !== ''));
  }

  test('in bash offers commands, options, and what may stand in their places', async () => {
    const [commands, some, inner, options, choices, afterHome, equals, files, folders, option, argument, unknown] =
      await inBash(
        'room ',
        'room re',
        'room policy ',
        'room policy show --',
        'room policy show --format ',
        'room --home policy policy d',
        'room grant --role = a',
        'room verify exam',
        'room rehearse --out cir',
        'room commit --override small',
        'room completion ',
        'room status 0x',
      );
    const names = program.commands.map((command) => command.name());
    expect(commands).toEqual(expect.arrayContaining([...names, 'help']));
    expect(some).toEqual(names.filter((name) => name.startsWith('re')));
    expect(inner.sort()).toEqual(['diff', 'digest', 'help', 'show', 'validate']);
    expect(options.sort()).toEqual(['--config', '--format', '--help', '--home', '--json', '--out']);
    expect(choices).toEqual(['text', 'markdown', 'html']);
    expect(afterHome).toEqual(['diff', 'digest']);
    expect(equals).toEqual(['approver', 'auditor']);
    expect(files).toEqual(['examples']);
    expect(folders).toEqual(['circuits']);
    expect(option.sort()).toEqual(FLAG_IDS.filter((id) => id.startsWith('small')).sort());
    expect(argument).toEqual(['bash', 'zsh', 'fish']);
    expect(unknown).toEqual([]);
  });

  test('in bash knows every option of every command', async () => {
    const commands = commandsOf(program).filter(({ command }) => command !== program);
    const offered = await inBash(...commands.map(({ path }) => `room ${path.join(' ')} --`));
    commands.forEach(({ path, command }, i) => {
      const own = [...command.options, ...program.options].map(({ long }) => long);
      expect([path, own.filter((name) => !offered[i].includes(name!))]).toEqual([path, []]);
    });
  });

  test('in zsh and fish is a script that the shell accepts, where there is one', async () => {
    for (const shell of ['zsh', 'fish'] as const) {
      const script = await completionScript(program, shell);
      for (const name of ['record-audit', '--allow-dev-srs', 'markdown']) {
        expect(script).toContain(shell === 'fish' ? name.replace(/^--/, '') : name);
      }
      const file = join(folder, `completion.${shell}`);
      writeFileSync(file, script);
      const { status, stderr } = spawnSync(shell, ['-n', file], {
        encoding: 'utf8',
        env: { ...process.env, HOME: folder },
      });
      // There is no such shell here.
      if (status === null) continue;
      expect({ shell, status, stderr }).toEqual({ shell, status: 0, stderr: '' });
    }
  });

  test('is what the command prints', async () => {
    const { code, stdout, stderr } = await given('completion', 'bash');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(await completionScript(program, 'bash'));
  });
});
