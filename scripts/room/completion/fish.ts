/** Completion for fish, with descriptions. */
import { allCommands, type CommandDefinition, type OptionDefinition, type Value } from './definition.ts';

/** The script that teaches fish a program. */
export function fishScript(program: CommandDefinition): string {
  const name = program.path[0];
  const commands = allCommands(program);
  const withValue = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags }) => flags.map((flag) => quote([...path, flag].join(' ')))),
  );
  const inner = commands.slice(1).map(({ path }) => quote(path.join(' ')));
  return `# Completion of ${name} for fish: ${name} completion fish | source
function __${name}_at --description 'Whether the words before the cursor lead to a command'
    set --local at ${name}
    set --local skip no
    for word in (commandline --tokenize --cut-at-cursor --current-process)[2..]
        if test $skip = yes
            set skip no
            continue
        end
        switch "$at $word"
            case ${withValue.join(' ')}
                set skip yes
            case ${inner.join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
complete --command ${name} --no-files
${commands.flatMap((command) => linesOf(name, command)).join('\n')}
`;
}

function linesOf(name: string, { path, options, arguments: values, commands }: CommandDefinition): string[] {
  const here = `complete --command ${name} --condition ${quote(`__${name}_at ${path.join(' ')}`)}`;
  return [
    ...commands.map((each) => `${here} --arguments ${each.path.at(-1)} --description ${quote(each.description)}`),
    ...options.map((option) => `${here} ${optionOf(option)}`),
    ...values.filter((value) => value !== undefined).map((value) => `${here} ${valueOf(value)}`),
  ];
}

function optionOf({ flags, description, takesValue, value }: OptionDefinition): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `--long-option ${flag.slice(2)}` : `--short-option ${flag.slice(1)}`,
  );
  return [
    ...names,
    `--description ${quote(description)}`,
    ...(takesValue ? [value === 'file' ? '--require-parameter' : '--exclusive', valueOf(value)] : []),
  ].join(' ');
}

function valueOf(value: Value): string {
  if (value === 'file') return '--force-files';
  if (value === 'folder') return `--arguments '(__fish_complete_directories)'`;
  return value === undefined ? '' : `--arguments ${quote(value.words.join(' '))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
