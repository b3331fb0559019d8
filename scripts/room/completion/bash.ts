/** Completion for bash, 3.2 and later. */
import { allCommands, type CommandDefinition, type Value } from './definition.ts';

/** The script that teaches bash a program. */
export function bashScript(program: CommandDefinition): string {
  const name = program.path[0];
  const commands = allCommands(program);
  const withValue = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags, value }) => flags.map((flag) => ({ at: [...path, flag].join(' '), value }))),
  );
  const inner = commands.slice(1).map(({ path }) => path.join(' '));
  return `# Completion of ${name} for bash: source <(${name} completion bash)
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at=${name} option= word i
  local IFS=$'\\n'
  COMPREPLY=()
  [[ $cur == = ]] && cur=
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    [[ $word == = ]] && continue
    if [[ $option ]]; then
      option=
      continue
    fi
    case "$at $word" in
      ${withValue.map(({ at }) => quote(at)).join(' | ')})
        option=$word ;;
      ${inner.map(quote).join(' | ')})
        at="$at $word" ;;
    esac
  done
  if [[ $option ]]; then
    case "$at $option" in
${withValue
  .filter(({ value }) => value !== undefined)
  .map(({ at, value }) => `      ${quote(at)}) ${offer(name, value)} ;;`)
  .join('\n')}
    esac
    return
  fi
  if [[ $cur == -* ]]; then
    case "$at" in
${commands.map(({ path, options }) => `      ${quote(path.join(' '))}) ${offer(name, { words: options.flatMap(({ flags }) => flags) })} ;;`).join('\n')}
    esac
    return
  fi
  case "$at" in
${commands.map((command) => `    ${quote(command.path.join(' '))}) ${offer(name, wordsOf(command))} ;;`).join('\n')}
  esac
}
_${name}_words() {
  COMPREPLY=($(compgen -W "$*" -- "$cur"))
}
_${name}_paths() {
  # Outside of a completion, as in a test, there is nothing to set.
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}
complete -F _${name} ${name}
`;
}

/** What may follow a command that is no option: its commands, or its first argument that can be told. */
function wordsOf(command: CommandDefinition): Value {
  if (command.commands.length > 0) return { words: command.commands.map(({ path }) => path.at(-1)!) };
  return command.arguments.find((value) => value !== undefined);
}

function offer(name: string, value: Value): string {
  if (value === undefined) return ':';
  if (value === 'file') return `_${name}_paths -f`;
  if (value === 'folder') return `_${name}_paths -d`;
  return [`_${name}_words`, ...value.words.map(quote)].join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
