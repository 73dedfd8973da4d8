/** How fast a post is answered that many wait for, held against one that nobody does, and how soon all are told. */
import { api } from './api.ts'
import { percentiles, print, rounded } from './bench-lines.ts'
import { progressUntil } from './crowd.ts'
import type { Running } from './running.ts'

const rounds = 7
/** Posts that nobody waits for, to each that many do. */
const quiet = 2
const limitMs = 300_000

export async function telling(
  { url }: Running,
  crowd: { readonly topic: string; readonly readers: number },
): Promise<void> {
  const blog = api(url)
  /** Each from rest: what the one before has set off is over. */
  const timed = async (topic: string) => {
    const start = performance.now()
    const { post } = await blog.post({ topic })
    const answered = performance.now() - start
    await progressUntil(url, post.id, ({ isFinished }) => isFinished, limitMs)
    return { answered, told: performance.now() - start }
  }
  const times = { none: [] as number[], crowd: [] as number[], told: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < quiet; n++) times.none.push((await timed('nobody waits for it')).answered)
    const { answered, told } = await timed(crowd.topic)
    times.crowd.push(answered)
    times.told.push(told)
  }
  const none = percentiles(times.none).p50
  const waited = percentiles(times.crowd).p50
  const { readers } = crowd
  print('telling', 'answer_p50', waited, 'ms', {
    ...{ readers, samples: times.crowd.length, without_readers_p50_ms: rounded(none) },
    ratio_to_none: rounded(waited / none),
  })
  const told = percentiles(times.told).p50
  print('telling', 'all_told_p50', told, 'ms', {
    ...{ readers, per_second: rounded((readers * 1_000) / told) },
  })
}
