/**
 * Reads SQLite's write-ahead log as SQLite will, and further. SQLite ends at the first frame whose
 * checksum is wrong and forgets what stands behind it, for that is what a crash leaves: a last
 * transaction of which parts are missing. It is also what a bad sector leaves, in the middle of
 * transactions that were acknowledged long ago, and then it must not be forgotten in silence.
 *
 * The two can be told apart. A frame's checksum goes on from the one before it, and with
 * synchronous=FULL nothing is written behind a commit until that has reached the disk. So a frame that
 * goes on from a commit proves that this commit, and all before it, were whole once. What stays in
 * doubt is the last commit, with the frame before it, and a log that was cut off: these look as a crash does.
 *
 * https://sqlite.org/fileformat2.html#walformat
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { endianness } from 'node:os'

export interface WalDamage {
  /** Where the log is whole up to, in bytes: the end of a commit. */
  readonly wholeUpTo: number
  /** Commits that can be seen behind it. */
  readonly commitsBehind: number
}

/** Two words; a frame's goes on from the one before it. */
type Checksum = readonly [number, number]
interface Frame {
  readonly page: number
  readonly isCommit: boolean
  /** The same in all frames between two restarts of the log. */
  readonly salts: string
  readonly checksum: Checksum
  /** Its first eight bytes, and its page. */
  readonly words: Uint32Array
}

const headerBytes = 32
const frameHeaderBytes = 24
const magics = { LE: 0x377f0682, BE: 0x377f0683 }
const version = 3_007_000

/**
 * What is wrong with a log in the middle, so that SQLite would leave out commits that were on the disk; null
 * when nothing is. `pageBytes` is that of the database, `isInDatabase` whether a page of it is as given.
 */
export function walDamage(
  path: string,
  pageBytes: number,
  isInDatabase: (page: number, content: Uint8Array) => boolean,
): WalDamage | null {
  const file = openSync(path, 'r')
  try {
    return damage(reader(file, pageBytes), isInDatabase)
  } finally {
    closeSync(file)
  }
}

type Reader = ReturnType<typeof reader>

function reader(file: number, pageBytes: number) {
  const frameBytes = frameHeaderBytes + pageBytes
  const read = (at: number, length: number): Buffer => {
    const bytes = Buffer.from(new ArrayBuffer(length))
    readSync(file, bytes, 0, length, at)
    return bytes
  }
  const head = read(0, headerBytes)
  const checksumAt = (bytes: Buffer, at: number): Checksum => [
    bytes.readUInt32BE(at),
    bytes.readUInt32BE(at + 4),
  ]
  const stored = checksumAt(head, headerBytes - 8)
  const summed = (isForeign: boolean) => sum([0, 0], words(read(0, headerBytes - 8), isForeign))
  const magic = head.readUInt32BE(0)
  /** Whether the words that checksums are made of have to be turned around here. */
  const isForeign =
    magic === magics[endianness() === 'LE' ? 'BE' : 'LE'] && same(summed(true), stored)
  const computed = summed(isForeign)
  return {
    frameBytes,
    salts: head.toString('hex', 16, 24),
    computed,
    stored,
    isWhole:
      Object.values(magics).includes(magic) &&
      head.readUInt32BE(4) === version &&
      head.readUInt32BE(8) === pageBytes &&
      same(computed, stored),
    frames: Math.max(0, Math.floor((fstatSync(file).size - headerBytes) / frameBytes)),
    frame(index: number): Frame {
      const bytes = read(headerBytes + index * frameBytes, frameBytes)
      const summed = Buffer.from(new ArrayBuffer(8 + pageBytes))
      bytes.copy(summed, 0, 0, 8)
      bytes.copy(summed, 8, frameHeaderBytes)
      return {
        page: bytes.readUInt32BE(0),
        isCommit: bytes.readUInt32BE(4) !== 0,
        salts: bytes.toString('hex', 8, 16),
        checksum: checksumAt(bytes, 16),
        words: words(summed, isForeign),
      }
    },
  }
}

function damage(log: Reader, isInDatabase: (page: number, content: Uint8Array) => boolean) {
  let isWhole = log.isWhole
  let generation = isWhole ? log.salts : null
  /** The log's head is synced before the first frame is written, as a commit is before the next. */
  let before = { isCommit: true, checksum: log.stored, computed: log.computed }
  let wholeUpTo = headerBytes
  let commitsBehind = 0
  let isProven = false
  let isOfHead = false

  for (let index = 0; index < log.frames; index++) {
    const frame = log.frame(index)
    let computed = sum(before.checksum, frame.words)
    let goesOn = same(computed, frame.checksum)
    isWhole &&= goesOn && frame.salts === generation && frame.page !== 0
    if (isWhole) {
      if (frame.isCommit) wholeUpTo = headerBytes + (index + 1) * log.frameBytes
    } else {
      // A checksum may be what is damaged: then what was to be there is what the next goes on from.
      const mended = sum(before.computed, frame.words)
      if (!goesOn && same(mended, frame.checksum)) {
        computed = mended
        goesOn = true
      }
      if (goesOn) generation ??= frame.salts
      if (goesOn && index === 0) isOfHead = true
      if (frame.salts === generation) {
        if (goesOn && before.isCommit) isProven = true
        if (frame.isCommit) commitsBehind++
      }
    }
    before = { isCommit: frame.isCommit, checksum: frame.checksum, computed }
  }
  if (!isProven || commitsBehind === 0) return null
  // A head that was being written anew when the power went stands before frames that are all in the database.
  const isRestart = !log.isWhole && !isOfHead && generation !== log.salts
  if (isRestart && isCopied(log, generation, isInDatabase)) return null
  return { wholeUpTo, commitsBehind }
}

/** Whether the last of each page of these commits is what the database has. */
function isCopied(
  log: Reader,
  generation: string | null,
  isInDatabase: (page: number, content: Uint8Array) => boolean,
): boolean {
  const last = new Map<number, number>()
  let open: [number, number][] = []
  for (let index = 0; index < log.frames; index++) {
    const { page, salts, isCommit } = log.frame(index)
    if (salts !== generation) {
      if (index === 0) return false
      continue
    }
    open.push([page, index])
    if (!isCommit) continue
    for (const [each, at] of open) last.set(each, at)
    open = []
  }
  return [...last].every(([page, index]) =>
    isInDatabase(page, new Uint8Array(log.frame(index).words.buffer, 8)),
  )
}

function words(bytes: Buffer, isForeign: boolean): Uint32Array {
  if (isForeign) bytes.swap32()
  return new Uint32Array(bytes.buffer)
}

function sum([first, second]: Checksum, words: Uint32Array): Checksum {
  let a = first | 0
  let b = second | 0
  for (let at = 0; at < words.length; at += 2) {
    a = (a + (words[at] as number) + b) | 0
    b = (b + (words[at + 1] as number) + a) | 0
  }
  return [a >>> 0, b >>> 0]
}

const same = (one: Checksum, other: Checksum): boolean => one[0] === other[0] && one[1] === other[1]
