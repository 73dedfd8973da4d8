/**
 * The look of mails. Programs keep what stands in `style` attributes, and many drop the sheet; so the light
 * look is in the attributes, and the sheet has only what programs need that can show the dark one. The
 * colours are those of `web/style.css`.
 */
const serif = 'Charter,Iowan Old Style,Cambria,Georgia,serif'
const sans = '-apple-system,system-ui,Segoe UI,Roboto,Helvetica Neue,Arial,sans-serif'
const mono = 'ui-monospace,SF Mono,Menlo,Consolas,DejaVu Sans Mono,monospace'
const accent = '#99350f'
const line = '#e2dbcf'
const cell = `padding:6px 16px 6px 0;border-bottom:1px solid ${line};vertical-align:top`
const heading = (px: number) => `margin:28px 0 8px;font:700 ${px}px/1.25 ${serif}`

export const look = {
  paper: 'margin:0;padding:0;background:#fcfaf6',
  /** Lists of mails show it; the mail does not. */
  hidden: 'display:none;max-height:0;overflow:hidden;mso-hide:all',
  edge: `padding:24px 16px 40px;border-top:4px solid ${accent}`,
  column: 'max-width:600px;margin:0 auto',
  text: `font:17px/1.6 ${sans};color:#1f1c18;text-align:left;overflow-wrap:anywhere;word-break:break-word`,
  title: `margin:0 0 14px;font:700 28px/1.2 ${serif};color:#1f1c18`,
  by: 'margin:0 0 24px;font-size:15px;color:#625c53',
  said: 'margin:0 0 16px',
  call: 'margin:28px 0 8px',
  button: `display:inline-block;padding:12px 22px;border-radius:6px;background:${accent};color:#ffffff;font-weight:600;text-decoration:none`,
  address: 'margin:0 0 24px;font-size:13px;line-height:1.5;word-break:break-all',
  link: `color:${accent}`,
  footer: `margin:32px 0 0;padding:16px 0 0;border-top:1px solid ${line};font-size:14px;line-height:1.6;color:#625c53`,
  small: 'margin:0 0 8px',
} as const

/** Outlook of Windows knows no `max-width`. */
export const narrow = {
  begin: '<!--[if mso]><table role="presentation" width="600" align="center"><tr><td><![endif]-->',
  end: '<!--[if mso]></td></tr></table><![endif]-->',
} as const

export const sheet = `
:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (prefers-color-scheme: dark) {
  .paper { background: #171512 !important }
  .edge { border-color: #f2a978 !important }
  .text, .text h1 { color: #ece6dc !important }
  .quiet, blockquote { color: #aba398 !important }
  .line, blockquote, hr, th, td { border-color: #37322b !important }
  a { color: #f2a978 !important }
  a.button { background: #f2a978 !important; color: #241004 !important }
  pre, code { background: #221f1b !important }
}
`

const body: Readonly<Record<string, string>> = {
  ...{ h2: heading(22), h3: heading(19), h4: heading(17), h5: heading(17), h6: heading(17) },
  p: 'margin:0 0 16px',
  ...{ ul: 'margin:0 0 16px;padding:0 0 0 24px', ol: 'margin:0 0 16px;padding:0 0 0 24px' },
  li: 'margin:0 0 4px',
  a: `color:${accent}`,
  blockquote: `margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid ${line};color:#625c53`,
  pre: `margin:0 0 16px;padding:12px 14px;border-radius:6px;background:#f3efe7;font:15px/1.5 ${mono};white-space:pre-wrap`,
  code: `background:#f3efe7;font-family:${mono};font-size:0.9em`,
  hr: `margin:28px 0;border:0;border-top:1px solid ${line}`,
  div: 'margin:0 0 16px;overflow-x:auto',
  table: 'border-collapse:collapse;font-size:15px',
  ...{ th: cell, td: cell },
}

/** What a post's Markdown became, with a style for each tag. Its text and its attributes have no `<`. */
export const styled = (sanitised: string): string =>
  sanitised.replaceAll(
    /<([a-z]+[2-6]?)(?: class="(center|right|scroll)")?(?=[ >])/g,
    (tag, name: string, how: string | undefined) => {
      const style = body[name]
      if (style === undefined) return tag
      const aligned = name === 'th' || name === 'td'
      const to = how === 'center' || how === 'right' ? how : 'left'
      return `<${name} style="${aligned ? `${style};text-align:${to}` : style}"`
    },
  )
