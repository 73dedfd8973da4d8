/** Whether percent-encoded text is well-formed; the decoders below us would put a substitute or leave it. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
