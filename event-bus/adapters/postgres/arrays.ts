/**
 * Arrays as PostgreSQL reads them without parsing: for each element its length and its bytes. As text
 * they cost twice the time, here and there, for what has to be quoted has to be unquoted.
 */

const int8Oid = 20
const textOid = 25
const headBytes = 20
const wordRange = 2 ** 32

function head(length: number, oid: number, bytes: number, hasNull: boolean): Buffer {
  const buffer = Buffer.allocUnsafe(headBytes + bytes)
  buffer.writeInt32BE(1, 0) // dimensions
  buffer.writeInt32BE(hasNull ? 1 : 0, 4)
  buffer.writeInt32BE(oid, 8)
  buffer.writeInt32BE(length, 12)
  buffer.writeInt32BE(1, 16) // the first has the index 1
  return buffer
}

/** Whole numbers from 0 to 2^53. */
export function int8Array(numbers: readonly number[]): Buffer {
  const buffer = head(numbers.length, int8Oid, numbers.length * 12, false)
  let at = headBytes
  for (const number of numbers) {
    buffer.writeInt32BE(8, at)
    buffer.writeUInt32BE(Math.floor(number / wordRange), at + 4)
    buffer.writeUInt32BE(number % wordRange, at + 8)
    at += 12
  }
  return buffer
}

export function textArray(texts: readonly string[]): Buffer {
  let bytes = 0
  for (const text of texts) bytes += 4 + Buffer.byteLength(text)
  const buffer = head(texts.length, textOid, bytes, false)
  let at = headBytes
  for (const text of texts) {
    const length = buffer.write(text, at + 4)
    buffer.writeInt32BE(length, at)
    at += 4 + length
  }
  return buffer
}
