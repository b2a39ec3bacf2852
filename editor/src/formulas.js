// The formulas of a sheet, calculated as entrepot.connect.office.formulas does: a test compares both.
const MAX_LENGTH = 1000, MAX_DEPTH = 32, MAX_READS = 300000, MAX_TEXT = 400000
const FUNCTIONS = new Set(['SUM', 'AVERAGE', 'MIN', 'MAX', 'COUNT', 'IF'])
const NUMBER = /^[-+]?\d{1,15}(\.\d{1,10})?$/, LEADING_ZERO = /^([-+]?0\d|\+)/
const TOKEN = /[ \t\r\n]*(?:(\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})|("(?:[^"]|"")*")|(#REF!)|(\$?[A-Za-z]\$?[1-9]\d{0,3})(?![A-Za-z0-9_(])|([A-Za-z]+)|(<=|>=|<>|[-+*/%(),;:=<>]))/y
const KINDS = ['number', 'text', 'gone', 'ref', 'name', 'op']
const COMPARISONS = ['=', '<>', '<', '>', '<=', '>=']

class Wrong {
  constructor(code) { this.code = code }
}
class NotRead extends Error {}
const wrong = (code) => new Wrong(`#${code}!`)
const DIVISION = wrong('DIV/0'), VALUE = wrong('VALUE'), REFERENCE = wrong('REF'), NUM = wrong('NUM')
const CIRCLE = wrong('CYCLE'), LIMIT = wrong('LIMIT')

// The texts of all cells with their values, by rows; a text that begins with = is a formula if it can be read as one.
export function calculate(rows) {
  const formulas = new Map(), values = new Map(), size = [rows.length, Math.max(0, ...rows.map((line) => line.length))]
  let left = MAX_TEXT
  rows.forEach((line, row) => line.forEach((text, column) => {
    if (text.startsWith('=')) left -= [...text].length
    const node = text.startsWith('=') && left >= 0 ? parse(text.slice(1)) : null
    if (node) formulas.set(row * 26 + column, node)
    else values.set(row * 26 + column, literal(text))
  }))
  run(formulas, values, size)
  return rows.map((line, row) => line.map((_text, column) => shown(values.get(row * 26 + column))))
}

// A formula is stored with the ids of its cells, so that it still means the same ones when others insert and delete.
const OUTSIDE = '"(?:[^"]|"")*"|'
const TYPED = new RegExp(`${OUTSIDE}(?<![A-Za-z0-9_$.\\[])(\\$?[A-Za-z]\\$?[1-9]\\d{0,3})(?![A-Za-z0-9_(])`, 'g')
const STORED = new RegExp(`${OUTSIDE}\\[([\\w-]{1,40})\\.([\\w-]{1,40})\\]`, 'g')
const MAX_STORED = 5000

export function toStored(text, rows, columns) {
  if (!text.startsWith('=')) return text
  const found = text.replace(TYPED, (whole, name) => {
    const [row, column] = name ? placeOf(name) : []
    return name && rows[row] && columns[column] ? `[${rows[row]}.${columns[column]}]` : whole
  })
  return found.length > MAX_STORED ? text : found
}

export function toTyped(text, rows, columns) {
  if (!text.startsWith('=')) return text
  return text.replace(STORED, (whole, row, column) => {
    if (!row) return whole
    const at = [rows.indexOf(row), columns.indexOf(column)]
    return at[0] < 0 || at[1] < 0 ? '#REF!' : `${String.fromCharCode(65 + at[1])}${at[0] + 1}`
  })
}

function literal(text) {
  if (!text) return null
  return NUMBER.test(text) && !LEADING_ZERO.test(text) ? Number(text) : text
}

function shown(value) {
  if (value === true || value === false) return value ? 'TRUE' : 'FALSE'
  if (value instanceof Wrong) return value.code
  if (typeof value !== 'number') return value ?? ''
  if (value === 0) return '0'
  const [mantissa, power] = Math.abs(value).toExponential(11).split('e'), exponent = Number(power)
  const digits = mantissa.replace('.', '').replace(/0+$/, ''), sign = value < 0 ? '-' : ''
  if (exponent >= 15 || exponent < -7) {
    return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}e${exponent < 0 ? '' : '+'}${exponent}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const part = digits.slice(exponent + 1)
  return `${sign}${digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')}${part ? `.${part}` : ''}`
}

function parse(text) {
  if ([...text].length > MAX_LENGTH) return null
  try {
    const reader = new Reader(tokens(text)), node = reader.comparison(0)
    return reader.at === reader.tokens.length ? node : null
  } catch (error) {
    if (error instanceof NotRead) return null
    throw error
  }
}

