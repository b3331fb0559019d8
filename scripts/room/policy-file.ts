/** Reading the policy document that a command names. */
import { readFile, stat } from 'node:fs/promises';
import { MAX_BYTES, parsePolicyText, PolicyError, type Policy } from '../../app/lib/policy/parse.ts';

/**
 * Reads and checks a policy file.
 * @throws PolicyError with the faults; an error of the file system
 */
export async function readPolicyFile(file: string): Promise<Policy> {
  const fault = (message: string) => new PolicyError([{ path: 'document', message }]);
  // Before reading: whatever is named may be of any size.
  if ((await stat(file)).size > MAX_BYTES) throw fault(`it has more than ${MAX_BYTES} bytes`);
  const bytes = await readFile(file);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fault('it is not UTF-8 text');
  }
  return parsePolicyText(text);
}
