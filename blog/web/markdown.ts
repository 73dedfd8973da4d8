/**
 * What an author wrote as HTML that is safe on our pages, in feeds and in mails. Tags that an author types are
 * text; what Markdown makes goes through a list of what is allowed. Images are links: one that a page loads
 * from elsewhere tells its owner who reads. Loaded by those who need it, for it takes a while to load.
 */
import markdownIt from 'markdown-it'
import sanitizeHtml from 'sanitize-html'

const parser = markdownIt({ html: false, linkify: true, typographer: false })
// `spain.es` and `readme.md` are words; what begins with http:// or https:// is a link.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })

// Below the heading of the page, and none is left out on the way down.
parser.core.ruler.push('headings', ({ tokens }) => {
  let level = 1
  for (const token of tokens) {
    if (token.type === 'heading_open')
      level = Math.min(Number(token.tag.slice(1)) + 1, level + 1, 6)
    if (token.type.startsWith('heading_')) token.tag = `h${level}`
  }
})
// An attribute of style is nothing that the policy of our pages allows.
parser.core.ruler.push('alignment', ({ tokens }) => {
  for (const token of tokens) {
    const [, side] = /text-align:(center|right)/.exec(String(token.attrGet('style'))) ?? []
    token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style')
    if (side) token.attrSet('class', side)
  }
})
// What is too wide scrolls by itself, also by keyboard.
parser.renderer.rules.table_open = () =>
  '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>\n'
parser.renderer.rules.table_close = () => '</table></div>\n'
// A link has none inside of it. All of them are told at once: a body may hold ten thousand images.
parser.core.ruler.push('images', ({ tokens }) => {
  for (const { children } of tokens) {
    let isLink = false
    for (const token of children ?? []) {
      if (token.type === 'link_open') isLink = true
      if (token.type === 'link_close') isLink = false
      if (token.type === 'image') token.meta = { isLink }
    }
  }
})
parser.renderer.rules.image = (tokens, at) => {
  const image = tokens[at] as (typeof tokens)[number]
  const { escapeHtml } = parser.utils
  const source = String(image.attrGet('src') ?? '')
  const label = escapeHtml(image.content || source)
  return image.meta?.isLink ? label : `<a href="${escapeHtml(source)}">${label}</a>`
}

const text = ['p', 'br', 'em', 'strong', 's', 'code', 'pre', 'blockquote', 'hr', 'a', 'div']
const blocks = ['h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li']
const tables = ['table', 'thead', 'tbody', 'tr', 'th', 'td']
const scrolls = ['class', 'role', 'aria-label', 'tabindex']

/** Links are absolute, so that they lead to the same place from a feed and from a mail. */
export function markdown(written: string, site: string): string {
  const base = site.endsWith('/') ? site : `${site}/`
  const own = new URL(base).origin
  return sanitizeHtml(parser.render(written), {
    allowedTags: [...text, ...blocks, ...tables],
    allowedAttributes: {
      a: ['href', 'title', 'rel'],
      ol: ['start'],
      div: scrolls,
      pre: ['tabindex'],
      th: ['class'],
      td: ['class'],
    },
    allowedClasses: { div: ['scroll'], th: ['center', 'right'], td: ['center', 'right'] },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    transformTags: {
      pre: (tagName) => ({ tagName, attribs: { tabindex: '0' } }),
      a(tagName, { href = '', title }) {
        const url = URL.canParse(href, base) ? new URL(href, base) : null
        const attribs: Record<string, string> = {
          ...(url && { href: url.href }),
          ...(title && { title }),
        }
        if (url?.origin !== own) attribs.rel = 'nofollow noopener'
        return { tagName, attribs }
      },
    },
  })
}
