// `npm run screenshots`: a picture of each page with something on it, in light and dark, on a phone and on a
// desk, in ./screenshots, and one of each mail. Names as arguments make those alone. For people to look at.
import { mkdirSync } from 'node:fs'
import { openBrowser } from '../test/browser.ts'
import { openGallery } from '../test/gallery.ts'
import { mails } from '../test/gallery-mails.ts'

const wanted = process.argv.slice(2)
const folder = 'screenshots'
const sizes = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 860 } }

mkdirSync(folder, { recursive: true })
const browser = await openBrowser()
let gallery

/** An open page, on each screen in each light. */
async function shoot(page, name, screens) {
  for (const [size, viewport] of Object.entries(screens))
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      // What stands in a frame is painted when it is seen.
      if (page.frames().length > 1) {
        await page.setViewportSize({ ...viewport, height: 2_600 })
        await page.waitForTimeout(500)
      }
      const path = `${folder}/${name}-${size}-${colorScheme}.png`
      await page.screenshot({ path, fullPage: true, animations: 'disabled' })
    }
}

try {
  const program = await browser.newPage()
  for (const [name, { html, subject }] of await mails()) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    await program.setContent(html)
    await shoot(program, name, { ...sizes, desk: { width: 800, height: 600 } })
    console.log(`${name} (${subject})`)
  }
  gallery = await openGallery(browser)
  for (const as of ['reader', 'author']) {
    const context = await gallery.context(as)
    const page = await context.newPage()
    for (const { name, open, as: whose } of gallery.pictures) {
      if (whose !== as || (wanted.length > 0 && !wanted.includes(name))) continue
      try {
        await page.setViewportSize(sizes.desk)
        const status = await open(page)
        await shoot(page, name, sizes)
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
