/** What of a text is prose, in parts that are short enough to be read one at a time. */

/** Each is linear in the text: whatever may fail to match at its end is bounded, or consumed. */
const notProse = [
  /^ {0,3}(```|~~~)[\s\S]*?(?:^ {0,3}\1|(?![\s\S]))/gm, // a code block, closed or not
  /^[ \t]*(?:#{1,6}|[-*+>]|\d{1,9}[.)])(?=[ \t])/gm, // the mark of a heading or a list
  /`[^`\n]+`/g, // code in a line
  /<[/!a-z][^<>]*>/gi, // HTML, and links in angle brackets
  /\b[a-z][a-z+]{1,11}:\/\/\S+|\b(?:mailto|tel|data):\S+|\bwww\.\S+/gi,
  /[\w.+-]{1,64}@[\w.-]{1,253}|[@#][\p{L}\p{N}_]{1,100}/gu, // mail addresses, @handles, #tags
  /\b(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\/\S*/gi, // example.com/a
  /\b(?:[\w-]{1,63}\/){1,8}[\w-]{1,63}\.[a-z]\w{0,9}/g, // src/a.ts
  /(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])|(?<=\p{L})\/(?=\p{Lu})/gu, // _emphasis_, Spain/Portugal
]

/** The text with blanks in place of what is not prose: as long as before, so each offset holds. */
export const prose = (text: string): string =>
  notProse.reduce((rest, not) => rest.replace(not, (it) => it.replaceAll(/[^\n]/g, ' ')), text)

/**
 * `compromise` takes more than linear time for some texts: 20 s for 100,000 full stops at once, and
 * 0.4 s in parts of this length. None that we tried took 1.5 s in parts.
 */
const longest = 2_000

/** Cut after a line, else after a sentence, else after a word, else anywhere. */
export function* parts(
  text: string,
): Generator<{ readonly offset: number; readonly part: string }> {
  for (let offset = 0; offset < text.length; ) {
    const part = text.slice(offset, offset + longest)
    const cut = ['\n', '. ', ' '].find((end) => part.lastIndexOf(end) > 0)
    const whole = offset + part.length === text.length || cut === undefined
    const length = whole ? part.length : part.lastIndexOf(cut) + cut.length
    yield { offset, part: part.slice(0, length) }
    offset += length
  }
}
