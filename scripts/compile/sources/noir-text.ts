/** Finding one's way in Noir source text without a parser: comments and strings are masked, braces matched. */

/**
 * The source with the inside of every comment and string replaced by spaces: same length, same line breaks.
 * Patterns are searched in the mask and applied to the source, so that prose can't be taken for code.
 */
export function mask(source: string): string {
  const tokens = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|r(#+)"[\s\S]*?"\1|"(?:[^"\\]|\\[\s\S])*"/g;
  return source.replace(tokens, (token) => token.replace(/[^\n]/g, ' '));
}

/** Index just after the bracket that closes the one at `open`. */
export function closing(masked: string, open: number): number {
  const pairs: Record<string, string> = { '{': '}', '[': ']', '(': ')' };
  const opening = masked[open]!;
  const close = pairs[opening];
  if (close === undefined) throw new Error(`no bracket at ${open}`);
  let depth = 0;
  for (let i = open; i < masked.length; i++) {
    if (masked[i] === opening) depth++;
    else if (masked[i] === close && --depth === 0) return i + 1;
  }
  throw new Error(`bracket at ${open} is never closed`);
}

/**
 * Where an item begins when its attributes and doc comments are counted in.
 * @param start index of the line on which the item proper begins
 */
export function withPreamble(source: string, start: number): number {
  let begin = start;
  while (begin > 0) {
    const previous = source.lastIndexOf('\n', begin - 2) + 1;
    const line = source.slice(previous, begin).trim();
    if (!line.startsWith('//') && !line.startsWith('#[')) break;
    begin = previous;
  }
  return begin;
}

/**
 * Blanks the item (function or inline module, or `mod x;`) whose line begins at `start`, with its preamble. Line breaks stay,
 * so that what follows keeps its line numbers.
 */
export function removeItem(source: string, start: number): string {
  const masked = mask(source);
  // A semicolon inside brackets, as in `[u8; N]`, belongs to the signature.
  let at = start;
  for (;;) {
    const bracket = /[;{([]/g;
    bracket.lastIndex = at;
    const found = bracket.exec(masked);
    if (!found) throw new Error('item without an end');
    if (found[0] === '(' || found[0] === '[') {
      at = closing(masked, found.index);
      continue;
    }
    const stop = found[0] === '{' ? closing(masked, found.index) : found.index + 1;
    const begin = withPreamble(source, start);
    return source.slice(0, begin) + source.slice(begin, stop).replace(/[^\n]/g, '') + source.slice(stop);
  }
}

/** Removes a function by name; throws when the source has none or several of that name. */
export function removeFunction(source: string, name: string): string {
  const masked = mask(source);
  const matches = [
    ...masked.matchAll(
      new RegExp(`^[ \\t]*(?:pub(?:\\(crate\\))? )?(?:(?:unconstrained|comptime) )*fn ${name}\\b`, 'gm'),
    ),
  ];
  if (matches.length !== 1) throw new Error(`function ${name} occurs ${matches.length} times, expected once`);
  return removeItem(source, matches[0]!.index);
}

/** Replaces a text that must occur exactly `count` times. */
export function replaceExactly(source: string, from: string, to: string, count = 1): string {
  const parts = source.split(from);
  if (parts.length - 1 !== count) throw new Error(`"${from}" occurs ${parts.length - 1} times, expected ${count}`);
  return parts.join(to);
}

/** Removes tests: functions marked `#[test]` and modules that hold nothing else. */
export function stripTests(source: string): string {
  const module = /^[ \t]*(?:pub(?:\(crate\))? )?mod (?:tests?|test_\w+|\w+_tests?)\s*[;{]/m;
  const attribute = /^[ \t]*#\[test\b/m;
  let text = source;
  for (;;) {
    const masked = mask(text);
    const found = module.exec(masked) ?? attribute.exec(masked);
    if (!found) return text;
    // From an attribute go on to the function's own line.
    const item = /^[ \t]*(?:pub(?:\(crate\))? )?(?:unconstrained )?(?:fn|mod) /gm;
    item.lastIndex = found.index;
    text = removeItem(text, item.exec(masked)!.index);
  }
}