function tokens(text) {
  const found = [], end = text.replace(/[ \t\r\n]+$/, '').length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text)
    if (!match) throw new NotRead()
    const kind = match.slice(1).findIndex((each) => each !== undefined)
    found.push([KINDS[kind], match[kind + 1]])
  }
  return found
}

class Reader {
  constructor(list) { this.tokens = list; this.at = 0 }

  take(...wanted) {
    const [kind, text] = this.tokens[this.at] ?? ['', '']
    if (kind !== 'op' || !wanted.includes(text)) return ''
    this.at += 1
    return text
  }

  binary(depth, wanted, below) {
    let node = below.call(this, depth)
    for (let count = 0; ; count += 1) {
      const sign = this.take(...wanted)
      if (!sign) return node
      if (count >= MAX_DEPTH * 4) throw new NotRead()
      node = ['two', sign, node, below.call(this, depth)]
    }
  }

  comparison(depth) {
    if (depth > MAX_DEPTH) throw new NotRead()
    return this.binary(depth, COMPARISONS, this.sum)
  }

  sum(depth) { return this.binary(depth, ['+', '-'], this.product) }

  product(depth) { return this.binary(depth, ['*', '/'], this.signed) }

  signed(depth) {
    if (depth > MAX_DEPTH) throw new NotRead()
    const sign = this.take('-', '+')
    if (sign) return ['one', sign, this.signed(depth + 1)]
    let node = this.primary(depth)
    for (let count = 0; count < MAX_DEPTH; count += 1) {
      if (!this.take('%')) return node
      node = ['percent', node]
    }
    throw new NotRead()
  }

  primary(depth) {
    if (this.take('(')) {
      const node = this.comparison(depth + 1)
      if (!this.take(')')) throw new NotRead()
      return ['group', node]
    }
    if (this.at >= this.tokens.length) throw new NotRead()
    const [kind, text] = this.tokens[this.at]
    this.at += 1
    const name = text.toUpperCase()
    if (kind === 'number') return ['value', Number(text)]
    if (kind === 'text') return ['value', text.slice(1, -1).replaceAll('""', '"')]
    if (kind === 'gone') return ['value', REFERENCE]
    if (kind === 'ref') return this.reference(text)
    if (kind === 'name' && (name === 'TRUE' || name === 'FALSE')) return ['value', name === 'TRUE']
    if (kind === 'name' && FUNCTIONS.has(name) && this.take('(')) return this.call(name, depth)
    throw new NotRead()
  }

  reference(text) {
    const first = placeOf(text)
    if (!this.take(':')) return ['cell', ...first]
    const [kind, other] = this.tokens[this.at] ?? ['', '']
    this.at += 1
    if (kind === 'gone') return ['value', REFERENCE]
    if (kind !== 'ref') throw new NotRead()
    const last = placeOf(other)
    return ['range', Math.min(first[0], last[0]), Math.min(first[1], last[1]), Math.max(first[0], last[0]), Math.max(first[1], last[1])]
  }

  call(name, depth) {
    const parts = []
    for (;;) {
      parts.push(this.comparison(depth + 1))
      if (this.take(')')) break
      if (!this.take(',', ';')) throw new NotRead()
    }
    if (name === 'IF' && parts.length !== 2 && parts.length !== 3) throw new NotRead()
    return ['call', name, parts]
  }
}

function placeOf(text) {
  const plain = text.replaceAll('$', '').toUpperCase()
  return [Number(plain.slice(1)) - 1, plain.charCodeAt(0) - 65]
}

const partsOf = (node) => (node[0] === 'call' ? node[2] : node.slice(1)).filter(Array.isArray)

function reads(node, found = []) {
  if (node[0] === 'cell') found.push(node[1] * 26 + node[2])
  else if (node[0] === 'range') {
    for (let row = node[1]; row <= node[3]; row += 1) for (let column = node[2]; column <= node[4]; column += 1) found.push(row * 26 + column)
  } else for (const part of partsOf(node)) reads(part, found)
  return found
}

function sizeOf(node) {
  if (node[0] === 'range') return (node[3] - node[1] + 1) * (node[4] - node[2] + 1)
  return node[0] === 'cell' ? 1 : partsOf(node).reduce((total, part) => total + sizeOf(part), 0)
}

