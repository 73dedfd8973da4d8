/**
 * A mail and its twin from one description, so that text and HTML say the same and lead to the same places.
 * One column, nothing that is loaded from elsewhere, nothing that tells who reads.
 */
import type { Mail } from '../ports.ts'
import { html, type Markup, trusted } from './html.ts'
import { look, narrow, sheet } from './styles.ts'

export interface Letter {
  readonly subject: string
  /** What lists of mails show behind the subject. */
  readonly preview: string
  readonly title: string
  /** Under the title. */
  readonly by?: string
  readonly parts: readonly Part[]
  /** Why it came, and where to see to that. */
  readonly footer: readonly (Said | Link)[]
}
export type Part = Said | Link | Twins

/** A paragraph. */
export type Said = string
export interface Link {
  readonly label: string
  readonly url: string
}
/** What was made for each of the two already. */
export interface Twins {
  readonly text: string
  readonly html: Markup
}

export function letter(it: Letter): Pick<Mail, 'subject' | 'text' | 'html'> {
  return { subject: oneLine(it.subject), text: textOf(it), html: htmlOf(it).markup }
}

const textOf = ({ title, by, parts, footer }: Letter): string => {
  const head = [oneLine(title), ...(by === undefined ? [] : [oneLine(by)])].join('\n')
  const all = parts.map((part) => (isTwins(part) ? part.text : inText(part)))
  return `${[head, ...all].join('\n\n')}\n\n--\n${footer.map(inText).join('\n')}\n`
}

/**
 * A link has a line of its own, so that it stays in one piece however the mail is read. A paragraph is one line,
 * too: programs break it where their window ends.
 */
const inText = (part: Said | Link): string =>
  typeof part === 'string' ? oneLine(part) : `${oneLine(part.label)}:\n${part.url}`

const htmlOf = ({
  subject,
  preview,
  title,
  by,
  parts,
  footer,
}: Letter): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${oneLine(subject)}</title>
<style>${trusted(sheet)}</style>
</head>
<body class="paper" style="${look.paper}">
<div style="${look.hidden}">${oneLine(preview)}${trusted(filler)}</div>
<table role="presentation" class="paper" width="100%" cellpadding="0" cellspacing="0" border="0" style="${look.paper}"><tr><td class="edge" style="${look.edge}">
${trusted(narrow.begin)}
<div role="article" aria-roledescription="email" class="text" style="${look.column};${look.text}">
<h1 dir="auto" style="${look.title}">${oneLine(title)}</h1>
${by === undefined ? [] : html`<p dir="auto" class="quiet" style="${look.by}">${oneLine(by)}</p>`}
${parts.map((part) => (isTwins(part) ? part.html : inHtml(part)))}
<div class="line quiet" style="${look.footer}">
${footer.map(inFooter)}
</div>
</div>
${trusted(narrow.end)}
</td></tr></table>
</body>
</html>
`

const inHtml = (part: Said | Link): Markup =>
  typeof part === 'string'
    ? html`<p style="${look.said}">${oneLine(part)}</p>`
    : html`<p style="${look.call}"><a class="button" href="${part.url}" style="${look.button}">${part.label}</a></p>
<p class="quiet" style="${look.address}"><a href="${part.url}" style="${look.link}">${part.url}</a></p>`

const inFooter = (part: Said | Link): Markup =>
  typeof part === 'string'
    ? html`<p style="${look.small}">${oneLine(part)}</p>`
    : html`<p style="${look.small}"><a href="${part.url}" style="${look.link}">${part.label}</a></p>`

const isTwins = (part: Part): part is Twins => typeof part === 'object' && 'html' in part

/** Keeps lists from going on with what the mail shows after its preview. */
const filler = '&#847;&zwnj;&nbsp;'.repeat(60)

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
