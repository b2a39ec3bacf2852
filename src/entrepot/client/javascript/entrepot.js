/**
 * Client of the HTTP API of Entrepot: one module without dependencies, for browsers, Node.js 18 and later, Deno and Bun.
 *
 *     import { Client } from "./entrepot.js";
 *
 *     const entrepot = new Client("http://127.0.0.1:8000");
 *     const quote = await entrepot.createQuote({
 *       ship_from: { country: "VN" }, ship_to: { country: "CN" }, date: "2026-03-01", currency: "CNY",
 *       lines: [{ hs_code: "0901.21", amount: "100.00" }],
 *     });
 *     quote.options.find((option) => option.id === quote.best).amount_landed; // "109.10"
 *
 * A method has the name of its operation in the API. Amounts are strings, in requests too: a JavaScript number is not
 * exact. Requests that fail on the network or by the server are sent again, within limits; a quote is stored with an
 * Idempotency-Key, so that it is stored once. The types are in entrepot.d.ts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

/** The address of a server that was started with `entrepot serve`. */
const HOME = "http://127.0.0.1:8000";
/** Milliseconds before the second attempt; each further wait is twice as long, up to LONGEST. */
const FIRST = 250;
const LONGEST = 8_000;
/** Milliseconds that a table may take. */
const TABLE = 300_000;

/** The server did not answer the request. Base class of the errors below. */
export class ApiError extends Error {
  constructor(message, { type, code, param = null, status = null, requestId = null, retryAfter = null, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    Object.assign(this, { type, code, param, status, requestId, retryAfter });
  }
}
/** The request is invalid, or what it names does not exist: change it. */
export class InvalidRequest extends ApiError {}
/** The API key is missing or revoked, or may not do this. */
export class NotAllowed extends ApiError {}
/** The Idempotency-Key is invalid, or was used for another request. */
export class KeyReused extends ApiError {}
/** Other requests with this Idempotency-Key are running: send the request again later. */
export class KeyInUse extends ApiError {}
/** The rate limit is exceeded: wait `retryAfter` seconds. */
export class TooMany extends ApiError {}
/** An error of the server, or of a proxy in front of it. */
export class ServerError extends ApiError {}
/** There was no answer, or it was incomplete. */
export class Unreachable extends ApiError {}

const KINDS = {
  invalid_request_error: InvalidRequest,
  authentication_error: NotAllowed,
  idempotency_error: KeyReused,
  rate_limit_error: TooMany,
  api_error: ServerError,
};

/** The client. Calls may run at the same time. */
export class Client {
  #url;
  #options;

  constructor(url = HOME, { key, language, timeout = 10_000, tries = 5, patience = 60_000, fetch = globalThis.fetch } = {}) {
    this.#url = String(url).replace(/\/+$/, "");
    this.#options = { key, language, timeout, tries, patience, fetch };
  }

