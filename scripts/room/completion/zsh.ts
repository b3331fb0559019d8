/** Completion for zsh, with descriptions. */
import { allCommands, type CommandDefinition, type OptionDefinition, type Value } from './definition.ts';

/** The script that teaches zsh a program. */
export function zshScript(program: CommandDefinition): string {
  const name = program.path[0];
  return `#compdef ${name}
# Completion of ${name} for zsh: source <(${name} completion zsh), after compinit
${allCommands(program).map(functionOf).join('\n')}
compdef _${name} ${name}
`;
}

/** A function for a command, which hands over to those of the commands below it. */
function functionOf(command: CommandDefinition): string {
  const { path, options, commands } = command;
  const lines = options.flatMap(optionLines);
  if (commands.length === 0) {
    const values = command.arguments.map((value) => quote(`:${path.at(-1)}:${action(value)}`));
    return `${nameOf(path)}() {\n  _arguments \\\n${joined([...lines, ...values])}\n}`;
  }
  const described = commands.map((each) => quote(`${each.path.at(-1)}:${each.description}`));
  return `${nameOf(path)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${joined([...lines, quote('1:command:->command'), quote('*::argument:->argument')])}
  case $state in
    command)
      local -a commands=(
${described.map((each) => `        ${each}`).join('\n')}
      )
      _describe command commands ;;
    argument)
      case $line[1] in
${commands.map((each) => `        ${each.path.at(-1)}) ${nameOf(each.path)} ;;`).join('\n')}
      esac ;;
  esac
}`;
}

function optionLines({ flags, description, takesValue, value }: OptionDefinition): string[] {
  const text = description.replaceAll(/[[\]:\\]/g, '\\$&');
  return flags.map((flag) => quote(`*${flag}[${text}]${takesValue ? `:value:${action(value)}` : ''}`));
}

function action(value: Value): string {
  if (value === 'file') return '_files';
  if (value === 'folder') return '_files -/';
  return value === undefined ? ' ' : `(${value.words.join(' ')})`;
}

function nameOf(path: readonly string[]): string {
  return `_${path.join('_').replaceAll('-', '_')}`;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join(' \\\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
