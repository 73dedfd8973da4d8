// `npm run screenshots`: a picture of each page with something on it, in light and dark, on a phone and on a
// desk, in ./screenshots. Names of pages as arguments make those alone. For people to look at.
import { mkdirSync } from 'node:fs'
import { openBrowser } from '../test/browser.ts'
import { openGallery } from '../test/gallery.ts'

const wanted = process.argv.slice(2)
const folder = 'screenshots'
const sizes = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 860 } }

mkdirSync(folder, { recursive: true })
const browser = await openBrowser()
let gallery
try {
  gallery = await openGallery(browser)
  for (const as of ['reader', 'author']) {
    const context = await gallery.context(as)
    const page = await context.newPage()
    for (const { name, open, as: whose } of gallery.pictures) {
      if (whose !== as || (wanted.length > 0 && !wanted.includes(name))) continue
      try {
        await page.setViewportSize(sizes.desk)
        const status = await open(page)
        for (const [size, viewport] of Object.entries(sizes))
          for (const colorScheme of ['light', 'dark']) {
            await page.setViewportSize(viewport)
            await page.emulateMedia({ colorScheme })
            const path = `${folder}/${name}-${size}-${colorScheme}.png`
            await page.screenshot({ path, fullPage: true, animations: 'disabled' })
          }
        console.log(`${name} (${status})`)
      } catch (error) {
        process.exitCode = 1
        console.error(`${name}: ${error.message}`)
      }
    }
    await context.close()
  }
} finally {
  await gallery?.close()
  await browser.close()
}
