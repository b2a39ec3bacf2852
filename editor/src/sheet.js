// The sheet: rows and columns are lists of ids, so that two people can insert and delete at once; a cell belongs to ids.
// A formula shows its value, and itself while its cell is edited.
import { calculate, toStored, toTyped } from './formulas.js'

const MAX_ROWS = 500, MAX_COLUMNS = 26

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(6)), (each) => each.toString(16).padStart(2, '0')).join('')
const letter = (index) => String.fromCharCode(65 + index)

export function openSheet({ doc, presence, place, bar, page, labels }) {
  const rows = doc.getArray('rows'), columns = doc.getArray('columns'), cells = doc.getMap('cells')
  const table = document.createElement('table')
  table.className = 'grid'
  place.append(table)
  let fields = new Map(), values = new Map(), at = null

  const across = () => columns.toArray().slice(0, MAX_COLUMNS), down = () => rows.toArray().slice(0, MAX_ROWS)
  const stored = (key) => {
    const value = cells.get(key)
    return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 5000) : ''
  }
  const typed = (key) => toTyped(stored(key), down(), across())
  const text = (key) => (document.activeElement === fields.get(key) ? typed(key) : values.get(key) ?? stored(key))

  // The values of all formulas; a sheet without any costs nothing.
  const count = () => {
    const before = values, right = across(), left = down()
    values = new Map()
    if ([...cells.values()].some((each) => typeof each === 'string' && each.startsWith('='))) {
      const keys = left.map((row) => right.map((column) => `${row}.${column}`))
      const found = calculate(keys.map((line) => line.map((key) => toTyped(stored(key), left, right))))
      keys.forEach((line, row) => line.forEach((key, column) => {
        if (stored(key).startsWith('=')) values.set(key, found[row][column])
      }))
    }
    for (const key of new Set([...before.keys(), ...values.keys()])) if (fields.has(key)) show(key)
  }

  const show = (key) => {
    const field = fields.get(key)
    if (document.activeElement !== field) field.value = text(key)
    field.title = values.has(key) ? typed(key) : ''
  }

  const draw = () => {
    const focus = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : null
    const old = fields.get(focus)
    // What somebody is typing is kept; a formula that nobody changed is shown with the new names.
    const kept = old && old.value !== old.formula ? old.value : null
    fields = new Map()
    const head = document.createElement('tr')
    head.append(document.createElement('td'))
    const right = across()
    right.forEach((_id, index) => head.append(heading(letter(index), 'col')))
    const body = down().map((row, number) => {
      const line = document.createElement('tr')
      line.append(heading(String(number + 1), 'row'))
      right.forEach((column, index) => line.append(cell(`${row}.${column}`, `${letter(index)}${number + 1}`)))
      return line
    })
    table.replaceChildren(head, ...body)
    if (focus && fields.has(focus)) {
      const field = fields.get(focus)
      field.focus()
      if (kept !== null) field.value = kept
    }
    count()
    mark()
  }

  const heading = (text, scope) => {
    const made = document.createElement('th')
    made.scope = scope
    made.textContent = text
    return made
  }

  const cell = (key, name) => {
    const made = document.createElement('td'), field = document.createElement('input')
    field.value = stored(key)
    field.dataset.key = key
    field.setAttribute('aria-label', name)
    field.autocomplete = 'off'
    field.maxLength = 5000
    field.readOnly = !page.writes
    field.onfocus = () => {
      at = key
      if (values.has(key)) {
        field.value = field.formula = typed(key)
        field.select()
      }
      presence.setLocalStateField('cell', key)
    }
    field.onblur = () => {
      if (values.has(key) && [field.formula, typed(key)].includes(field.value)) field.value = values.get(key)
      field.formula = undefined
    }
    field.onchange = () => store(key, field.value)
    field.onkeydown = (event) => step(event, key)
    fields.set(key, field)
    made.append(field)
    return made
  }

  const store = (key, given) => {
    const value = toStored(given, down(), across())
    if (stored(key) === value || typed(key) === given || !page.writes) return
    if (value) cells.set(key, value)
    else cells.delete(key)
  }

  const step = (event, key) => {
    const by = { ArrowDown: 1, Enter: event.shiftKey ? -1 : 1, ArrowUp: -1 }[event.key]
    if (!by) return
    const [row, column] = key.split('.')
    const next = rows.toArray()[rows.toArray().indexOf(row) + by]
    event.preventDefault()
    store(key, fields.get(key).value)
    if (next && fields.has(`${next}.${column}`)) fields.get(`${next}.${column}`).focus()
  }

  const mark = () => {
    for (const each of table.querySelectorAll('.chosen')) each.className = ''
    for (const [client, state] of presence.getStates()) {
      if (client !== doc.clientID && state.cell && fields.has(state.cell)) {
        fields.get(state.cell).className = `chosen ${state.user ? state.user.tint : 'tint0'}`
      }
    }
  }

  const button = (name, act) => {
    const made = document.createElement('button')
    made.type = 'button'
    made.textContent = labels[name]
    made.onclick = act
    bar.append(made)
  }

  if (page.writes) {
    const place = (list) => (at ? list.toArray().indexOf(at.split('.')[list === rows ? 0 : 1]) : -1)
    button('addRow', () => rows.length < MAX_ROWS && rows.insert(place(rows) < 0 ? rows.length : place(rows) + 1, [newId()]))
    button('addColumn', () => columns.length < MAX_COLUMNS && columns.insert(place(columns) < 0 ? columns.length : place(columns) + 1, [newId()]))
    button('deleteRow', () => rows.length > 1 && place(rows) >= 0 && rows.delete(place(rows)))
    button('deleteColumn', () => columns.length > 1 && place(columns) >= 0 && columns.delete(place(columns)))
  }
  rows.observe(draw)
  columns.observe(draw)
  cells.observe((event) => {
    for (const key of event.keysChanged) if (fields.has(key)) fields.get(key).value = fields.get(key).formula = typed(key)
    count()
  })
  presence.on('change', mark)
  draw()
  return {
    chosen: () => (at && fields.has(at) ? `${fields.get(at).getAttribute('aria-label')}: ${fields.get(at).value}` : ''),
    restore: (old) => doc.transact(() => {
      for (const [list, name] of [[rows, 'rows'], [columns, 'columns']]) {
        list.delete(0, list.length)
        list.insert(0, old.getArray(name).toArray())
      }
      for (const key of cells.keys()) if (!old.getMap('cells').has(key)) cells.delete(key)
      old.getMap('cells').forEach((value, key) => { if (cells.get(key) !== value) cells.set(key, value) })
    }),
  }
}