  /** Quote a sale. The server stores the quote unless `store` is false. */
  async createQuote(sale, { store = true, idempotencyKey, ...more } = {}) {
    const headers = { "Content-Type": "application/json" };
    if (store) headers["Idempotency-Key"] = idempotencyKey === undefined ? randomKey() : checkedKey(idempotencyKey);
    const query = { store: store ? undefined : "false", ...this.#shown(more) };
    return this.#json("POST", "/v1/quotes", { query, headers, body: JSON.stringify(sale), signal: more.signal });
  }

  /** A page of the stored quotes of the API key, the newest first. */
  async listQuotes({ limit, startingAfter, ...more } = {}) {
    const query = { limit, starting_after: startingAfter, ...this.#shown(more) };
    return this.#json("GET", "/v1/quotes", { query, signal: more.signal });
  }

  /** Every stored quote of the API key, page by page. */
  async *allQuotes(options = {}) {
    for (let startingAfter, more = true; more; ) {
      const page = await this.listQuotes({ ...options, startingAfter });
      yield* page.data;
      more = page.has_more;
      startingAfter = page.data.at(-1)?.id;
    }
  }

  /** A stored quote. */
  async getQuote(number, more = {}) {
    return this.#json("GET", `/v1/quotes/${encodeURIComponent(number)}`, { query: this.#shown(more), signal: more.signal });
  }

  /** Calculate a stored quote again from its request and law, and compare. */
  async checkQuote(number, { signal } = {}) {
    return this.#json("GET", `/v1/quotes/${encodeURIComponent(number)}/check`, { signal });
  }

  /** Quote every row of a table: objects with the names of columns. A row that is not a sale has its `fault`. */
  async quoteTable(rows, { map = {}, set = {}, on, explain, signal } = {}) {
    const sent = [...rows];
    if (sent.length === 0) return [];
    const query = { on, explain };
    for (const [column, field] of Object.entries(map)) query[`map.${column}`] = field ?? "";
    for (const [field, value] of Object.entries(set)) query[`set.${field}`] = value;
    const headers = { "Content-Type": "application/jsonl" };
    const body = sent.map((row) => `${JSON.stringify(row)}\n`).join("");
    const read = (text, response) => readRows(text, response, sent.length);
    return this.#send("POST", "/v1/quotes/batch", { query, headers, body, signal, timeout: TABLE }, read);
  }

  /** Find goods by words or by the first digits of a code. */
  async findGoods({ q, economy, limit, language, signal } = {}) {
    return this.#json("GET", "/v1/goods", { query: { q, economy, limit, ...this.#shown({ language }) }, signal });
  }

  /** Classify goods by a `description`, or by several `descriptions`: codes with probabilities. */
  async classifyGoods(described, { language, signal } = {}) {
    const headers = { "Content-Type": "application/json" };
    const query = this.#shown({ language });
    return this.#json("POST", "/v1/classify", { query, headers, body: JSON.stringify(described), signal });
  }

  /** The rows of law in force for a code or a category of services. */
  async getLaw(economy, code, { on, language, signal } = {}) {
    const path = `/v1/law/${encodeURIComponent(economy)}/${encodeURIComponent(code)}`;
    return this.#json("GET", path, { query: { on, ...this.#shown({ language }) }, signal });
  }

  /** What begins, ends or changes after the day `from` and up to the day `to`. */
  async compareLaw(economy, { from, to, code, signal } = {}) {
    return this.#json("GET", `/v1/law/${encodeURIComponent(economy)}/diff`, { query: { from, to, code }, signal });
  }

  /** The economies and the available law. */
  async listEconomies({ signal } = {}) {
    return this.#json("GET", "/v1/economies", { signal });
  }

  /** The lawful import procedures of an economy. */
  async listProcedures({ economy, on, language, signal } = {}) {
    return this.#json("GET", "/v1/ways", { query: { economy, on, ...this.#shown({ language }) }, signal });
  }

  /** The agreements on digital trade between two economies, and what they open to the nodes of the two. */
  async getAgreements({ economy, partner, on, language, signal } = {}) {
    return this.#json("GET", "/v1/agreements", { query: { economy, partner, on, ...this.#shown({ language }) }, signal });
  }

  /** A page of the offers of the market; with `to`, what one piece costs delivered there. */
  async searchMarket({ q, pavilion, shipFrom, kind, to, buyer, limit, startingAfter, language, signal } = {}) {
    const query = { q, pavilion, ship_from: shipFrom, kind, to, buyer, limit, starting_after: startingAfter };
    return this.#json("GET", "/v1/market/offers", { query: { ...query, ...this.#shown({ language }) }, signal });
  }

  /** The pavilions of the market. */
  async listPavilions({ language, signal } = {}) {
    return this.#json("GET", "/v1/market/pavilions", { query: this.#shown({ language }), signal });
  }

  /** Create an offer of the organization of the key. */
  async createOffer(body, options = {}) {
    return this.#write("/v1/offers", body, { ...options, keyed: true });
  }

  /** A page of the offers of the organization, the newest first. */
  async listOffers({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/offers", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** An offer of the organization. */
  async getOffer(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/offers/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Change an offer, its stock or its status. */
  async updateOffer(number, body, options = {}) {
    return this.#write(`/v1/offers/${encodeURIComponent(number)}`, body, options);
  }

  /** Quote what would be ordered, divided into orders. */
  async quoteCheckout(body, options = {}) {
    return this.#write("/v1/checkouts", body, options);
  }

  /** Place the orders of a checkout, all or none. */
  async placeOrders(body, options = {}) {
    return this.#write("/v1/orders", body, { ...options, keyed: true });
  }

  /** A page of the orders of the organization, the newest first. */
  async listOrders({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/orders", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** An order of the organization. */
  async getOrder(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/orders/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** The match of order, payment, waybill and list, rule by rule. */
  async getMatch(number, { signal } = {}) {
    return this.#json("GET", `/v1/orders/${encodeURIComponent(number)}/match`, { signal });
  }

  /** The data of the general declaration of an order, for a broker. */
  async getGeneralDeclaration(number, { signal } = {}) {
    return this.#json("GET", `/v1/orders/${encodeURIComponent(number)}/general_declaration`, { signal });
  }

  /** Correct the data of an order before it is declared. */
  async correctOrder(number, body, options = {}) {
    return this.#write(`/v1/orders/${encodeURIComponent(number)}/correct`, body, options);
  }

  /** Declare an order again, as the seller: after its documents were corrected or refused. */
  async declareOrder(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/orders/${encodeURIComponent(number)}/declare`, { query: this.#shown({ language }), signal });
  }

  /** Cancel an order. */
  async cancelOrder(number, body = {}, options = {}) {
    return this.#write(`/v1/orders/${encodeURIComponent(number)}/cancel`, body, options);
  }

  /** Object to a service of an order of another node, as its buyer. */
  async objectToService(number, body, options = {}) {
    return this.#write(`/v1/orders/${encodeURIComponent(number)}/object`, body, options);
  }

  /** Accept a service of an order of another node, as its buyer. */
  async acceptService(number, body, options = {}) {
    return this.#write(`/v1/orders/${encodeURIComponent(number)}/accept_service`, body, options);
  }

  /** Make a new quote for an order that is not paid. */
  async quoteOrder(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/orders/${encodeURIComponent(number)}/quote`, { query: this.#shown({ language }), signal });
  }

  /** Accept a new quote for an order. */
  async acceptQuote(number, body, options = {}) {
    return this.#write(`/v1/orders/${encodeURIComponent(number)}/accept`, body, options);
  }

  /** Begin to pay an order. */
  async payOrder(number, body, options = {}) {
    return this.#write(`/v1/orders/${encodeURIComponent(number)}/pay`, body, { ...options, keyed: true });
  }

  /** Create an asset that is booked by time, as a seller. */
  async createAsset(body, options = {}) {
    return this.#write("/v1/assets", body, { ...options, keyed: true });
  }

  /** A page of the assets of the organization, the newest first. */
  async listAssets({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/assets", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** An asset of the organization. */
  async getAsset(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/assets/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Change an asset, its opening, its prices or its status. */
  async updateAsset(number, body, options = {}) {
    return this.#write(`/v1/assets/${encodeURIComponent(number)}`, body, options);
  }

  /** The times of an asset that can be booked: of any organization, or of an `offer` of another node. */
  async listFreeTimes({ asset, offer, since, until, minutes, language, signal } = {}) {
    return this.#json("GET", "/v1/free_times", { query: { asset, offer, since, until, minutes, ...this.#shown({ language }) }, signal });
  }

  /** Hold a time of an asset, or of an offer of another node, for 15 minutes. */
  async holdTime(body, options = {}) {
    return this.#write("/v1/bookings", body, { ...options, keyed: true });
  }

  /** A page of the bookings of the organization, the newest first. */
  async listBookings({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/bookings", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** A page of the courses of the organization, as a seller. */
  async listCourses({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/courses", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** A page of the learners in courses that the organization sold or bought. */
  async listEnrolments({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/enrolments", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** A page of the workspaces of the organization, with their seats. */
  async listWorkspaces({ limit, startingAfter, language, signal } = {}) {
    return this.#json("GET", "/v1/workspaces", { query: { limit, starting_after: startingAfter, ...this.#shown({ language }) }, signal });
  }

  /** A booking. */
  async getBooking(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/bookings/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Move a booking, check it in, finish or cancel it. */
  async updateBooking(number, body, options = {}) {
    return this.#write(`/v1/bookings/${encodeURIComponent(number)}`, body, options);
  }

  /** Record metered use of a booking, as the seller. */
  async recordUse(number, body, options = {}) {
    return this.#write(`/v1/bookings/${encodeURIComponent(number)}/use`, body, { ...options, keyed: true });
  }

  /** Apply for the return of pieces of an order. */
  async applyForReturn(body, options = {}) {
    return this.#write("/v1/returns", body, { ...options, keyed: true });
  }

  /** A page of the returns, the newest first. */
  async listReturns({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/returns", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** A return. */
  async getReturn(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/returns/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Record that the goods of a return are back, as the seller. */
  async receiveReturn(number, body = {}, options = {}) {
    return this.#write(`/v1/returns/${encodeURIComponent(number)}/receive`, body, options);
  }

  /** Refuse a return, as the seller. */
  async refuseReturn(number, body, options = {}) {
    return this.#write(`/v1/returns/${encodeURIComponent(number)}/refuse`, body, options);
  }

  /** Withdraw a return that customs was not asked about. */
  async withdrawReturn(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/returns/${encodeURIComponent(number)}/withdraw`, { query: this.#shown({ language }), signal });
  }

  /** Issue a document of an order. */
  async createDocument(body, options = {}) {
    return this.#write("/v1/documents", body, { ...options, keyed: true });
  }

  /** A page of the documents, the newest first. */
  async listDocuments({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/documents", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** A document, without what it says. */
  async getDocument(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/documents/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** A document as PDF: an ArrayBuffer. */
  async getDocumentPdf(number, { signal } = {}) {
    return this.#send("GET", `/v1/documents/${encodeURIComponent(number)}.pdf`, { signal, binary: true }, (bytes) => bytes);
  }

  /** A document as UBL 2.1: the text of the XML. */
  async getDocumentXml(number, { signal } = {}) {
    return this.#send("GET", `/v1/documents/${encodeURIComponent(number)}.xml`, { signal }, (text) => text);
  }

  /** A document as a verifiable credential: the signed text. */
  async getDocumentJwt(number, { signal } = {}) {
    return this.#send("GET", `/v1/documents/${encodeURIComponent(number)}.jwt`, { signal }, (text) => text);
  }

  /** Withdraw a document, as its issuer. */
  async withdrawDocument(number, body = {}, options = {}) {
    return this.#write(`/v1/documents/${encodeURIComponent(number)}/withdraw`, body, options);
  }

  /** A payment. */
  async getPayment(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/payments/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Pay a part of the price of the goods back, as the seller. */
  async refundOrder(number, body, options = {}) {
    return this.#write(`/v1/orders/${encodeURIComponent(number)}/refund`, body, { ...options, keyed: true });
  }

  /** The payouts of the organization, the newest first. */
  async listPayouts({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/payouts", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** A payout. */
  async getPayout(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/payouts/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** The statements of a month, one for each currency. */
  async listStatements({ month, language, signal } = {}) {
    return this.#json("GET", "/v1/statements", { query: { month, ...this.#shown({ language }) }, signal });
  }

  /** A statement with a page of its lines. */
  async getStatement(month, currency, { limit, startingAfter, language, signal } = {}) {
    const query = { limit, starting_after: startingAfter, ...this.#shown({ language }) };
    return this.#json("GET", `/v1/statements/${encodeURIComponent(month)}/${encodeURIComponent(currency)}`, { query, signal });
  }

  /** Name the border crossing of a shipment, as the seller. */
  async nameCrossing(number, body, options = {}) {
    return this.#write(`/v1/shipments/${encodeURIComponent(number)}/crossing`, body, options);
  }

  /** A page of the answers of customs that name no declaration of the node, for its operator. */
  async listUnmatchedAnswers({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/unmatched_answers", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** An unmatched answer of customs, for the operator. */
  async getUnmatchedAnswer(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/unmatched_answers/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Look again for the declaration of an unmatched answer, as the operator. */
  async retryUnmatchedAnswer(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/unmatched_answers/${encodeURIComponent(number)}/retry`, { query: this.#shown({ language }), signal });
  }

  /** Close an unmatched answer of customs, as the operator. */
  async closeUnmatchedAnswer(number, body = {}, options = {}) {
    return this.#write(`/v1/unmatched_answers/${encodeURIComponent(number)}/close`, body, options);
  }

  /** Create a programme of cooperation, as the operator. */
  async createProgramme(body, options = {}) {
    return this.#write("/v1/programmes", body, { ...options, keyed: true });
  }

  /** A page of the programmes, the newest first, for the operator. */
  async listProgrammes({ limit, startingAfter, language, signal } = {}) {
    return this.#json("GET", "/v1/programmes", { query: { limit, starting_after: startingAfter, ...this.#shown({ language }) }, signal });
  }

  /** A programme with its indicators, for the operator. */
  async getProgramme(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/programmes/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Change, start, end or cancel a programme, as the operator. */
  async updateProgramme(number, body, options = {}) {
    return this.#write(`/v1/programmes/${encodeURIComponent(number)}`, body, options);
  }

  /** The table of digital trade of the node after disclosure control, for its operator. */
  async getStatisticsTable({ period, partner, sector, product, currency, valuation, language, signal } = {}) {
    return this.#json("GET", "/v1/statistics/table", { query: { period, partner, sector, product, currency, valuation, ...this.#shown({ language }) }, signal });
  }

  /** What the node and another one have published, compared, for its operator. */
  async getStatisticsMirror({ peer, period, currency, language, signal } = {}) {
    return this.#json("GET", "/v1/statistics/mirror", { query: { peer, period, currency, ...this.#shown({ language }) }, signal });
  }

  /** Economies by published statistics that the operator added. */
  async getRanking({ year, flow, first, source, language, signal } = {}) {
    return this.#json("GET", "/v1/statistics/ranking", { query: { year, flow, first, source, ...this.#shown({ language }) }, signal });
  }

  /** A shipment. */
  async getShipment(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/shipments/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Create a shipment with a carrier of the seller. The same waybill for the same order is one shipment. */
  async createShipment(body, options = {}) {
    return this.#write("/v1/shipments", body, options);
  }

  /** Report the state of a shipment with a carrier of the seller. */
  async reportShipment(number, body, options = {}) {
    return this.#write(`/v1/shipments/${encodeURIComponent(number)}/report`, body, options);
  }

  /** A page of the deliveries of services, the newest first. */
  async listDeliveries({ limit, startingAfter, status, language, signal } = {}) {
    return this.#json("GET", "/v1/deliveries", { query: { limit, starting_after: startingAfter, status, ...this.#shown({ language }) }, signal });
  }

  /** A delivery of a service. */
  async getDelivery(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/deliveries/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Consent to what a delivery asks for, as its buyer, or withdraw the consent. */
  async consentToDelivery(number, body, options = {}) {
    return this.#write(`/v1/deliveries/${encodeURIComponent(number)}/consent`, body, options);
  }

  /** Accept a delivery, as its buyer. */
  async acceptDelivery(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/deliveries/${encodeURIComponent(number)}/accept`, { query: this.#shown({ language }), signal });
  }

  /** Object to a delivery, as its buyer. */
  async objectToDelivery(number, body, options = {}) {
    return this.#write(`/v1/deliveries/${encodeURIComponent(number)}/object`, body, options);
  }

  /** Cancel a delivery. */
  async cancelDelivery(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/deliveries/${encodeURIComponent(number)}/cancel`, { query: this.#shown({ language }), signal });
  }

  /** Report that the other side of a delivery did not come. */
  async reportNoShow(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/deliveries/${encodeURIComponent(number)}/no_show`, { query: this.#shown({ language }), signal });
  }

  /** Say that a service was delivered, as its provider. */
  async finishDelivery(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/deliveries/${encodeURIComponent(number)}/finish`, { query: this.#shown({ language }), signal });
  }

  /** Make a token that opens a session of a delivery once. */
  async createDeliveryToken(number, body = {}, options = {}) {
    return this.#write(`/v1/deliveries/${encodeURIComponent(number)}/tokens`, body, options);
  }

  /** A declaration. */
  async getDeclaration(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/declarations/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** A page of the events of the organization's objects, the newest first. */
  async listEvents({ limit, startingAfter, type, subject, language, signal } = {}) {
    return this.#json("GET", "/v1/events", { query: { limit, starting_after: startingAfter, type, subject, ...this.#shown({ language }) }, signal });
  }

  /** An event. */
  async getEvent(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/events/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** The signed checkpoint of the ledger, and the public key. */
  async getCheckpoint({ signal } = {}) {
    return this.#json("GET", "/v1/ledger/checkpoint", { signal });
  }

  /** An event with the proof that it is in the ledger. */
  async proveEvent({ event, signal } = {}) {
    return this.#json("GET", "/v1/ledger/proofs/inclusion", { query: { event }, signal });
  }

  /** The proof that the ledger of `first` events is the beginning of that of `second`. */
  async proveConsistency({ first, second, signal } = {}) {
    return this.#json("GET", "/v1/ledger/proofs/consistency", { query: { first, second }, signal });
  }

  /** Create a webhook endpoint. The answer has its secret. */
  async createWebhookEndpoint(body, options = {}) {
    return this.#write("/v1/webhook_endpoints", body, { ...options, keyed: true });
  }

  /** All webhook endpoints of the organization. */
  async listWebhookEndpoints({ language, signal } = {}) {
    return this.#json("GET", "/v1/webhook_endpoints", { query: { ...this.#shown({ language }) }, signal });
  }

  /** A webhook endpoint. */
  async getWebhookEndpoint(number, { language, signal } = {}) {
    return this.#json("GET", `/v1/webhook_endpoints/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Change, disable or enable a webhook endpoint. */
  async updateWebhookEndpoint(number, body, options = {}) {
    return this.#write(`/v1/webhook_endpoints/${encodeURIComponent(number)}`, body, options);
  }

  /** Delete a webhook endpoint and its log. */
  async deleteWebhookEndpoint(number, { language, signal } = {}) {
    return this.#json("DELETE", `/v1/webhook_endpoints/${encodeURIComponent(number)}`, { query: this.#shown({ language }), signal });
  }

  /** Replace the secret of a webhook endpoint. It is not sent again after a failure. */
  async replaceWebhookSecret(number, { language, signal } = {}) {
    return this.#json("POST", `/v1/webhook_endpoints/${encodeURIComponent(number)}/secret`, { query: this.#shown({ language }), signal, tries: 1 });
  }

  /** A page of what was sent to a webhook endpoint, the newest first. */
  async listWebhookDeliveries(number, { limit, startingAfter, event, language, signal } = {}) {
    return this.#json("GET", `/v1/webhook_endpoints/${encodeURIComponent(number)}/deliveries`, { query: { limit, starting_after: startingAfter, event, ...this.#shown({ language }) }, signal });
  }

  /** Send an event to a webhook endpoint again. */
  async resendWebhook(number, body, options = {}) {
    return this.#write(`/v1/webhook_endpoints/${encodeURIComponent(number)}/resend`, body, options);
  }

  /** The JSON Schema of "sale" or "quote". */
  async getSchema(name, { signal } = {}) {
    return this.#json("GET", `/v1/schemas/${encodeURIComponent(name)}`, { signal });
  }

  /** The state of the server, also where it reports an error. */
  async getHealth({ signal } = {}) {
    return this.#json("GET", "/v1/health", { signal, alsoRead: 503 });
  }

  /** The metrics of the server, in the text format of Prometheus. */
  async getMetrics({ signal } = {}) {
    return this.#send("GET", "/v1/metrics", { signal }, (text) => text);
  }

  /** The version of the server and the addresses of its documents. */
  async getApi({ signal } = {}) {
    return this.#json("GET", "/v1/", { signal });
  }

  /** The parameters that say which parts of an answer are wanted, and in which language. */
  #shown({ fields, language = this.#options.language }) {
    return { fields: Array.isArray(fields) ? fields.join(",") : fields, language };
  }

  /** Send a body; one that is `keyed` with an Idempotency-Key, so that it is done once. */
  #write(path, body, { language, signal, idempotencyKey, keyed = false, tries }) {
    const headers = { "Content-Type": "application/json" };
    if (keyed) headers["Idempotency-Key"] = idempotencyKey === undefined ? randomKey() : checkedKey(idempotencyKey);
    return this.#json("POST", path, { query: this.#shown({ language }), headers, body: JSON.stringify(body), signal, tries });
  }

  #json(method, path, request) {
    return this.#send(method, path, request, readJson);
  }

  async #send(method, path, { query = {}, headers = {}, body, signal, alsoRead, binary = false, timeout = 0, tries = this.#options.tries }, read) {
    const { key, patience } = this.#options;
    const url = `${this.#url}${path}${queryOf(query)}`;
    const request = { method, headers: key ? { ...headers, Authorization: `Bearer ${key}` } : headers, body };
    const until = Date.now() + patience;
    for (let attempt = 1, pause = FIRST; ; attempt += 1, pause = Math.min(pause * 2, LONGEST)) {
      let failure;
      try {
        const { response, text } = await this.#attempt(url, request, signal, Math.max(timeout, this.#options.timeout), binary);
        if (response.ok || response.status === alsoRead) return read(text, response);
        failure = refusal(response, text);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        failure = error;
      }
      if (!mayRepeat(failure)) throw failure;
      // Part of the wait is random, so that clients that were rejected together do not all retry together.
      const wait = failure.retryAfter === null ? pause * (0.5 + Math.random() / 2) : failure.retryAfter * 1000;
      if (attempt >= tries || Date.now() + wait > until) throw failure;
      await sleep(wait, signal);
    }
  }

  /** One attempt: the response with its whole text. Throws Unreachable without one. */
  async #attempt(url, request, signal, timeout, binary) {
    const stop = new AbortController();
    const abort = () => stop.abort(signal.reason);
    if (signal?.aborted) throw signal.reason;
    signal?.addEventListener("abort", abort, { once: true });
    const late = setTimeout(() => stop.abort(new Error(`no answer in ${timeout} ms`)), timeout);
    const { fetch } = this.#options;
    try {
      const response = await fetch(url, { ...request, signal: stop.signal });
      // A refusal is text, also where a file was asked for.
      const body = binary && response.ok ? response.arrayBuffer() : response.text();
      return { response, text: await body };
    } catch (error) {
      const why = stop.signal.aborted ? stop.signal.reason : error;
      throw unreachable("no_answer", `The server did not answer: ${why?.message ?? why}.`, why);
    } finally {
      clearTimeout(late);
      signal?.removeEventListener("abort", abort);
    }
  }
}

function queryOf(query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : "";
}

/** A key of 192 random bits. */
function randomKey() {
  return Array.from(globalThis.crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function checkedKey(text) {
  // Other characters, and spaces at the ends, are changed when they are sent in a header.
  if (typeof text === "string" && /^[!-~](?:[ -~]{0,253}[!-~])?$/.test(text)) return text;
  const shown = JSON.stringify(String(text).slice(0, 40));
  throw new TypeError(`${shown} is not an idempotencyKey. Use 1 to 255 printable ASCII characters, and no space at its ends.`);
}

function readJson(text, response) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreachable("not_understood", `The response is not JSON: ${error.message}`, error, response);
  }
}

/** The rows of an answer in JSON Lines; an error that was found after the first of them is the last line. */
function readRows(text, response, count) {
  const rows = text.split("\n").filter(Boolean).map((line) => readJson(line, response));
  const last = rows.at(-1);
  if (last && Object.keys(last).length === 1 && typeof last.error === "object" && rows.length <= count + 1) {
    throw errorOf(last.error, response);
  }
  if (rows.length !== count) throw unreachable("cut_short", `${rows.length} of ${count} rows were answered.`, undefined, response);
  return rows;
}

function refusal(response, text) {
  let said;
  try {
    said = JSON.parse(text).error;
  } catch { /* the answer is from a proxy or a load balancer in front of the server */ }
  if (typeof said?.type !== "string" || typeof said.message !== "string") {
    said = { type: typeOf(response.status), code: `http_${response.status}`, message: `The response was HTTP ${response.status}, not an error of this API.` };
  }
  return errorOf(said, response);
}

function errorOf({ type, code, message, param = null }, response) {
  const Kind = code === "idempotency_key_in_use" ? KeyInUse : KINDS[type] ?? ServerError;
  const retryAfter = secondsOf(response.headers.get("Retry-After"));
  return new Kind(message, { type, code, param, status: response.status, requestId: response.headers.get("X-Request-Id"), retryAfter });
}

/** The seconds of a Retry-After header, which is a number or a time; null if it is neither. */
function secondsOf(text) {
  if (text === null) return null;
  if (/^\s*\d+\s*$/.test(text)) return Number(text);
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : Math.max((moment - Date.now()) / 1000, 0);
}

function typeOf(status) {
  if (status === 401 || status === 403) return "authentication_error";
  if (status === 429) return "rate_limit_error";
  return status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
}

function unreachable(code, message, cause, response) {
  const requestId = response?.headers.get("X-Request-Id") ?? null;
  return new Unreachable(message, { type: "connection_error", code, cause, requestId });
}

/** Whether a request is sent again: the network or the server failed, or it has to wait. */
function mayRepeat(failure) {
  if (failure instanceof Unreachable) return failure.code === "no_answer";
  return failure instanceof KeyInUse || (failure instanceof ApiError && (failure.status === 429 || failure.status >= 500));
}

function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
