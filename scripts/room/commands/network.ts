/** All commands that work with a network. */
import type { Command } from 'commander';
import { auditCommands } from './audit.ts';
import { checkCommand } from './check.ts';
import { hostCommands } from './host.ts';
import { moneyCommands } from './money.ts';
import { readingCommands } from './reading.ts';
import { rehearseCommand } from './rehearse.ts';
import { roleCommands } from './roles.ts';
import { slotCommands } from './slot.ts';

/** Adds the commands. */
export function networkCommands(program: Command): void {
  hostCommands(program);
  slotCommands(program);
  checkCommand(program);
  moneyCommands(program);
  roleCommands(program);
  readingCommands(program);
  auditCommands(program);
  rehearseCommand(program);
}
