// @ts-check
/**
 * Keeps an open page as the blog is: it watches what the page says it shows, from the change on
 * that the page was made after, and fills in what it is told. Without it the page still works.
 */

/**
 * @typedef {{ locations: string[], persons: string[], organizations: string[] }} Entities
 * @typedef {{ id: string, createdAt: string, author: string, title: string, body: string, topic: string, entities?: Entities }} Post
 * @typedef {{ type: 'BlogPostUpdated', eventName: 'INSERT' | 'MODIFY' | 'REMOVE', post: Post, cursor: string }} Update
 */

const maxArticles = 100
const maxRemembered = 1_000
/** @type {HTMLElement | null} */
const list = document.querySelector('[data-posts]')
const origin = /** @type {HTMLElement} */ (document.querySelector('[data-cursor]'))
const { watchAll, watchTopic, watchPost } = origin.dataset
/** The one thing that a page watches; a field that is undefined is left out of its JSON. */
const subject = {
  topic: watchTopic,
  postId: watchPost,
  all: watchAll === undefined ? watchAll : true,
}
/** The newest change up to which nothing is missing here. Cursors sort as text. */
let cursor = origin.dataset.cursor ?? ''
let failures = 0
let leaving = false

connect()

function connect() {
  const { liveUrl } = document.documentElement.dataset
  const socket = new WebSocket(liveUrl ?? new URL('/ws', location.href.replace(/^http/, 'ws')))
  const opened = performance.now()

  socket.onopen = () => socket.send(JSON.stringify({ action: 'watch', ...subject, after: cursor }))
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data)
    if (frame.type === 'watching') live('on')
    if (frame.type === 'resync') reload()
    if (frame.type === 'error') say(`This page is not live: ${frame.message}`)
    if (frame.type !== 'BlogPostUpdated') return
    apply(frame)
    // One watch is told all in order, so whatever lies before the newest has come.
    if (frame.cursor > cursor) cursor = frame.cursor
  }
  socket.onclose = () => {
    if (leaving) return
    live('off')
    // A server that accepts and closes at once is as gone as one that does not answer.
    failures = performance.now() - opened > 10_000 ? 0 : failures + 1
    const most = Math.min(30_000, 500 * 2 ** failures)
    window.setTimeout(connect, (most / 2) * (1 + Math.random()))
  }
}

/** The server cannot tell what is missing, so the page is made anew, but never in a tight circle. */
function reload() {
  if (leaving) return
  leaving = true
  const soonest = performance.now() > 5_000 ? 0 : 5_000
  window.setTimeout(() => location.reload(), soonest + Math.random() * 1_000)
}

/** The newest change that each post was shown with: one may be told twice, or out of turn. */
const shown = new Map()

/** @param {Update} update */
function apply({ eventName, post, cursor: at }) {
  if ((shown.get(post.id) ?? '') >= at) return
  shown.delete(post.id)
  shown.set(post.id, at)
  if (shown.size > maxRemembered) shown.delete(shown.keys().next().value)

  /** @type {HTMLElement | null} */
  const article = document.querySelector(`article[data-post-id="${CSS.escape(post.id)}"]`)
  const leaves = list && watchTopic !== undefined && post.topic !== watchTopic
  const isGone = eventName === 'REMOVE' || leaves
  if (isGone) remove(article)
  else if (article) fill(article, post)
  else if (list) insert(list, post, eventName)
}

/** @param {HTMLElement | null} article */
function remove(article) {
  if (list || !article) return article?.remove()
  article.replaceWith(element('p', 'This post was deleted.'))
  say('This post was deleted.')
}

/**
 * Puts a post where the server would: by age. What belongs on another page is left to it.
 * @param {HTMLElement} list @param {Post} post @param {Update['eventName']} eventName
 */
function insert(list, post, eventName) {
  const articles = /** @type {HTMLElement[]} */ ([...list.children])
  const next = articles.find(({ dataset }) => (dataset.postId ?? '') < post.id)
  const older = /** @type {HTMLAnchorElement} */ (document.querySelector('[data-older]'))
  const isNewest = list.dataset.newest !== undefined
  if ((next === articles[0] && !isNewest) || (!next && !older.hidden)) return

  const template = /** @type {HTMLTemplateElement} */ (document.querySelector('[data-summary]'))
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true))
  const article = /** @type {HTMLElement} */ (copy.querySelector('article'))
  article.dataset.postId = post.id
  fill(article, post)
  list.insertBefore(article, next ?? null)
  if (eventName === 'INSERT') say(`New: ${post.title}`)

  if (articles.length < maxArticles) return
  list.lastElementChild?.remove()
  const last = /** @type {HTMLElement} */ (list.lastElementChild)
  older.hidden = false
  older.search = new URLSearchParams({ cursor: last.dataset.postId ?? '' }).toString()
}

