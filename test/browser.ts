/** A headless Chromium, or the reason why there is none. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { settings } from './settings.ts'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = settings.chromium ?? places.find((place) => existsSync(place))

/** For `skip`. Under CI nothing is skipped, so that a browser that is missing there is a failure. */
export const noBrowser: string | false =
  executablePath === undefined && !settings.ci
    ? 'no Chromium: install the package "chromium", or say where it is in CHROMIUM'
    : false

export async function openBrowser(): Promise<Browser> {
  if (executablePath === undefined)
    throw new Error(`There is no Chromium at ${places.join(', ')}, nor one named by CHROMIUM`)
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
