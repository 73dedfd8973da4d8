/**
 * CloudWatch log groups by their ARNs, as files of this machine: a line of JSON for each event, on disk
 * before the delivery has succeeded. What comes while one write is under way is written by the next, all
 * of it with one flush.
 */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArn } from '../../arn.ts'
import { DeliveryFailed, DeliveryRefused } from '../../errors.ts'
import type { Clock, ServiceTarget } from '../../ports.ts'
import { systemClock } from './clock.ts'

export interface LogGroupsOptions {
  readonly clock?: Pick<Clock, 'now'>
  /** A file that would grow beyond it is renamed to `….log.1`, whose predecessor goes; 64 MB when absent. */
  readonly maxBytes?: number
}

interface Line {
  readonly text: string
  readonly written: () => void
  readonly failed: (error: Error) => void
}

/**
 * A group's file is `<folder>/<name>.log`. What is no letter, digit, `_`, `-` or `.` of the name stands
 * there as %2F and the like. The folder is made when something is written.
 */
export function logGroups(
  folder: string,
  { clock = systemClock, maxBytes = 67_108_864 }: LogGroupsOptions = {},
): ServiceTarget {
  /** What is to be written, by file; an entry is there while somebody writes to it. */
  const pending = new Map<string, Line[]>()

  async function writeAll(path: string, lines: Line[]): Promise<void> {
    for (;;) {
      await new Promise(setImmediate) // what else comes in this turn
      const batch = lines.splice(0)
      if (batch.length === 0) break
      try {
        await append(folder, path, batch.map(({ text }) => text).join(''), maxBytes)
        for (const { written } of batch) written()
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        const error = new DeliveryFailed(`The log ${path} cannot be written: ${why}`, {
          ...{ code: 'INTERNAL_ERROR', cause },
        })
        for (const { failed } of batch) failed(error)
      }
    }
    pending.delete(path)
  }

  return {
    send({ arn, text }) {
      const name = groupOf(arn)
      if (name === null)
        return Promise.reject(
          new DeliveryRefused(
            `${arn} is no log group. One is named like arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/orders.`,
            { code: 'NO_RESOURCE' },
          ),
        )
      const path = join(folder, `${escaped(name)}.log`)
      return new Promise((written, failed) => {
        const line = { text: lineOf(text, clock.now()), written, failed }
        const lines = pending.get(path)
        if (lines) lines.push(line)
        else {
          const started = [line]
          pending.set(path, started)
          void writeAll(path, started)
        }
      })
    },
  }
}

function groupOf(arn: string): string | null {
  const { service, resource = '' } = parseArn(arn) ?? {}
  const [, name = ''] = /^log-group:([^:]+)(?::\*)?$/s.exec(resource) ?? []
  return service === 'logs' && name !== '' ? name : null
}

/** No name leads out of the folder, hides its file, is too long for one, or takes that of another. */
function escaped(name: string): string {
  const safe = encodeURIComponent(name.toWellFormed())
    .replace(/[!'()*~]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^\./, '%2E')
  if (safe.length <= 200) return safe
  return `${safe.slice(0, 130)}%${createHash('sha256').update(name).digest('hex')}`
}

/**
 * EventBridge takes `{"timestamp":…,"message":"…"}` from an input transformer, and makes one of all else:
 * of an event at its own time.
 */
function lineOf(text: string, now: Date): string {
  const { timestamp, message, time, ...rest } = members(text)
  const at = timeOf(timestamp)
  const isOne = at !== null && typeof message === 'string' && time === undefined
  const given = isOne && Object.keys(rest).length === 0
  return `${JSON.stringify(
    given
      ? { timestamp: at, message }
      : { timestamp: timeOf(time) ?? now.getTime(), message: text },
  )}\n`
}

function members(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Of milliseconds, also in a string, or of a time as events have it. */
function timeOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value === '') return null
  const at = Number.isFinite(Number(value)) ? Number(value) : Date.parse(value)
  return Number.isFinite(at) ? at : null
}

async function append(folder: string, path: string, text: string, maxBytes: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const data = Buffer.from(text)
  let file = await openLog(path)
  try {
    let { size } = await file.stat()
    let isNew = size === 0
    if (!isNew && size + data.length > maxBytes) {
      await file.close()
      await rename(path, `${path}.1`)
      file = await openLog(path)
      size = 0
      isNew = true
    }
    await appendTo(file, size, data)
    if (isNew) await flushFolder(folder)
  } finally {
    await file.close()
  }
}

const openLog = (path: string) =>
  open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600)

/** A line that was cut off, by a kill or a full disk, is ended before the next. */
async function appendTo(file: FileHandle, size: number, data: Buffer): Promise<void> {
  const last = Buffer.alloc(1)
  if (size > 0) await file.read(last, 0, 1, size - 1)
  const isCut = size > 0 && last[0] !== newline
  await file.appendFile(isCut ? Buffer.concat([Buffer.from('\n'), data]) : data)
  await file.datasync()
}
const newline = 10

/** So that a new file is found after a power cut. */
async function flushFolder(folder: string): Promise<void> {
  const directory = await open(folder, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
