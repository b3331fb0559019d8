/** Commands about policy documents. They need neither node nor wallet, and load none of their libraries. */
import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { diffPolicies, diffText } from '../../../app/lib/policy/diff.ts';
import { policyDocument } from '../../../app/lib/policy/document.ts';
import { documentName } from '../../../app/lib/policy/parse.ts';
import { FORMATS, renderDocument, type Format } from '../../../app/lib/policy/render.ts';
import type { Common } from '../command.ts';
import { fieldOption } from '../options.ts';
import { print } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';

/** Adds the commands. */
export function policyCommands(program: Command): void {
  const policy = program.command('policy').description('read, compare and check policy documents; needs no node');

  policy
    .command('show')
    .description('say in words what a policy means, for whoever has to agree to it')
    .argument('<file>', 'policy document')
    .addOption(new Option('--format <format>', 'form of the words').choices(FORMATS).default('text'))
    .option('--out <file>', 'file to write; standard output unless given')
    .action(async (file: string, { format, out }: { format: Format; out?: string }, command: Command) => {
      const { json } = command.optsWithGlobals<Common>();
      const document = policyDocument(await readPolicyFile(file));
      const text = renderDocument(document, format);
      if (out === undefined) {
        print(json, document, text.trimEnd());
        return;
      }
      await writeFile(out, text);
      print(json, { file: out, format, digest: document.digest }, `Policy in words: ${out}`);
    });

  policy
    .command('diff')
    .description('say what differs between two policies, and for whom it is stricter or looser; ends with 0 either way')
    .argument('<old>', 'policy document')
    .argument('<new>', 'policy document')
    .action(async (before: string, after: string, _options: unknown, command: Command) => {
      const diff = diffPolicies(await readPolicyFile(before), await readPolicyFile(after));
      print(command.optsWithGlobals<Common>().json, diff, diffText(diff));
    });

  policy
    .command('digest')
    .description('print the SHA-256 of the canonical document, and with a template the digest that stands on chain')
    .argument('<file>', 'policy document')
    .option('--template <id>', "id of the policy's template, as the registry of a network has it", fieldOption)
    .action(async (file: string, { template }: { template?: bigint }, command: Command) => {
      const policy = await readPolicyFile(file);
      const document = documentName(policy);
      const onChain = template === undefined ? undefined : await chainDigest(policy, template);
      print(
        command.optsWithGlobals<Common>().json,
        { document, onChain },
        onChain === undefined
          ? `Document (SHA-256): ${document}\nThe digest on chain depends on the network's template: name its id with --template.`
          : `Document (SHA-256): ${document}\nOn chain: ${onChain}`,
      );
    });

  policy
    .command('validate')
    .description('check a policy document; ends with 1 and the faults if it is not valid')
    .argument('<file>', 'policy document')
    .action(async (file: string, _options: unknown, command: Command) => {
      const document = documentName(await readPolicyFile(file));
      print(
        command.optsWithGlobals<Common>().json,
        { valid: true, document },
        `The policy is valid (SHA-256 ${document}).`,
      );
    });
}

/** The digest that stands on chain. Its hash function takes a moment to load, which the other commands need not wait for. */
async function chainDigest(policy: Awaited<ReturnType<typeof readPolicyFile>>, template: bigint): Promise<string> {
  const { fieldToHex } = await import('../../../app/lib/field/field.ts');
  const { initField } = await import('../../../app/lib/field/poseidon2.ts');
  const { policyDigest, policyTerms } = await import('../../../app/lib/policy/policy.ts');
  await initField();
  return fieldToHex(policyDigest(policyTerms(policy, template)));
}
