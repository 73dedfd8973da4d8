/** What comes above the reader's eyes moves nothing under them. */

/** Most browsers hold the place by themselves (scroll anchoring); at the top there is none to hold. */
export function keepReadingPlace(list: Element, change: () => void): void {
  const isHeld = CSS.supports('overflow-anchor', 'auto') || window.scrollY === 0
  const seen = isHeld
    ? undefined
    : [...list.children].find((each) => each.getBoundingClientRect().bottom > 0)
  const before = seen?.getBoundingClientRect().top ?? 0
  change()
  if (seen?.isConnected) window.scrollBy(0, seen.getBoundingClientRect().top - before)
}
