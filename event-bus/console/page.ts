/** What the bus is doing, as one page: whom it owes what, what fails and why, what it gave up. */
import type { Status } from '../engine/status.ts'

/** `now` in ms since 1970. Reloads itself every two seconds; needs no script. */
export function page(status: Status, now: number): string {
  const targets = status.targets.map(
    ({ key, known, paused, waiting, underWay, dead }) =>
      `<tr><td>${escaped(key)}${known ? '' : ' <em>no such target any more</em>'}${paused ? ' <em>paused</em>' : ''}</td>
      <td>${underWay}</td><td>${waiting}</td><td>${dead}</td></tr>`,
  )
  const waiting = status.waiting.map(
    ({ target, item, attempts, due, error }) =>
      `<tr><td>${escaped(target)}</td><td>${escaped(item)}</td><td>${attempts}</td>
      <td>${due <= now ? 'now' : `in ${Math.ceil((due - now) / 1_000)} s`}</td>
      <td>${escaped(error ?? '')}</td></tr>`,
  )
  const dead = status.deadLetters.map(
    ({ target, item, attempts, error, errorCode, exhaustedRetryCondition, firstAt, diedAt }) =>
      `<tr><td>${escaped(target)}</td><td>${escaped(item)}</td><td>${attempts}</td>
      <td>${time(firstAt)}</td><td>${time(diedAt)}</td><td>${errorCode}</td>
      <td>${escaped(error)}${exhaustedRetryCondition ? ` (${exhaustedRetryCondition})` : ''}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2">
<title>Busbar</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
</style>
</head>
<body>
<h1>Busbar</h1>
${table('Targets', ['Target', 'Under way', 'Waiting', 'Dead letters'], targets)}
${table('Tried, and tried again', ['Target', 'For', 'Attempts', 'Next', 'Last error'], waiting)}
${table('Dead letters', ['Target', 'For', 'Attempts', 'First tried', 'Given up', 'Code', 'Error'], dead)}
</body>
</html>
`
}

const table = (title: string, heads: readonly string[], rows: readonly string[]): string =>
  `<h2>${title}</h2>${
    rows.length === 0
      ? '<p>None.</p>'
      : `<table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`
  }`

const time = (ms: number): string => new Date(ms).toISOString()

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
