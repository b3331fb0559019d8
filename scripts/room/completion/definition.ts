/** What shells complete, taken from the commands as they are defined. */
import type { Command, Option } from 'commander';
import { FLAG_IDS } from '../../../app/lib/check/flags.ts';

/** What may stand in a place: one of some words, a file or a folder. Nothing where only the user knows. */
export type Value = { readonly words: readonly string[] } | 'file' | 'folder' | undefined;

export type OptionDefinition = {
  /** As it is written: `-h`, `--help`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Whether a value follows. */
  readonly takesValue: boolean;
  readonly value: Value;
};

export type CommandDefinition = {
  /** The words that lead to the command, the program's name first. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionDefinition[];
  readonly arguments: readonly Value[];
  readonly commands: readonly CommandDefinition[];
};

/** Names of values, as help texts give them, that are files or folders, or one of some words. */
const NAMED: Readonly<Record<string, Value>> = {
  file: 'file',
  source: 'file',
  receipt: 'file',
  invoice: 'file',
  old: 'file',
  new: 'file',
  dir: 'folder',
  flag: { words: FLAG_IDS },
};

/** A command and all below it. */
export function definitionOf(command: Command, parents: readonly string[] = []): CommandDefinition {
  const path = [...parents, command.name()];
  const help = command.createHelp();
  return {
    path,
    description: command.description(),
    options: [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].map(optionOf),
    arguments: command.registeredArguments.map((argument) => valueOf(argument.name(), argument.argChoices)),
    commands: help.visibleCommands(command).map((each) => definitionOf(each, path)),
  };
}

/** A command and all below it, one after the other. */
export function allCommands(command: CommandDefinition): CommandDefinition[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function optionOf({ short, long, description, flags, argChoices }: Option): OptionDefinition {
  const name = /[<[]([\w-]+)/.exec(flags)?.[1];
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    takesValue: name !== undefined,
    value: name === undefined ? undefined : valueOf(name, argChoices),
  };
}

function valueOf(name: string, choices: readonly string[] | undefined): Value {
  return choices ? { words: choices } : NAMED[name];
}