// Each formula after those that it reads. What reads too much, or runs in a circle, has no value.
function run(formulas, values, size) {
  const waits = new Map(), readers = new Map()
  let left = MAX_READS
  for (const [place, node] of formulas) {
    const count = sizeOf(node)
    if (count > left) {
      values.set(place, LIMIT)
      continue
    }
    left -= count
    const needed = [...new Set(reads(node))].filter((each) => formulas.has(each))
    waits.set(place, needed.length)
    for (const each of needed) {
      if (!readers.has(each)) readers.set(each, [])
      readers.get(each).push(place)
    }
  }
  const told = (place) => (readers.get(place) ?? []).forEach((each) => waits.set(each, waits.get(each) - 1))
  for (const place of formulas.keys()) if (values.has(place)) told(place)
  const ready = [...waits].filter(([, count]) => !count).map(([place]) => place)
  for (let at = 0; at < ready.length; at += 1) {
    const value = evaluate(formulas.get(ready[at]), values, size)
    values.set(ready[at], Array.isArray(value) ? VALUE : value ?? 0)
    for (const each of readers.get(ready[at]) ?? []) {
      waits.set(each, waits.get(each) - 1)
      if (!waits.get(each)) ready.push(each)
    }
  }
  for (const [place, count] of waits) if (count) values.set(place, CIRCLE)
}

function evaluate(node, values, size) {
  const [kind, first, second] = node
  if (kind === 'value') return first
  if (kind === 'group') return evaluate(first, values, size)
  if (kind === 'cell') return first < size[0] && second < size[1] ? values.get(first * 26 + second) ?? null : REFERENCE
  if (kind === 'range') return node[3] < size[0] && node[4] < size[1] ? reads(node).map((each) => values.get(each) ?? null) : REFERENCE
  if (kind === 'one') {
    const value = numberOf(evaluate(second, values, size))
    return first === '-' && typeof value === 'number' ? -value : value
  }
  if (kind === 'percent') {
    const value = numberOf(evaluate(first, values, size))
    return value instanceof Wrong ? value : value / 100
  }
  if (kind === 'two') return two(first, evaluate(second, values, size), evaluate(node[3], values, size))
  if (first === 'IF') {
    const found = numberOf(evaluate(second[0], values, size))
    if (found instanceof Wrong) return found
    if (found) return evaluate(second[1], values, size)
    return second.length === 3 ? evaluate(second[2], values, size) : false
  }
  return call(first, second.map((part) => [part[0], evaluate(part, values, size)]))
}

function numberOf(value) {
  if (value instanceof Wrong || typeof value === 'number') return value
  if (value === null || value === true || value === false) return Number(Boolean(value))
  return VALUE
}

const finite = (value) => (Number.isFinite(value) ? value : NUM)

function two(sign, one, other) {
  if (Array.isArray(one) || Array.isArray(other)) return VALUE
  if (COMPARISONS.includes(sign)) return compare(sign, one, other)
  const left = numberOf(one), right = numberOf(other)
  if (left instanceof Wrong) return left
  if (right instanceof Wrong) return right
  if (sign === '/') return right ? finite(left / right) : DIVISION
  return finite(sign === '+' ? left + right : sign === '-' ? left - right : left * right)
}

function compare(sign, one, other) {
  for (const each of [one, other]) if (each instanceof Wrong) return each
  const order = ordered(rank(one, other), rank(other, one))
  if (sign === '=' || sign === '<>') return (order === 0) === (sign === '=')
  if (sign === '<' || sign === '>=') return order < 0 === (sign === '<')
  return order > 0 === (sign === '>')
}

function rank(value, beside) {
  if (value === null && typeof beside === 'string') return [1, 0, []]
  if (typeof value === 'string') return [1, 0, Array.from(value.toLowerCase(), (each) => each.codePointAt(0))]
  if (typeof value === 'boolean') return [2, Number(value), []]
  return [0, typeof value === 'number' ? value : 0, []]
}

function ordered(left, right) {
  if (left[0] !== right[0]) return left[0] - right[0]
  if (left[1] !== right[1]) return left[1] < right[1] ? -1 : 1
  for (let at = 0; at < Math.min(left[2].length, right[2].length); at += 1) {
    if (left[2][at] !== right[2][at]) return left[2][at] - right[2][at]
  }
  return left[2].length - right[2].length
}

function call(name, parts) {
  if (name === 'COUNT') return parts.flatMap(([, value]) => value).filter((each) => typeof each === 'number').length
  const found = []
  for (const [kind, value] of parts) {
    if ((kind === 'cell' || kind === 'range') && !(value instanceof Wrong)) {
      const cells = Array.isArray(value) ? value : [value], bad = cells.find((each) => each instanceof Wrong)
      if (bad) return bad
      found.push(...cells.filter((each) => typeof each === 'number'))
      continue
    }
    const number = numberOf(value)
    if (number instanceof Wrong) return number
    found.push(number)
  }
  if (name === 'MIN') return found.reduce((least, each) => Math.min(least, each), found[0] ?? 0)
  if (name === 'MAX') return found.reduce((most, each) => Math.max(most, each), found[0] ?? 0)
  const total = finite(found.reduce((sum, each) => sum + each, 0))
  if (name === 'SUM' || total instanceof Wrong) return name !== 'SUM' && !found.length ? DIVISION : total
  return found.length ? total / found.length : DIVISION
}
