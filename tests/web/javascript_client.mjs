// The JavaScript client against a running server. Arguments: the client, the address, a key with all scopes.
import assert from "node:assert/strict";
import { test } from "node:test";

const [file, url, key] = process.argv.slice(2);
const { ApiError, Client, InvalidRequest, KeyReused, NotAllowed } = await import(file);
const entrepot = new Client(url, { key });
const SALE = {
  ship_from: { country: "VN" }, ship_to: { country: "CN" }, date: "2026-03-01", currency: "CNY",
  lines: [{ hs_code: "0901.21", amount: "100.00" }],
};
const best = (quote) => quote.options.find((each) => each.id === quote.best);

test("a quote is stored, read, checked and listed", async () => {
  const quote = await entrepot.createQuote(SALE);
  assert.equal(best(quote).amount_landed, "109.10");
  assert.deepEqual(await entrepot.getQuote(quote.id), quote);
  assert.equal((await entrepot.checkQuote(quote.id)).same, true);
  const page = await entrepot.listQuotes({ limit: 1 });
  assert.deepEqual([page.data[0].id, page.data[0].sale], [quote.id, SALE]);
});

test("every page of the list is read", async () => {
  for (let count = 0; count < 3; count += 1) await entrepot.createQuote(SALE, { fields: "best" });
  const ids = [];
  for await (const each of entrepot.allQuotes({ limit: 2, fields: ["best"] })) ids.push(each.id);
  assert.ok(ids.length >= 3);
  assert.equal(new Set(ids).size, ids.length);
});

test("an unstored quote, its parts and its language", async () => {
  const quote = await entrepot.createQuote(SALE, { store: false, fields: ["best", "options.title"], language: "zh" });
  assert.deepEqual(Object.keys(quote), ["object", "best", "options"]);
  assert.equal(quote.options[0].title, "跨境电子商务零售进口");
  const vietnamese = new Client(url, { key, language: "vi" });
  const titles = [vietnamese, entrepot].map((each) => each.createQuote(SALE, { store: false }).then((one) => one.options[0].title));
  assert.notEqual(...(await Promise.all(titles)));
});

test("an Idempotency-Key returns the same quote, and no other one", async () => {
  const idempotencyKey = `cart ${Math.random()}`;
  const [first, second] = [await entrepot.createQuote(SALE, { idempotencyKey }), await entrepot.createQuote(SALE, { idempotencyKey })];
  assert.equal(first.id, second.id);
  await assert.rejects(entrepot.createQuote({ ...SALE, currency: "USD" }, { idempotencyKey }), KeyReused);
  for (const wrong of ["", " 17", "cart ☕", "x".repeat(256), 17]) {
    await assert.rejects(entrepot.createQuote(SALE, { idempotencyKey: wrong }), TypeError);
  }
});

test("a table is answered row by row", async () => {
  const row = { ship_from_country: "VN", ship_to_country: "CN", currency: "CNY", date: "2026-03-01", code: "0901.21", amount: "100.00", note: "ă" };
  const rows = await entrepot.quoteTable([row, { ...row, code: "x" }], { map: { code: "hs_code", note: null }, set: { buyer_kind: "consumer" } });
  assert.deepEqual(rows.map((each) => [Number(each.landed), each.note, Boolean(each.fault)]), [[109.1, "ă", false], [0, "ă", true]]);
  assert.deepEqual(await entrepot.quoteTable([]), []);
  await assert.rejects(entrepot.quoteTable([row], { map: { code: "nonsense" } }), InvalidRequest);
});

test("goods, law, procedures, economies and the documents of the server", async () => {
  assert.ok((await entrepot.findGoods({ q: "coffee", economy: "CN", limit: 3 })).data[0].code.startsWith("0901"));
  assert.equal((await entrepot.classifyGoods({ description: "roasted coffee beans", to: "CN" })).candidates[0].hs6.slice(0, 4), "0901");
  assert.equal((await entrepot.classifyGoods({ descriptions: ["0901.21", ""] })).data.map((each) => each.reason).join(), "is_a_code,empty");
  assert.equal((await entrepot.getLaw("CN", "0901.21", { on: "2026-03-01" })).code, "090121");
  assert.equal((await entrepot.compareLaw("ZZ", { from: "2025-12-31", to: "2026-01-01" })).object, "law_diff");
  assert.equal((await entrepot.listProcedures({ economy: "ZZ", on: "2026-03-01" })).economy, "ZZ");
  assert.equal((await entrepot.getAgreements({ economy: "VN", partner: "CN", on: "2026-03-01" })).in_force[0].id, "rcep_ecommerce");
  assert.ok((await entrepot.listEconomies()).data.length > 200);
  assert.equal((await entrepot.getSchema("sale")).title, "Sale");
  assert.match((await entrepot.getHealth()).status, /^(ok|error)$/);
  assert.match(await entrepot.getMetrics(), /entrepot_requests_total/);
  assert.equal((await entrepot.getApi()).javascript, "/entrepot.js");
});

test("a refusal is an error with its code, its field and the id of the request", async () => {
  await assert.rejects(entrepot.createQuote({ ...SALE, lines: [{ hs_code: "0901.21", amuont: "1" }] }), (error) => {
    assert.ok(error instanceof InvalidRequest && error instanceof ApiError);
    assert.deepEqual([error.name, error.type, error.code, error.status, error.param], ["InvalidRequest", "invalid_request_error", "unknown_field", 422, "lines[0].amuont"]);
    assert.match(error.requestId, /^req_/);
    return true;
  });
  await assert.rejects(entrepot.getQuote("qt_none/../of this"), (error) => error instanceof InvalidRequest && error.status === 404);
  await assert.rejects(entrepot.getLaw("XX", "0901"), InvalidRequest);
  await assert.rejects(new Client(url, { key: "ek_of_nobody" }).createQuote(SALE), (error) => error instanceof NotAllowed && error.code === "no_key");
  await assert.rejects(new Client(url).listQuotes(), NotAllowed);
});

test("a signal ends a call with its reason", async () => {
  const reason = new Error("enough");
  await assert.rejects(entrepot.listEconomies({ signal: AbortSignal.abort(reason) }), reason);
});
