/**
 * The document of a policy as plain text, Markdown and HTML. Policies come from other parties: nothing in their texts becomes
 * markup, a link or a script.
 */
import type { PolicyDocument } from './document.ts';

/** How a document can be written. */
export const FORMATS = ['text', 'markdown', 'html'] as const;
/** A form of the words. */
export type Format = (typeof FORMATS)[number];

/** Writes a document. Texts end with a line feed. */
export function renderDocument(document: PolicyDocument, format: Format): string {
  return { text, markdown, html }[format](document);
}

function text({ title, sections }: PolicyDocument): string {
  const parts = sections.map(({ heading, lines }) => [heading, ...lines.map((line) => `  - ${line}`)].join('\n'));
  return `${[title, ...parts].join('\n\n')}\n`;
}

function markdown({ title, sections }: PolicyDocument): string {
  const parts = sections.map(
    ({ heading, lines }) =>
      `## ${escapeMarkdown(heading)}\n\n${lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n')}`,
  );
  return `${[`# ${escapeMarkdown(title)}`, ...parts].join('\n\n')}\n`;
}

/**
 * What has a meaning within a line of Markdown, with tables, formulas and the bare links of GitHub's dialect. Lines begin with
 * words of ours, so that what has one at the beginning of a line alone needs no escape.
 */
function escapeMarkdown(line: string): string {
  return line
    .replace(/[\\`*_[\]<>&~|!$#@^{}]/g, '\\$&')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/(www)\./gi, '$1\\.');
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --quiet: #555; --line: #ccc; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --quiet: #a5a5a5; --line: #444; } }
body { margin: 2rem auto; max-width: 46rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 0.95rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 0.3rem; }
h2 { font-size: 1.02rem; margin: 1.1rem 0 0.2rem; padding-top: 0.5rem; border-top: 1px solid var(--line); break-after: avoid; }
ul { margin: 0; padding-left: 1.2rem; }
li { margin: 0.15rem 0; break-inside: avoid; }
footer { margin-top: 1.2rem; color: var(--quiet); font-size: 0.8rem; }
@page { size: A4; margin: 14mm; }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --quiet: #333; --line: #999; }
  body { margin: 0; max-width: none; padding: 0; font-size: 8.5pt; line-height: 1.3; }
  h1 { font-size: 13pt; } h2 { font-size: 10pt; margin-top: 6pt; padding-top: 3pt; }
}
`;

/** Should anything in the page be more than text after all, the browser neither runs nor fetches it. */
const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

function html({ title, digest, sections }: PolicyDocument): string {
  const parts = sections.map(
    ({ heading, lines }) =>
      `<section>\n<h2>${escapeHtml(heading)}</h2>\n<ul>\n${lines.map((line) => `<li>${escapeHtml(line)}</li>\n`).join('')}</ul>\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(CONTENT_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${parts.join('\n')}
</main>
<footer>Policy document, SHA-256 ${escapeHtml(digest)}</footer>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
