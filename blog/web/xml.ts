/** Text inside XML: what XML 1.0 has no way to say is left out, for one such character spoils a whole feed. */

const unspeakable = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu
const names: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

export const xml = (text: string): string =>
  text.replaceAll(unspeakable, '').replaceAll(/[&<>"]/g, (mark) => names[mark] as string)
