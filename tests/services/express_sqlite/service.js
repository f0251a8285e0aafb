// The five endpoints on Express and better-sqlite3, sharing no code with the suite.
// Environment: PORT, STORE (a folder), LEAF_TOKEN, LEAF_USER_ID, LEAF_OTHER_USER_ID, VARIANT, MISTAKE.
const { createRequire } = require('node:module')
const { randomUUID } = require('node:crypto')
const zlib = require('node:zlib')
const load = createRequire(`${process.env.NODE_FOLDER}/package.json`)
const express = load('express')
const Database = load('better-sqlite3')

const { MISTAKE = '', VARIANT = '', LEAF_TOKEN: TOKEN } = process.env
const USERS = [process.env.LEAF_USER_ID, process.env.LEAF_OTHER_USER_ID]
const ALL = ['clientId', 'username', 'password', 'organizationCode', 'refreshToken', 'clientEnvironment']
const FEW = ['clientId', 'username', 'password', 'clientEnvironment']

const db = new Database(`${process.env.STORE}/store.db`)
db.exec(`CREATE TABLE credentials (
  user TEXT PRIMARY KEY, id TEXT, status TEXT, createdTime TEXT, clientId TEXT,
  username TEXT ${MISTAKE === 'insert-or-replace' ? 'UNIQUE' : ''}, password TEXT,
  organizationCode ${MISTAKE === 'integer-affinity' ? 'INTEGER' : 'TEXT'},
  refreshToken TEXT, clientEnvironment TEXT, accessToken TEXT);
  CREATE TABLE events (id TEXT, user TEXT, body TEXT, headers TEXT, statusCode INTEGER, createdDate TEXT)`)

const find = db.prepare('SELECT * FROM credentials WHERE user = ?')
const now = () => {
  const iso = new Date().toISOString()
  return MISTAKE === 'to-iso-string' ? iso : iso.replace('Z', String(process.hrtime()[1] % 1000).padStart(3, '0') + 'Z')
}
const shown = ({ user, password, ...rest }) => MISTAKE === 'spread-everything' ? { ...rest, user, password } : rest

const text = (value) => {
  if (MISTAKE === 'trim') return value.trim()
  if (MISTAKE === 'cut') return value.slice(0, 255)
  if (MISTAKE === 'escape-html') return value.replace(/&/g, '&amp;').replace(/</g, '&lt;')
  return value
}
const save = (user, body) => {
  const old = find.get(user)
  const row = { organizationCode: '', refreshToken: '' }
  for (const name of ALL) if (name in body) row[name] = text(body[name])
  if (MISTAKE === 'or-what-was' && old) for (const name of ALL) row[name] = row[name] || old[name]
  if (MISTAKE === 'lower-case-username') row.username = row.username.toLowerCase()
  if (MISTAKE === 'stringified-zero') row.organizationCode = String(Number(row.organizationCode) || row.organizationCode)
  const id = VARIANT === 'keeps-id' && old ? old.id : MISTAKE === 'same-id' ? '1' : randomUUID()
  const whole = { id, status: 'CONNECTED', createdTime: now(), accessToken: randomUUID(), ...row, user }
  if (MISTAKE === 'mass-assignment') Object.assign(whole, Object.fromEntries(Object.entries(body).filter(([k]) => k in whole)))
  const verb = MISTAKE === 'insert-or-replace' ? 'INSERT OR REPLACE' : 'INSERT'
  if (verb === 'INSERT') db.prepare('DELETE FROM credentials WHERE user = ?').run(user)
  db.prepare(`${verb} INTO credentials VALUES (@user, @id, @status, @createdTime, @clientId, @username, @password,
    @organizationCode, @refreshToken, @clientEnvironment, @accessToken)`).run(whole)
  db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)').run(randomUUID(), user, '{"a":1}', 'x-request-id: 1', 200, now())
  return shown(find.get(user))
}

const app = express()
app.disable('x-powered-by')
if (MISTAKE === 'constant-etag') app.set('etag', () => 'W/"credentials"')
if (VARIANT === 'gzip') {
  app.use((req, res, next) => {
    const accepts = String(req.headers['accept-encoding'] || '').includes('gzip')
    const json = res.json.bind(res)
    res.json = (value) => accepts
      ? res.set('Content-Encoding', 'gzip').type('json').send(zlib.gzipSync(JSON.stringify(value)))
      : json(value)
    next()
  })
}
const parse = express.json({ limit: '2mb', strict: true })
const base = '/services/usermanagement/api/users/:user'

