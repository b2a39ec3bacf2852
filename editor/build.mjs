// Bundles the editor and writes the licences of what it contains beside it: npm ci && npm run build
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

const OUT = '../src/entrepot/web/static/web/editor.js'
const { metafile } = await build({
  entryPoints: ['src/main.js'],
  outfile: OUT,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2020'],
  legalComments: 'none',
  metafile: true,
})

const folders = new Set()
for (const input of Object.keys(metafile.inputs)) {
  const found = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)
  if (found) folders.add(join('node_modules', found[1]))
}
const notices = [...folders].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')))
  const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each))
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${license}`
  return `${name} ${version} (${license})\n\n${text}\n`
})
const line = '-'.repeat(100)
writeFileSync(join(dirname(OUT), 'editor.licences.txt'), notices.join(`\n${line}\n\n`))
