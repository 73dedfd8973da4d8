/**
 * The beginning of a text as one line without its Markdown: for lists, feeds and links to a post. Not a
 * parser: what it does not know stays as it was written. The page and its script both call it, so they agree.
 */

const most = 280
/** Marks take room, too, but no list shows what comes this late. */
const looked = 4_000

export function excerpt(markdown: string): string {
  const start = markdown.slice(0, looked)
  const plain = shown(start)
  if (plain.length <= most) return start.length < markdown.length ? `${plain}…` : plain
  const space = plain.lastIndexOf(' ', most)
  // A word longer than that is cut, though never between the halves of a surrogate pair.
  const cut = space > most / 2 ? plain.slice(0, space) : plain.slice(0, most)
  return `${cut.replace(/[\ud800-\udbff]$|[\s,;:–—-]+$/, '')}…`
}

/** No expression here looks twice at the same text: none takes more than linear time. */
function shown(markdown: string): string {
  const text = markdown
    .replaceAll(/\\([!-/:-@[-`{-~])/g, (_, mark) =>
      String.fromCharCode(escaped + mark.charCodeAt(0)),
    )
    .split('\n')
    .filter((line) => !/^[ \t]*(?:```|~~~|[-=_*|: \t]*$)/.test(line) || line.trim() === '')
    .map((line) => line.replace(/^[ \t]*(?:>[ \t]?)*/, ''))
    .map((line) =>
      line.replace(/^#{1,6}[ \t]+(.*[^\s.:!?])[ \t]*$/, '$1.').replace(/^#{1,6}[ \t]+/, ''),
    )
    .map((line) => line.replace(/^[ \t]*[-*+][ \t]+/, '• '))
    .map((line) => (line.startsWith('|') ? line.replaceAll('|', ' ') : line))
    .join(' ')
    .replaceAll(/!?\[([^[\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, '$1')
    .replaceAll(/<(https?:[^<>\s]*)>/g, '$1')
    .replaceAll(/`+([^`]+)`+/g, '$1')
  return unstressed(unstressed(text))
    .replaceAll(/[\ue000-\ue07f]/g, (mark) => String.fromCharCode(mark.charCodeAt(0) - escaped))
    .replaceAll(/\s+/g, ' ')
    .replace(/^[ •]+/, '')
    .trimEnd()
}

/** Where marks that an author escaped wait, so that they count as text. */
const escaped = 0xe000

/** One of two levels, as in `**very *much* so**`. */
const unstressed = (text: string): string =>
  text
    .replaceAll(/(\*{1,3}|~~)([^\s*~](?:[^*~]*[^\s*~])?)\1/g, '$2')
    .replaceAll(/(?<![\p{L}\d_])(_{1,3})([^\s_](?:[^_]*[^\s_])?)\1(?![\p{L}\d_])/gu, '$2')