const authorised = (req, res, next) => {
  const given = String(req.headers.authorization || '')
  let good = given === `Bearer ${TOKEN}`
  if (MISTAKE === 'starts-with') good = given.length > 10 && `Bearer ${TOKEN}`.startsWith(given)
  if (MISTAKE === 'token-includes') good = given.includes(TOKEN)
  if (MISTAKE === 'delete-without-token' && req.method === 'DELETE') good = true
  if (!good) return res.status(401).json({ error: 'unauthorized' })
  if (!USERS.includes(req.params.user)) return res.status(404).json({ error: 'unknown user' })
  next()
}
app.use(base, authorised)

const check = (names) => (req, res, next) => {
  const body = req.body
  if (MISTAKE === 'array-body-500' && body.clientId.length === 0) return next()
  if (!body || typeof body !== 'object' || Array.isArray(body)) return res.status(400).json({ error: 'an object is needed' })
  for (const name of names) {
    if (MISTAKE === 'no-type-check' && body[name] !== undefined && body[name] !== null) { body[name] = String(body[name]); continue }
    if (MISTAKE === 'list-500' && Array.isArray(body[name])) throw new TypeError('value.trim is not a function')
    if (typeof body[name] !== 'string') return res.status(400).json({ error: `${name} is needed` })
    if (!body[name].isWellFormed()) return res.status(400).json({ error: `${name} is not Unicode` })
  }
  if (!['STAGE', 'PRODUCTION'].includes(body.clientEnvironment)) {
    if (MISTAKE === 'any-environment') return next()
    return res.status(400).json({ error: 'clientEnvironment' })
  }
  next()
}

app.get(`${base}/panorama-credentials`, (req, res) => {
  const row = find.get(req.params.user)
  if (!row) return VARIANT === '204' ? res.status(204).end() : res.status(404).json({ error: 'none' })
  if (MISTAKE === 'id-changes') db.prepare('UPDATE credentials SET id = ? WHERE user = ?').run(randomUUID(), req.params.user)
  res.json(shown(row))
})
app.post(`${base}/panorama-credentials`, parse, check(ALL), (req, res) => {
  const { user } = req.params
  if (VARIANT === 'accepted') {
    setTimeout(() => save(user, req.body), 2000)
    const { password, ...sent } = req.body
    return res.status(202).json({ id: 'pending', status: 'PENDING', createdTime: now(), accessToken: 'pending',
      ...Object.fromEntries(Object.entries(sent).filter(([k]) => ALL.includes(k))) })
  }
  if (MISTAKE === 'lost-write' && find.get(user)) {
    const { password, ...sent } = req.body
    return res.status(201).json({ ...shown(find.get(user)), ...sent })
  }
  const answer = save(user, req.body)
  if (MISTAKE === 'text-answer') return res.status(201).type('text/plain').send(JSON.stringify(answer))
  res.status(201).json(answer)
})
app.delete(`${base}/panorama-credentials`, (req, res) => {
  const { user } = req.params
  if (MISTAKE === 'soft-delete') db.prepare("UPDATE credentials SET status = 'DELETED' WHERE user = ?").run(user)
  else db.prepare('DELETE FROM credentials WHERE user = ?').run(user)
  if (MISTAKE !== 'events-stay') db.prepare('DELETE FROM events WHERE user = ?').run(user)
  res.status(200).json({ deleted: true })
})
app.get(`${base}/panorama-credentials/events`, (req, res) => {
  const rows = db.prepare('SELECT id, body, headers, statusCode, createdDate FROM events WHERE user = ?').all(req.params.user)
  res.json(MISTAKE === 'events-wrapped' ? { items: rows } : rows)
})
app.post(`${base}/one-click-integration/Panorama`, parse, check(FEW), (req, res) => {
  const { user } = req.params
  const other = USERS.find((u) => u !== user)
  if (MISTAKE === 'one-click-late-for-other') setTimeout(() => save(other, req.body), 400)
  if (MISTAKE === 'one-click-drops-other') db.prepare('DELETE FROM credentials WHERE user = ?').run(other)
  if (MISTAKE === 'one-click-shows-password') return res.json({ signInUrl: `https://panorama.example/?p=${encodeURIComponent(req.body.password)}` })
  if (VARIANT === 'one-click-at-once' || MISTAKE === 'one-click-other-values') {
    save(user, MISTAKE ? { ...req.body, clientId: 'leaf-client' } : req.body)
  }
  res.json({ signInUrl: 'https://panorama.example/authorize' })
})
app.use((req, res) => res.status(404).json({ error: 'no such page' }))
app.use((error, req, res, next) => {
  const status = error.status || 500
  if (MISTAKE === 'stack-with-body') return res.status(status).type('html').send(`<pre>${error.stack} ${error.body || JSON.stringify(req.body)}</pre>`)
  res.status(status).json({ error: status === 500 ? 'internal' : 'bad request' })
})
app.listen(Number(process.env.PORT), '127.0.0.1')