/** @param {HTMLElement} article @param {Post} post */
function fill(article, post) {
  /** @type {NodeListOf<HTMLElement>} */
  const places = article.querySelectorAll('[data-field]')
  for (const place of places) {
    const { field } = place.dataset
    if (field === 'entities') place.replaceChildren(...groups(post.entities))
    else if (field === 'body') void refill(place, post.body)
    else if (field === 'excerpt') place.textContent = excerpt(post.body)
    else if (field === 'createdAt' && place instanceof HTMLTimeElement) {
      place.dateTime = post.createdAt
      place.textContent = longDate(post.createdAt)
    } else place.textContent = post[/** @type {'title' | 'author' | 'topic'} */ (field)]

    if (!(place instanceof HTMLAnchorElement)) continue
    if (field === 'title') place.href = `/posts/${encodeURIComponent(post.id)}`
    if (field === 'topic') place.href = `/topics/${encodeURIComponent(post.topic)}`
  }
  if (!list) document.title = `${post.title} · Blog`
}

/** The text that the page shows, once a change has told it. */
let shownBody = ''

/**
 * What an author wrote is made HTML by the server alone: its page is read again.
 * @param {HTMLElement} place @param {string} body
 */
async function refill(place, body) {
  if (body === shownBody) return
  shownBody = body
  const answer = await fetch(location.pathname)
  if (!answer.ok) return
  const made = new DOMParser().parseFromString(await answer.text(), 'text/html')
  if (shownBody === body) place.replaceChildren(...nodesOf(made))
}
/** @param {Document} made */
const nodesOf = (made) => made.querySelector('[data-field="body"]')?.childNodes ?? []

// The rest says what post-article.ts and excerpt.ts say, in this language.

/** @param {Entities} [entities] */
const groups = (entities) => [
  ...group(entities?.persons, 'person', 'People'),
  ...group(entities?.locations, 'location', 'Places'),
  ...group(entities?.organizations, 'organization', 'Organisations'),
]

/** @param {string[] | undefined} names @param {string} kind @param {string} label */
function group(names, kind, label) {
  if (!names?.length) return []
  const row = document.createElement('div')
  row.append(element('dt', label), ...names.map((name) => mention(name, kind)))
  return [row]
}

/** @param {string} name @param {string} kind */
function mention(name, kind) {
  const link = document.createElement('a')
  link.href = `/mentions/${encodeURIComponent(name)}`
  link.textContent = name
  const item = document.createElement('dd')
  item.dataset.entity = kind
  item.append(link)
  return item
}

const most = 280
const looked = 4_000

/** @param {string} markdown */
function excerpt(markdown) {
  const start = markdown.slice(0, looked)
  const plain = plainOf(start)
  if (plain.length <= most) return start.length < markdown.length ? `${plain}…` : plain
  const space = plain.lastIndexOf(' ', most)
  const cut = space > most / 2 ? plain.slice(0, space) : plain.slice(0, most)
  return `${cut.replace(/[\ud800-\udbff]$|[\s,;:–—-]+$/, '')}…`
}

/** @param {string} markdown */
function plainOf(markdown) {
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
    .trim()
}

const escaped = 0xe000

/** @param {string} text */
const unstressed = (text) =>
  text
    .replaceAll(/(\*{1,3}|~~)([^\s*~](?:[^*~]*[^\s*~])?)\1/g, '$2')
    .replaceAll(/(?<![\p{L}\d_])(_{1,3})([^\s_](?:[^_]*[^\s_])?)\1(?![\p{L}\d_])/gu, '$2')
/** @param {string} iso */
function longDate(iso) {
  const style = /** @type {const} */ ({ dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return `${new Intl.DateTimeFormat('en-GB', style).format(new Date(iso))} UTC`
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const created = document.createElement(name)
  created.textContent = text
  return created
}

/** @param {'on' | 'off'} state */
function live(state) {
  document.documentElement.dataset.live = state
  say(state === 'on' ? '' : 'The connection is lost. New posts appear when it is back.')
}
/** @param {string} message */
function say(message) {
  const status = document.querySelector('[data-live-status]')
  if (status) status.textContent = message
}
