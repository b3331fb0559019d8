/** The command that teaches a shell to complete this one. */
import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Adds the command. */
export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script by which a shell completes commands and options')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: (typeof SHELLS)[number]) => {
      process.stdout.write(await completionScript(program, shell));
    });
}

/** The script for a shell, from the commands as they are defined. */
export async function completionScript(program: Command, shell: (typeof SHELLS)[number]): Promise<string> {
  const { definitionOf } = await import('../completion/definition.ts');
  const definition = definitionOf(program);
  switch (shell) {
    case 'bash':
      return (await import('../completion/bash.ts')).bashScript(definition);
    case 'zsh':
      return (await import('../completion/zsh.ts')).zshScript(definition);
    case 'fish':
      return (await import('../completion/fish.ts')).fishScript(definition);
  }
}
