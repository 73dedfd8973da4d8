/** Posts to be looked at: short and long, with every kind of Markdown, and with names to recognise. */
import type { Draft } from '../blog/post.ts'

const essay = `Every switchboard has one: a bar of copper, as thick as a thumb, that takes the current in once and hands it to **every circuit that asks for it**. In the old exchange of [Porto](https://en.wikipedia.org/wiki/Porto) it is still warm to the touch.

## What Maria showed us

Maria Santos opened the cabinet with a key that she wears around her neck. “Nobody may touch it,” she said, “and everybody depends on it.”

> A good bus is one that you forget. You only hear of it when it hums.

Three things that we learned from her:

1. Current goes where it is asked for, *not* where somebody sent it.
2. A circuit that burns does not darken its neighbour.
3. What is written down in the log has happened.

| year | circuits | failures |
|------|:--------:|---------:|
| 1974 | 12 | 31 |
| 1998 | 140 | 9 |
| 2026 | 1,204 | 2 |

### And the code

The same thing in eight lines, with \`put\` and \`target\`:

\`\`\`ts
const bus = eventBus()

rule('blog-post-creation', {
  bus,
  eventPattern: { source: ['blog'], 'detail-type': ['BlogPostCreated'] },
  targets: [newPosts, target('recognize-entities', recognizeEntities, { recognizer, posts })],
})
\`\`\`

---

From Porto we took the night train to Madrid, where Joe was waiting with the next key.`

export const drafts: readonly Draft[] = [
  { author: 'Ann Weber', title: 'A post that was a mistake', topic: 'travel', body: 'To be gone.' },
  {
    author: 'Joe Martin',
    title: 'Notes from a slow train',
    topic: 'travel',
    body: 'The train from Lisbon to Madrid takes ten hours, and nobody on it is in a hurry. Joe reads, Ann sleeps, and outside Spain goes by in the colour of straw.\n\nAt four we stop in Badajoz for no reason.',
  },
  {
    author: 'Ann Weber',
    title: 'Why we write everything down first',
    topic: 'engineering',
    body: 'A message that is not on disk has not been sent. It sounds like a slogan; it is a **budget**: one `fsync`, shared by all who ask in the same moment.\n\nThe rest follows.',
  },
  {
    author: 'hunter s thompson',
    title:
      'The edge, and how to find it in the summer without a map, a phone or anybody who would tell you the way',
    topic: 'summer',
    body: 'Joe is going to Spain. There is no honest way to explain it, because the only people who really know where it is are the ones who have gone over. The others, the living, are those who pushed their luck as far as they felt they could handle it, and then pulled back, or slowed down, or did whatever they had to when it came time to choose between now and later.',
  },
  {
    author: 'Ann Weber',
    title: 'Small news',
    topic: 'summer',
    body: 'The pool in Berlin is open.',
  },
  { author: 'Maria Santos', title: 'The bar of copper', topic: 'engineering', body: essay },
  {
    author: 'Joe Martin',
    title: 'Oranges',
    topic: 'travel',
    body: '- from Valencia, the sweet ones\n- from Seville, for marmalade\n- from Sicily, with blood in them\n\nAsk Pedro Almeida in Faro for the rest.',
  },
]

export const unfinished: readonly Draft[] = [
  { author: 'Joe Martin', title: 'What to eat in Faro', topic: 'travel', body: 'Ask Pedro first.' },
  { author: 'Ann Weber', title: 'A list of all keys', topic: 'engineering', body: '1. the one' },
]
