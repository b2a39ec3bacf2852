/** The types of entrepot.js, the client of the HTTP API of Entrepot. SPDX-License-Identifier: Apache-2.0 */

export type Language = "en" | "zh" | "vi" | "th" | "km";

export interface ClientOptions {
  /** An API key, `ek_…`. Never send it to a browser of somebody else, unless it is one of the sandbox (`ek_test_…`). */
  key?: string;
  /** The language of the texts of answers, where a call does not name one. */
  language?: Language;
  /** Milliseconds to wait for an answer. Default 10 000. */
  timeout?: number;
  /** The most attempts of a request. Default 5. */
  tries?: number;
  /** Milliseconds after which a request is not sent again. Default 60 000. */
  patience?: number;
  /** Your own `fetch`. */
  fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  /** Ends the call: it rejects with the reason of the signal. */
  signal?: AbortSignal;
}

export interface Shown extends CallOptions {
  /** The parts of a quote to return, such as `["best", "options.amount_landed"]`; "*" is everything. */
  fields?: string | readonly string[];
  language?: Language;
}

/** A quote that the server stores until `expires_at`. */
export interface StoredQuote extends Quote {
  id: string;
  hash: string;
  created: string;
  expires_at: string;
  /** true in an answer to a key of the sandbox. */
  sandbox?: true;
}

/** The parts of a quote that `fields` names. */
export type QuoteParts = { object: "quote" } & Partial<StoredQuote>;

/** A quote of a list: the parts that were asked for, and the sale that it answers. */
export type ListedQuote = QuoteParts & { id: string; hash: string; created: string; expires_at: string; sale: Sale };

export interface QuotePage {
  object: "list";
  has_more: boolean;
  data: ListedQuote[];
}

/** A page of a list. With `has_more`, `startingAfter` the last `id` gives the next page. */
export interface Page<T> {
  object: "list";
  has_more: boolean;
  data: T[];
}

export interface CreateOptions extends CallOptions {
  language?: Language;
  /** 1 to 255 printable ASCII characters: a repeated call with the same key returns the same quote. */
  idempotencyKey?: string;
}

/** The client. Calls may run at the same time. Every call rejects with an ApiError if there is no answer. */
export class Client {
  constructor(url?: string | URL, options?: ClientOptions);
  createQuote(sale: Sale, options?: CreateOptions & { store?: true; fields?: undefined }): Promise<StoredQuote>;
  createQuote(sale: Sale, options: CallOptions & { store: false; fields?: undefined; language?: Language }): Promise<Quote>;
  createQuote(sale: Sale, options: CreateOptions & Shown & { store?: boolean }): Promise<QuoteParts>;
  listQuotes(options?: Shown & { limit?: number; startingAfter?: string }): Promise<QuotePage>;
  allQuotes(options?: Shown & { limit?: number }): AsyncGenerator<ListedQuote, void, void>;
  getQuote(number: string, options?: CallOptions & { fields?: undefined; language?: Language }): Promise<StoredQuote>;
  getQuote(number: string, options: Shown): Promise<QuoteParts>;
  checkQuote(number: string, options?: CallOptions): Promise<QuoteCheck>;
  quoteTable<Row extends object>(
    rows: Iterable<Row>,
    options?: CallOptions & {
      /** The field that a column gives; null: the column is returned, but not used. */
      map?: Record<string, string | null>;
      /** A field with the same value in all rows. */
      set?: Record<string, string>;
      on?: string;
      explain?: boolean;
    },
  ): Promise<(Row & AnsweredRow)[]>;
  findGoods(options: CallOptions & { q: string; economy?: string; limit?: number; language?: Language }): Promise<GoodsFound>;
  getLaw(economy: string, code: string, options?: CallOptions & { on?: string; language?: Language }): Promise<LawOf>;
  compareLaw(economy: string, options: CallOptions & { from: string; to: string; code?: string }): Promise<LawDiff>;
  listEconomies(options?: CallOptions): Promise<Economies>;
  listProcedures(options: CallOptions & { economy: string; on?: string; language?: Language }): Promise<Ways>;
  searchMarket(options?: CallOptions & { q?: string; pavilion?: string; shipFrom?: string; kind?: "goods" | "service"; to?: string; buyer?: "consumer" | "business"; limit?: number; startingAfter?: string; language?: Language }): Promise<Page<MarketOfferShown>>;
  listPavilions(options?: CallOptions & { language?: Language }): Promise<Page<PavilionShown>>;
  createOffer(body: OfferWritten, options?: CreateOptions): Promise<OfferShown>;
  listOffers(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<OfferShown>>;
  getOffer(number: string, options?: CallOptions & { language?: Language }): Promise<OfferShown>;
  updateOffer(number: string, body: OfferChanged, options?: CallOptions & { language?: Language }): Promise<OfferShown>;
  quoteCheckout(body: CheckoutAsked, options?: CallOptions & { language?: Language }): Promise<CheckoutQuoted>;
  placeOrders(body: OrderWritten, options?: CreateOptions): Promise<CheckoutShown>;
  listOrders(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<OrderShown>>;
  getMatch(number: string, options?: CallOptions): Promise<Record<string, unknown>>;
  getGeneralDeclaration(number: string, options?: CallOptions): Promise<Record<string, unknown>>;
  getOrder(number: string, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  cancelOrder(number: string, body?: Cancelled, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  correctOrder(number: string, body: OrderCorrected, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  declareOrder(number: string, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  quoteOrder(number: string, options?: CallOptions & { language?: Language }): Promise<StoredQuote>;
  acceptQuote(number: string, body: QuoteAccepted, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  payOrder(number: string, body: Paid, options?: CreateOptions): Promise<PaymentShown>;
  applyForReturn(body: ReturnWritten, options?: CreateOptions): Promise<ReturnShown>;
  listReturns(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<ReturnShown>>;
  getReturn(number: string, options?: CallOptions & { language?: Language }): Promise<ReturnShown>;
  receiveReturn(number: string, body?: ReturnReceived, options?: CallOptions & { language?: Language }): Promise<ReturnShown>;
  refuseReturn(number: string, body: ReturnRefused, options?: CallOptions & { language?: Language }): Promise<ReturnShown>;
  withdrawReturn(number: string, options?: CallOptions & { language?: Language }): Promise<ReturnShown>;
  createDocument(body: DocumentWritten, options?: CreateOptions): Promise<DocumentShown>;
  listDocuments(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<DocumentShown>>;
  getDocument(number: string, options?: CallOptions & { language?: Language }): Promise<DocumentShown>;
  getDocumentPdf(number: string, options?: CallOptions): Promise<ArrayBuffer>;
  getDocumentXml(number: string, options?: CallOptions): Promise<string>;
  getDocumentJwt(number: string, options?: CallOptions): Promise<string>;
  withdrawDocument(number: string, body?: DocumentWithdrawn, options?: CallOptions & { language?: Language }): Promise<DocumentShown>;
  getPayment(number: string, options?: CallOptions & { language?: Language }): Promise<PaymentShown>;
  getShipment(number: string, options?: CallOptions & { language?: Language }): Promise<ShipmentShown>;
  createShipment(body: ShipmentWritten, options?: CallOptions & { language?: Language }): Promise<ShipmentShown>;
  nameCrossing(number: string, body: CrossingNamed, options?: CallOptions & { language?: Language }): Promise<ShipmentShown>;
  listUnmatchedAnswers(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<UnmatchedShown>>;
  getUnmatchedAnswer(number: string, options?: CallOptions & { language?: Language }): Promise<UnmatchedShown>;
  retryUnmatchedAnswer(number: string, options?: CallOptions & { language?: Language }): Promise<UnmatchedShown>;
  closeUnmatchedAnswer(number: string, body?: AnswerClosed, options?: CallOptions & { language?: Language }): Promise<UnmatchedShown>;
  reportShipment(number: string, body: ShipmentReported, options?: CallOptions & { language?: Language }): Promise<ShipmentShown>;
  getDeclaration(number: string, options?: CallOptions & { language?: Language }): Promise<DeclarationShown>;
  listEvents(options?: CallOptions & { limit?: number; startingAfter?: string; type?: string; subject?: string; language?: Language }): Promise<Page<EventShown>>;
  getEvent(number: string, options?: CallOptions & { language?: Language }): Promise<EventShown>;
  getCheckpoint(options?: CallOptions): Promise<Checkpoint>;
  proveEvent(options: CallOptions & { event: string }): Promise<Proof>;
  proveConsistency(options: CallOptions & { first: number; second: number }): Promise<ConsistencyProof>;
  createWebhookEndpoint(body: EndpointWritten, options?: CreateOptions): Promise<EndpointCreated>;
  listWebhookEndpoints(options?: CallOptions & { language?: Language }): Promise<Page<EndpointShown>>;
  getWebhookEndpoint(number: string, options?: CallOptions & { language?: Language }): Promise<EndpointShown>;
  updateWebhookEndpoint(number: string, body: EndpointChanged, options?: CallOptions & { language?: Language }): Promise<EndpointShown>;
  deleteWebhookEndpoint(number: string, options?: CallOptions & { language?: Language }): Promise<EndpointDeleted>;
  replaceWebhookSecret(number: string, options?: CallOptions & { language?: Language }): Promise<EndpointCreated>;
  listWebhookDeliveries(number: string, options?: CallOptions & { limit?: number; startingAfter?: string; event?: string; language?: Language }): Promise<Page<DeliveryShown>>;
  resendWebhook(number: string, body: Resent, options?: CallOptions & { language?: Language }): Promise<EndpointShown>;
  getSchema(name: "sale" | "quote", options?: CallOptions): Promise<Record<string, unknown>>;
  getHealth(options?: CallOptions): Promise<Health>;
  getMetrics(options?: CallOptions): Promise<string>;
  getApi(options?: CallOptions): Promise<Api>;
}

/** What is added to a row of a table. Amounts are empty where the row has a fault or a range. */
export interface AnsweredRow {
  outcome: string | null;
  out_currency: string | null;
  regime: string | null;
  duties: string | number | null;
  taxes: string | number | null;
  fees: string | number | null;
  charges: string | number | null;
  landed: string | number | null;
  fault: string | null;
  [column: string]: unknown;
}

/** The server did not answer the request. */
export class ApiError extends Error {
  type: string;
  code: string;
  /** The path of the field that is wrong. */
  param: string | null;
  /** The HTTP status; null without a response. */
  status: number | null;
  /** Identifies the request in the log of the server. */
  requestId: string | null;
  /** Seconds to wait. */
  retryAfter: number | null;
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

// The types below are generated from the schemas of the API.

/** The version of the server and the addresses of its documents. */
export interface Api {
  object: "api";
  version: string;
  reference: string;
  openapi: string;
  schemas: string[];
  javascript: string;
  types: string;
  health: string;
}

/** A cross-border sale: the request for a quote. */
export interface Sale {
  ship_from: Place;
  ship_to: Place;
  currency: string;
  lines: Line[];
  date?: string | null;
  buyer?: Buyer;
  seller?: Seller;
  asserted?: string[];
  incoterm?: "CFR" | "CIF" | "CIP" | "CPT" | "DAP" | "DDP" | "DPU" | "EXW" | "FAS" | "FCA" | "FOB" | null;
  transport?: "air" | "digital" | "express" | "post" | "rail" | "road" | "sea" | null;
  channel?: "ecommerce" | "personal" | "trade" | null;
  shipping_cost?: string | number | null;
  insurance_cost?: string | number | null;
  discount_amount?: string | number | null;
  exchange_rates?: Record<string, string | number>;
}

/** A place: `country` (ISO 3166-1 alpha-2), and if a tax differs by it the `state` (`ON`); `postal_code`. */
export interface Place {
  country: string;
  state?: string | null;
  postal_code?: string | null;
}

/**
 * One line: goods by `hs_code` or a `service`, and its total `amount` in major units of the sale's currency.
 *
 * Measures are totals of the line: kilograms, litres, pieces, pairs, square and cubic metres, head, % vol.
 */
export interface Line {
  amount: string | number;
  reference?: string | null;
  hs_code?: string | null;
  service?: string | null;
  description?: string | null;
  country_of_origin?: string | null;
  proof_of_origin?: string | null;
  quantity?: string | number | null;
  net_mass_kg?: string | number | null;
  gross_mass_kg?: string | number | null;
  litres?: string | number | null;
  items?: string | number | null;
  pairs?: string | number | null;
  square_metres?: string | number | null;
  cubic_metres?: string | number | null;
  head?: string | number | null;
  alcohol_percent?: string | number | null;
  tax_class?: string | null;
  rates?: Record<string, string>;
}

/** The buyer. `year_to_date`: purchases this year under an annual limit, in the importer's currency. */
export interface Buyer {
  kind?: "business" | "consumer" | null;
  tax_ids?: string[];
  year_to_date?: string | number | null;
}

/**
 * The seller: the schemes for which it is registered (`eu_ioss`, `gb_vat`, `sg_ovr` …).
 *
 * `registrations`: None if it is not known; then the registrations that are usual in the importer's law are assumed.
 * `none`, or an empty list: the seller has none.
 */
export interface Seller {
  registrations?: string[] | null;
}

/**
 * Whether a quote that was calculated again from its stored request and law has the same figures, codes and rows.
 *
 * `hash_again` equals `hash` if its sentences are the same too: a later release may word them differently.
 */
export interface QuoteCheck {
  object: string;
  id: string;
  same: boolean;
  hash: string;
  hash_again: string;
}

/** The health of the server. `status` is `error` if no pack is loaded, or the database or disk has failed. */
export interface Health {
  object: "health";
  status: "error" | "ok";
  version: string;
  packs: number;
  database: "disk_full" | "disk_read_only" | "failed" | "full" | "locked" | "ok" | "read_only" | "unreachable";
  disk: "failed" | "full" | "ok";
}

/**
 * The goods found, the best first, and how many goods have a name in each language.
 *
 * `corrected`: the words that were searched for instead, where those of the query are misspelt; otherwise empty.
 */
export interface GoodsFound {
  object: string;
  query: string;
  economy: string | null;
  pack: string;
  language: string;
  languages: Record<string, number>;
  corrected: string;
  data: Goods[];
}

/**
 * Goods that were found.
 *
 * `level`: `chapter`, `heading`, `subheading` (six digits) or `line` (of the economy's own schedule). `declarable`:
 * there is no finer code under it. `name`: in `name_language`, from the pack `named_by` (or `world`); it may be the
 * name of the six digits if the line itself has none. `names`: its own, by language. `called`: everyday names in the
 * requested language, which are not legal names; may be empty. `heading`: four digits. `differs`: in a search by
 * code, the words in which the name differs from the others of its heading. `duty`: the MFN rate as the schedule
 * writes it, or the rates of the lines under the code; empty where none is known, and without an economy.
 */
export interface Goods {
  code: string;
  dotted: string;
  level: string;
  declarable: boolean;
  name: string;
  name_language: string;
  named_by: string;
  names: Record<string, string>;
  called: string;
  heading: string;
  heading_name: string;
  differs: string;
  duty: string[];
}

/** Every row in force for a code or a category of services. From `since` to `until` nothing of the law changes. */
export interface LawOf {
  object: string;
  pack: string;
  date: string;
  code: string;
  since: string;
  until: string | null;
  hash: string;
  layers: LayerUsed[];
  rows: LawRow[];
}

/**
 * A layer over the pack that was in force: an installed schedule, or an overlay that the caller named.
 *
 * `kind`: schedule or overlay. `trust`: the weakest of its rows.
 */
export interface LayerUsed {
  id: string;
  kind: string;
  since: string | null;
  until: string | null;
  trust: string;
  title: string;
}

/** A row in force: its part of the law, its statement, its dates, its trust and its sources. */
export interface LawRow {
  part: string;
  name: string;
  says: string;
  since: string;
  until: string | null;
  trust: string;
  row: string;
  sources: LawSource[];
}

/** A source of law: its id in the pack, its title and who issued it. */
export interface LawSource {
  source: string;
  title: string;
  authority: string;
}

/** What changes after the first day and up to the second, in all of the law or for one code. */
export interface LawDiff {
  object: string;
  pack: string;
  from: string;
  to: string;
  code: string | null;
  rows: LawChange[];
}

/** A row that begins, ends or changes on a day, with its cells before and after. */
export interface LawChange {
  change: string;
  on: string;
  table: string;
  key: string;
  before: Record<string, string> | null;
  after: Record<string, string> | null;
  row: string;
}

/** Every economy, and every pack of law of this server. */
export interface Economies {
  object: string;
  data: Economy[];
  packs: PackOf[];
}

/** An economy: its ISO 3166-1 alpha-2 code, its currency, and the pack of its law, if there is one. */
export interface Economy {
  economy: string;
  title: string;
  currency: string;
  pack: string | null;
}

/** A pack of law: its economies, its number of rows and their trust, and when its sources were read. */
export interface PackOf {
  pack: string;
  title: string | null;
  economies: string[];
  currency: string | null;
  lines: number;
  rows: number;
  trust: Trust;
  read_on: string | null;
  limits: string[];
  schedules: ScheduleKept[];
}

/** How many rows are from the authority's own text, from another publication, or not checked. */
export interface Trust {
  official: number;
  published: number;
  unchecked: number;
}

/** An official schedule that was added to a pack, or what is wrong with it (`fault`). */
export interface ScheduleKept {
  id: string;
  title: string | null;
  since: string | null;
  until: string | null;
  trust: string | null;
  lines: number | null;
  fault: string | null;
}

/** The import procedures of an economy on a day. From `since` to `until` nothing of the law changes. */
export interface Ways {
  object: string;
  economy: string;
  pack: string;
  date: string;
  since: string;
  until: string | null;
  hash: string;
  data: Way[];
}

/**
 * An import procedure. `of`: goods or services. `buyer`, `channel`, `transport`: for whom; for all if empty.
 *
 * `treatments`: which tariff treatments it allows: all, mfn, preferences or none. `mandatory`: if it applies, it must
 * be used; `closes`: the procedures that are then closed.
 */
export interface Way {
  since: string;
  until: string | null;
  trust: string;
  row: string;
  sources: LawSource[];
  id: string;
  title: string;
  of: string;
  buyer: string[];
  channel: string[];
  transport: string[];
  treatments: string;
  mandatory: boolean;
  closes: string[];
  conditions: WayCondition[];
  charges: WayCharge[];
  reliefs: WayRelief[];
}

/** A condition of a procedure. `unknown`: assumed, or asked, if the sale does not say. `goods`: only for these. */
export interface WayCondition {
  since: string;
  until: string | null;
  trust: string;
  row: string;
  sources: LawSource[];
  id: string;
  says: string;
  test: string;
  unknown: string;
  goods: string[];
}

/**
 * A charge of a procedure, in the order of calculation.
 *
 * `base`: the values and earlier charges that the rate applies to. `rate_from`: `tariff`, `tax`, `additional` (those
 * rows, by the goods) or `literal`, given in `rate`. `factor`: the part of it that is owed. `buyer`, `channel`,
 * `transport`, `place`: only for these, for all if empty; `origin`: of these economies, `origin_not`: of others.
 */
export interface WayCharge {
  since: string;
  until: string | null;
  trust: string;
  row: string;
  sources: LawSource[];
  id: string;
  kind: string;
  name: string;
  base: string[];
  rate_from: string;
  tax: string | null;
  rate: string | null;
  factor: string;
  buyer: string[];
  channel: string[];
  transport: string[];
  place: string[];
  origin: string[];
  origin_not: string[];
  collected_by: string;
  charged_to: string;
  recoverable: string;
}

/** A relief of a procedure: its limit (`below`: only under it), what is measured, and what it relieves. */
export interface WayRelief {
  since: string;
  until: string | null;
  trust: string;
  row: string;
  sources: LawSource[];
  id: string;
  says: string;
  relieves: string[];
  measured: string[];
  amount: string;
  currency: string;
  below: boolean;
  per: string;
}

/**
 * An offer to create. Prices in major units of `currency`; measures of one piece.
 *
 * `stock`: pieces that can be ordered; without it they are not counted. `titles`: by language. `freight_on_return`:
 * whether freight and insurance go back to the buyer if all pieces of an order come back.
 */
export interface OfferWritten {
  titles: Record<string, string>;
  currency: string;
  price: string;
  ship_from: string;
  hs_code?: string;
  service?: string;
  stock?: number;
  shipping?: string;
  shipping_further?: string;
  insurance?: string;
  country_of_origin?: string;
  proof_of_origin?: string;
  incoterm?: string;
  measures?: Record<string, string>;
  unit?: string;
  legal_unit?: string;
  second_legal_unit?: string;
  reference?: string;
  barcode?: string;
  specification?: string;
  registrations?: Record<string, string>;
  tax_registrations?: string[];
  tax_class?: string;
  supply?: "bonded" | "direct";
  warehouse?: string;
  record_number?: string;
  freight_on_return?: "kept" | "paid_back";
}

/**
 * Fields of an offer to change; the others stay. `stock`: the new number of pieces that can be ordered.
 *
 * `pavilion`: where the market shows the offer, "" for nowhere; `descriptions`: by language. These two are
 * changed by a request without other fields.
 */
export interface OfferChanged {
  status?: "active" | "ended" | "paused";
  pavilion?: string;
  descriptions?: Record<string, string>;
  titles?: Record<string, string>;
  currency?: string;
  price?: string;
  stock?: number;
  shipping?: string;
  shipping_further?: string;
  insurance?: string;
  hs_code?: string;
  country_of_origin?: string;
  proof_of_origin?: string;
  ship_from?: string;
  incoterm?: string;
  measures?: Record<string, string>;
  unit?: string;
  legal_unit?: string;
  second_legal_unit?: string;
  reference?: string;
  barcode?: string;
  specification?: string;
  registrations?: Record<string, string>;
  tax_registrations?: string[];
  tax_class?: string;
  supply?: "bonded" | "direct";
  warehouse?: string;
  record_number?: string;
  freight_on_return?: "kept" | "paid_back";
}

/**
 * What a buyer might order, to be quoted: as the orders to place.
 *
 * `contact`: where it is given, it is checked as for an order, and not stored.
 */
export interface CheckoutAsked {
  items: ItemOrdered[];
  ship_to: PlaceOrdered;
  contact?: Record<string, string>;
  kind?: "business" | "consumer";
  year_to_date?: string | "";
  option?: string;
  assertions?: string[];
}

/** So many pieces of an offer. */
export interface ItemOrdered {
  offer: string;
  quantity: number;
}

/** Where the goods go, as far as taxes depend on it. */
export interface PlaceOrdered {
  country: string;
  state?: string;
}

/**
 * Orders to place.
 *
 * `contact`: name, telephone, address, identity_type, identity_number, and consignee where it is another person: it is
 * stored encrypted, apart from the order, and no answer repeats it. `quotes`: those that the buyer was shown, else new
 * ones; `total`: what the buyer expects to pay for all orders, where it is to be checked; `option`: the import
 * procedure, else the best; `assertions`: conditions of the law that the buyer vouches for; `year_to_date`: what the
 * buyer has bought elsewhere this year under an annual limit.
 */
export interface OrderWritten {
  items: ItemOrdered[];
  ship_to: PlaceOrdered;
  contact: Record<string, string>;
  kind?: "business" | "consumer";
  year_to_date?: string | "";
  option?: string;
  assertions?: string[];
  quotes?: QuoteShown[];
  total?: string | "";
}

/** A quote that the buyer was shown. */
export interface QuoteShown {
  id: string;
  hash: string;
}

/**
 * Data of an order to correct before it is declared.
 *
 * `contact`: from the buyer, the fields that change, for the same identity; "" takes one out. It is stored as that of
 * the order. `lines`: from the seller; the quote must stay the same to the cent.
 */
export interface OrderCorrected {
  contact?: Record<string, string>;
  lines?: LineCorrected[];
}

/** What customs reads of the goods of a line; the other fields stay. `title_zh`: their name in Chinese. */
export interface LineCorrected {
  line: number;
  hs_code?: string;
  title_zh?: string;
  specification?: string;
  unit?: string;
  legal_unit?: string;
  second_legal_unit?: string;
  barcode?: string;
  record_number?: string;
  measures?: Record<string, string>;
}

/** Why an order is cancelled: a code, since the ledger keeps it for ever. */
export interface Cancelled {
  reason?: "changed_mind" | "not_available" | "ordered_by_mistake" | "other" | "too_late" | "wrong_price";
}

/** The new quote that the buyer accepts, as it was shown. */
export interface QuoteAccepted {
  quote: string;
  hash: string;
  assertions?: string[];
}

/**
 * How the buyer pays.
 *
 * `provider`: one that this node has set up; `method`: its token of a card or an account; `payer`: name,
 * identity_type, identity_number and telephone of who pays, where it is asked for; it is stored like `contact`.
 */
export interface Paid {
  provider: string;
  currency: string;
  method?: string;
  capture?: "automatic" | "manual";
  payer?: Record<string, string>;
}

/**
 * A parcel that travels with a carrier of the seller.
 *
 * `carrier`: its code or name; `pieces`: what is in it, else all that is in no other parcel; `gross_mass_kg`: a
 * decimal.
 */
export interface ShipmentWritten {
  order: string;
  carrier: string;
  waybill: string;
  pieces?: PieceShipped[];
  packages?: number;
  gross_mass_kg?: string;
  vehicle?: string;
  voyage?: string;
  transport_document?: string;
}

/** So many pieces of a line of the order. */
export interface PieceShipped {
  line: number;
  quantity: number;
}

/** The border crossing of a direct purchase, as customs asks for it. */
export interface CrossingNamed {
  vehicle: string;
  voyage: string;
  transport_document: string;
}

/** What happened to a parcel. `time`: when, RFC 3339 in UTC; else now. */
export interface ShipmentReported {
  status: "cancelled" | "delivered" | "delivery_failed" | "in_transit" | "lost" | "returned" | "shipped" | "undeliverable";
  time?: string;
  proof?: string;
}

/** A return to apply for. */
export interface ReturnWritten {
  order: string;
  lines: PieceReturned[];
  reason: "changed_mind" | "damaged" | "not_as_described" | "other" | "too_late" | "wrong_goods";
}

/** So many pieces of a line of the order. */
export interface PieceReturned {
  line: number;
  quantity: number;
}

/** The goods of a return are back. `restocked`: whether they can be sold again. */
export interface ReturnReceived {
  restocked?: boolean;
}

/** Why a return is refused: a code, since the ledger keeps it for ever. */
export interface ReturnRefused {
  reason: "damaged" | "incomplete" | "other" | "too_late" | "used" | "wrong_goods";
}

/** Why an unmatched answer of customs is closed. */
export interface AnswerClosed {
  reason?: "other" | "other_system" | "repeated" | "settled" | "trial";
}

/** An endpoint to create. `kinds`: filters of events: `order.placed`, `order.*` or `*`. */
export interface EndpointWritten {
  url: string;
  kinds?: string[];
  description?: string;
}

/** Fields of an endpoint to change; the others stay. */
export interface EndpointChanged {
  url?: string;
  kinds?: string[];
  description?: string;
  status?: "disabled" | "enabled";
}

/** The event to send again. */
export interface Resent {
  event: string;
}

/** What a document says of a line of the order, by its number. `details`: such as criterion, batch or net_kg. */
export interface DocumentLineWritten {
  line: number;
  details?: Record<string, string>;
}

/**
 * A document to issue for an order.
 *
 * `shipment`: one parcel, else all; `return`: of a return slip; `details`: such as exporter_address, port_of_loading
 * or signatory. The names of details are in the reference of documents.
 */
export interface DocumentWritten {
  order: string;
  kind: string;
  shipment?: string;
  return?: string;
  details?: Record<string, string>;
  lines?: DocumentLineWritten[];
}

/** Why a document is withdrawn. */
export interface DocumentWithdrawn {
  reason?: "order_cancelled" | "other" | "replaced" | "wrong_data";
}

/**
 * What a seller sells.
 *
 * `pavilion`: where the market shows it, "" for nowhere; `pictures`: the first stands for the offer; `measures`: of
 * one piece; `stock`: pieces that can still be ordered, null where they are not counted; `version`: grows with each
 * change of what is sold or of its price.
 */
export interface OfferShown {
  object: "offer";
  id: string;
  created: string;
  status: "active" | "ended" | "paused";
  seller: string;
  currency: string;
  price: string;
  shipping: string;
  shipping_further: string;
  insurance: string;
  stock: number | null;
  version: number;
  titles: Record<string, string>;
  pavilion: string;
  descriptions: Record<string, string>;
  pictures: PictureShown[];
  hs_code: string;
  service: string;
  country_of_origin: string;
  proof_of_origin: string;
  ship_from: string;
  incoterm: string;
  measures: Record<string, string>;
  unit: string;
  reference: string;
  barcode: string;
  specification: string;
  registrations: Record<string, string>;
  tax_registrations: string[];
  tax_class: string;
  supply: string;
  warehouse: string;
  record_number: string;
  freight_on_return: string;
}

/** A picture of an offer: the paths of its sizes on this node, and the pixels of the larger one. */
export interface PictureShown {
  large: string;
  small: string;
  width: number;
  height: number;
}

/**
 * An order. `status` is derived from its payment, its declarations, its shipments and its returns.
 *
 * `attention`: codes of what needs somebody; `waits_for`: messages that a counterpart has not accepted; `reasons`: why
 * it is an order of its own; `orders`: all orders of the checkout; `why`: of its last own event, such as a
 * cancellation.
 */
export interface OrderShown {
  object: "order";
  id: string;
  created: string;
  status: string;
  seller: string;
  buyer: string;
  buyer_kind: string;
  ship_to: DestinationShown;
  currency: string;
  amounts: AmountsShown;
  lines: LineShown[];
  quote: QuoteOfOrder;
  supply: string;
  warehouse: string;
  payments: PartShown[];
  declarations: PartShown[];
  shipments: PartShown[];
  returns: PartShown[];
  limit: LimitShown | null;
  attention: string[];
  waits_for: WaitShown[];
  reasons: ReasonShown[];
  checkout: string;
  orders: string[];
  expires_at: string;
  released_at: string | null;
  why: string;
}

/** Where the goods go, as far as taxes depend on it. */
export interface DestinationShown {
  country: string;
  state: string;
}

/** What the buyer pays with the order. What customs or a carrier collects itself is not in it. */
export interface AmountsShown {
  goods: string;
  shipping: string;
  insurance: string;
  duties: string;
  taxes: string;
  fees: string;
  total: string;
}

/** A line as it was sold. `number`: from 1, as returns name it. */
export interface LineShown {
  number: number;
  offer: string;
  titles: Record<string, string>;
  hs_code: string;
  service: string;
  country_of_origin: string;
  quantity: number;
  price: string;
  amount: string;
  returned: number;
}

/** The quote that the order is locked to, with the law behind it. `option`: the import procedure. */
export interface QuoteOfOrder {
  id: string;
  hash: string;
  law_date: string;
  law_hash: string;
  option: string;
  currency: string;
  expires_at: string;
  charges: ChargeShown[];
  assertions: AssertionShown[];
}

/** A duty, tax or fee. `with_order`: whether it is paid with the order. */
export interface ChargeShown {
  id: string;
  kind: string;
  amount: string;
  collected_by: string;
  with_order: boolean;
}

/** A condition of the law that somebody vouched for. */
export interface AssertionShown {
  id: string;
  by: string;
  time: string;
}

/** An object of an order, and its status. */
export interface PartShown {
  id: string;
  status: string;
}

/** What the order takes of the buyer's annual limit. `status`: reserved, used or given_back. */
export interface LimitShown {
  economy: string;
  year: number;
  currency: string;
  amount: string;
  returned: string;
  status: string;
}

/**
 * A message of an order that its counterpart has not accepted. `channel`: payments, carrier or customs.
 *
 * `topic`: what is asked, such as capture, book or list; `status`: waiting (it is sent again at `next_attempt_at`), or
 * given_up (the operator of the platform sends it again or discards it); `reason`: why the last attempt failed, for
 * the seller.
 */
export interface WaitShown {
  channel: string;
  topic: string;
  status: "given_up" | "waiting";
  attempts: number;
  since: string;
  next_attempt_at: string | null;
  reason: string;
}

/** Why something is so: a code, a sentence in English, and its sources. */
export interface ReasonShown {
  code: string;
  message: string;
  sources: string[];
  trust: string;
}

/** The orders of one request: several where one order, one list and one parcel require it. */
export interface CheckoutShown {
  object: "checkout";
  id: string;
  created: string;
  orders: OrderShown[];
}

/**
 * What would be ordered, divided into orders, each with its quote. Place it with these quotes and the total.
 *
 * `total`: of all orders; null where they have several currencies.
 */
export interface CheckoutQuoted {
  object: "checkout_quote";
  currency: string | null;
  total: string | null;
  orders: OrderQuoted[];
}

/**
 * An order that would be placed. `amounts`: what the buyer pays with it; `reasons`: why it is an order of its own.
 *
 * `items`: as in the request, by offer; `identity`: whether customs asks for the buyer's identity.
 */
export interface OrderQuoted {
  seller: string;
  currency: string;
  amounts: AmountsShown;
  items: ItemShown[];
  quote: QuoteOfOrder;
  title: string;
  identity: boolean;
  supply: string;
  reasons: ReasonShown[];
}

/** So many pieces of an offer. */
export interface ItemShown {
  offer: string;
  quantity: number;
}

/**
 * The payment of an order. `transaction`: its number in the declaration; `error`: why it failed.
 *
 * `action`: for the buyer, where the provider asks for it: the `url` or the `client_secret` with which to pay.
 */
export interface PaymentShown {
  object: "payment";
  id: string;
  created: string;
  status: string;
  order: string;
  provider: string;
  currency: string;
  amount: string;
  amount_captured: string;
  amount_refunded: string;
  capture: string;
  transaction: string;
  expires_at: string | null;
  paid_at: string | null;
  refunds: RefundShown[];
  disputes: DisputeShown[];
  action: Record<string, string>;
  error: string;
}

/** A refund of a payment. `status`: pending, succeeded or failed. */
export interface RefundShown {
  id: string;
  amount: string;
  status: string;
  reason: string;
  error: string;
}

/** A dispute (chargeback). `status`: opened, won or lost by the seller. */
export interface DisputeShown {
  id: string;
  amount: string;
  status: string;
  reason: string;
}

/**
 * A parcel with its waybill. `changed_at`: when it got its status, as it was reported.
 *
 * `reporter`: who reports its states: the `carrier` of the node, or the `seller`. `proof`: the
 * reference of a proof of delivery; `vehicle`, `voyage`, `transport_document`: of the border crossing.
 */
export interface ShipmentShown {
  object: "shipment";
  id: string;
  created: string;
  status: string;
  order: string;
  carrier: string;
  waybill: string;
  pieces: PieceShown[];
  packages: number;
  gross_mass_kg: string;
  reporter: string;
  changed_at: string | null;
  proof: string;
  vehicle: string;
  voyage: string;
  transport_document: string;
}

/** So many pieces of a line of the order. */
export interface PieceShown {
  line: number;
  quantity: number;
}

/** The declaration of an order. `numbers`: by which others know it; `released_at`: as customs wrote it. */
export interface DeclarationShown {
  object: "declaration";
  id: string;
  created: string;
  status: string;
  order: string;
  mode: string;
  numbers: Record<string, string>;
  messages: MessageShown[];
  cancellation: string;
  tax_bills: TaxBillShown[];
  released_at: string | null;
  reason: string;
}

/** A message to customs: its state, and what the last receipt that counted said. */
export interface MessageShown {
  document: string;
  state: string;
  code: string;
  info: string;
  received: string;
  tries: number;
}

/** An electronic tax bill, in CNY. Amounts are null where customs has told only the status of the bill. */
export interface TaxBillShown {
  number: string;
  status: string;
  duty: string | null;
  vat: string | null;
  excise: string | null;
  total: string | null;
}

/** A return. `arrive_until`: the last day for the arrival of the goods, where customs has one. */
export interface ReturnShown {
  object: "return";
  id: string;
  created: string;
  status: string;
  order: string;
  reason: string;
  currency: string;
  lines: ReturnLineShown[];
  amount_goods: string;
  amount_taxes: string;
  amount_refunded: string;
  declaration: string | null;
  arrive_until: string | null;
  received_at: string | null;
  why: string;
}

/** Pieces of a line that go back, and what was paid for them. */
export interface ReturnLineShown {
  line: number;
  quantity: number;
  goods: string;
  taxes: string;
}

/**
 * An answer of customs that names no declaration of this node.
 *
 * `kind`: a receipt of a `document`, a tax bill, or the refusal of a message that could not be read; `code`: what
 * customs says, `received`: when it said so; `numbers`: by which the answer names what it answers; `declaration`: the
 * one that was found for it later; `reason`: why it was closed.
 */
export interface UnmatchedShown {
  object: "unmatched_answer";
  id: string;
  created: string;
  status: string;
  kind: "bill" | "receipt" | "refusal";
  document: string;
  code: string;
  info: string;
  received: string;
  numbers: Record<string, string>;
  declaration: string | null;
  reason: string;
}

/**
 * A document of an order. What it says is in its PDF, XML or credential, not here.
 *
 * `number`: of its issuer and kind, without gaps; `hash`: of its content, in the ledger; `draft`: an authority issues
 * the real one; `missing`: what is to be filled in, and by whom; `checks`: of consistency with the other documents.
 */
export interface DocumentShown {
  object: "document";
  id: string;
  created: string;
  status: "issued" | "withdrawn";
  order: string;
  issuer: string;
  kind: string;
  number: string;
  date: string;
  shipment: string | null;
  return: string | null;
  hash: string;
  draft: boolean;
  credential: boolean;
  key: string | null;
  expires_at: string | null;
  missing: Record<string, string>;
  checks: Record<string, string>;
  withdrawn_at: string | null;
  why: string;
}

/**
 * An event as the API shows it and as webhooks send it.
 *
 * `type`: what happened, such as `order.placed`; `subject`: the id of its object; `data`: the details, with money in
 * minor units beside its currency.
 */
export interface EventShown {
  object: string;
  id: string;
  type: string;
  created: string;
  timestamp: string;
  subject: string;
  data: Record<string, unknown>;
  cause: string | null;
}

/** An endpoint. `failing_since`: the first failure after the last success; `why`: why it was disabled. */
export interface EndpointShown {
  object: "webhook_endpoint";
  id: string;
  created: string;
  url: string;
  kinds: string[];
  description: string;
  status: "disabled" | "enabled";
  failing_since: string | null;
  why: string;
}

/** An endpoint with its secret, which is not shown again. Webhooks are signed with it (Standard Webhooks). */
export interface EndpointCreated {
  object: "webhook_endpoint";
  id: string;
  created: string;
  url: string;
  kinds: string[];
  description: string;
  status: "disabled" | "enabled";
  failing_since: string | null;
  why: string;
  secret: string;
}

/** An endpoint that was deleted. */
export interface EndpointDeleted {
  object: "webhook_endpoint";
  id: string;
  deleted: true;
}

/** An attempt to send an event. `status`: of the response, null without one; `detail`: its beginning, or why not. */
export interface DeliveryShown {
  object: "webhook_delivery";
  id: string;
  created: string;
  event: string;
  type: string;
  attempt: number;
  ok: boolean;
  status: number | null;
  milliseconds: number;
  detail: string;
}

/** An offer of the market. `landed`: with the parameter `to`; `stock`: null where pieces are not counted. */
export interface MarketOfferShown {
  object: "market_offer";
  id: string;
  pavilion: string;
  seller: string;
  seller_name: string;
  titles: Record<string, string>;
  descriptions: Record<string, string>;
  pictures: PictureShown[];
  hs_code: string;
  service: string;
  country_of_origin: string;
  ship_from: string;
  incoterm: string;
  currency: string;
  price: string;
  shipping: string;
  shipping_further: string;
  insurance: string;
  stock: number | null;
  landed: LandedShown | null;
}

/**
 * What one piece costs delivered, with carriage, duties, taxes and fees.
 *
 * `status`: `open`, `conditional` (once the conditions are confirmed) or `refused`, where `says` is why; `amount`:
 * null for a range, which is from `amount_low` to `amount_high`; `at_least`: a charge is not known, and not in it.
 */
export interface LandedShown {
  status: "conditional" | "open" | "refused";
  currency: string;
  amount: string | null;
  amount_low: string | null;
  amount_high: string | null;
  at_least: boolean;
  procedure: string;
  says: string;
  conditions: ConditionToConfirm[];
  law_date: string;
}

/** A condition that the buyer confirms when ordering: its `id` is one of the `assertions` of the order. */
export interface ConditionToConfirm {
  id: string;
  says: string;
}

/** A pavilion. `economy`: whose goods it shows, "" for those of any; `offers`: how many it shows. */
export interface PavilionShown {
  object: "pavilion";
  id: string;
  economy: string;
  titles: Record<string, string>;
  texts: Record<string, string>;
  operator: string;
  operator_name: string;
  offers: number;
}

/**
 * A signed checkpoint of the ledger: the number of events and the root of their Merkle tree (RFC 9162).
 *
 * `note`: the signed text (C2SP signed note and checkpoint); `key`: the public key. Store both: with them you can
 * check later that the ledger only grew. `root`: hexadecimal digits.
 */
export interface Checkpoint {
  object: string;
  origin: string;
  size: number;
  root: string;
  note: string;
  key: string;
}

/** The proof that the ledger of `first` events is the beginning of that of `second`, in hexadecimal digits. */
export interface ConsistencyProof {
  object: string;
  first: number;
  second: number;
  proof: string[];
}

/**
 * An inclusion proof. `event`: as it was recorded; `proof`: the hashes of RFC 9162, in hexadecimal digits.
 *
 * `checkpoint`: the signed note with the size and the root; `key`: the public key that the node claims. A party that
 * knows the key of the node uses its own copy. `event` is null where its reader may not see all of it: then `leaf`,
 * the hash of the event in the tree, is proved. Who has the event finds the same hash for it.
 */
export interface Proof {
  object: string;
  position: number;
  event: Record<string, unknown> | null;
  proof: string[];
  checkpoint: string;
  key: string;
  leaf: string;
}

/** The JSON of a quote. `best` and `best_conditional` are the `id` of one of `options`, or null. */
export interface Quote {
  object: "quote";
  currency: string;
  exchange: Exchange | null;
  law: LawUsed;
  assessment: Assessment;
  best: string | null;
  best_conditional: string | null;
  options: Option[];
}

/** The exchange rate used: units of the quote's currency for one unit of `currency`. */
export interface Exchange {
  currency: string;
  rate: string;
  date: string | null;
  source: string;
}

/**
 * The law used: its date, the hash of the packs' content, and the period around the date without a change.
 *
 * `rows`: each row of law that the quote cites, by its location in the packs; `sources`: each source of these rows.
 */
export interface LawUsed {
  date: string;
  hash: string;
  pack: string;
  since: string;
  until: string | null;
  layers?: LayerUsed[];
  rows: Record<string, CitedRow>;
  sources: Record<string, CitedSource>;
}

/**
 * A row of law that a quote cites, in `law.rows` by its location in the packs (`cn/tariff.csv:12`).
 *
 * `sources`: keys of `law.sources`. `until` is left out of the JSON where the row has no end.
 */
export interface CitedRow {
  since: string;
  until?: string | null;
  trust: string;
  sources: string[];
}

/**
 * A source of law that a cited row rests on, in `law.sources` by its id. What is not known is left out.
 *
 * `as_of`: the vintage of its rates (a day, a month or a year), if later changes are not in it.
 */
export interface CitedSource {
  title: string;
  authority: string;
  number?: string | null;
  dated?: string | null;
  read?: string | null;
  url?: string | null;
  as_of?: string | null;
}

/**
 * The confidence of the best answer.
 *
 * `outcome`: every figure has a source (`complete`), something is open (`estimated`), or no answer (`refused`).
 * `reasons`: what prevents `complete`, or an answer. `assumptions`: what the figures of `best_conditional` assume
 * besides what must be confirmed.
 */
export interface Assessment {
  outcome: "complete" | "estimated" | "refused";
  trust: string | null;
  reasons: Reason[];
  assumptions: Reason[];
}

/** Something assumed, unchecked, unknown or refused: a code, its values, and the message in English. */
export interface Reason {
  code: string;
  values: Record<string, string>;
  message: string;
  param: string | null;
}

/**
 * An import procedure for the whole consignment, each line with its best open treatment.
 *
 * Where a fact that the sale leaves open changes a figure, the figure is null and its lowest and highest values stand
 * beside it, without a highest where none is known; `candidates` are the values of such facts.
 */
export interface Option {
  id: string;
  regime: string;
  title: string;
  status: "closed" | "conditional" | "open";
  conditions?: Condition[];
  amount_subtotals: Subtotals | null;
  amount_charges: string | null;
  amount_charges_low?: string;
  amount_charges_high?: string;
  amount_recoverable: string | null;
  amount_recoverable_low?: string;
  amount_recoverable_high?: string;
  amount_landed: string | null;
  amount_landed_low?: string;
  amount_landed_high?: string;
  at_least: boolean;
  candidates?: Candidate[];
  charges?: Charge[];
  lines?: OptionLine[];
  requirements?: Requirement[];
  warnings?: Reason[];
  citations: string[];
}

/**
 * A condition of a regime or a treatment.
 *
 * `state`: `passed`, `failed`, `assumed` (unknown, taken as true) or `asked` (unknown, only the caller can answer).
 */
export interface Condition {
  id: string;
  state: "asked" | "assumed" | "failed" | "passed";
  says: string;
  citations?: string[];
}

/**
 * Each cost once: goods, shipping and insurance, and the charges that the buyer bears.
 *
 * Where candidates differ a figure is null, beside its lowest and highest (`taxes_low`, `taxes_high`).
 */
export interface Subtotals {
  goods: string | null;
  shipping: string | null;
  insurance: string | null;
  duties: string | null;
  taxes: string | null;
  fees: string | null;
  goods_low?: string;
  goods_high?: string;
  duties_low?: string;
  duties_high?: string;
  taxes_low?: string;
  taxes_high?: string;
  fees_low?: string;
  fees_high?: string;
}

/**
 * A value of a fact that the sale leaves open, and the landed amount with it.
 *
 * `settles`: the field of the sale that gives the fact; `value`: what to write there, "" where it is no single value;
 * `label`: the value in words. The amount is a range where other facts are open too.
 */
export interface Candidate {
  settles: string;
  value: string;
  label: string;
  amount_landed: string | null;
  amount_landed_low?: string;
  amount_landed_high?: string;
}

/**
 * A duty, tax or fee. `amount` is null if the rate is unknown; it is then in no total.
 *
 * `amount_low` and `amount_high`: the lowest and the highest amount, where the candidates of a sale differ; then
 * `amount` is null. `citations`: the rows of law that decided, keys of `law.rows`.
 */
export interface Charge {
  id: string;
  kind: "additional_duty" | "duty" | "excise" | "fee" | "income_tax" | "vat";
  name: string;
  amount: string | null;
  amount_low?: string;
  amount_high?: string;
  taxable_amount: string | null;
  rate_details: RateDetails;
  formula: string;
  reason: string;
  collected_by: string;
  charged_to: string;
  recoverable: "no" | "unknown" | "yes";
  citations: string[];
}

/** The rate that was applied: the text of the law (`text`) and its parts. */
export interface RateDetails {
  rate_type: "compound" | "flat_amount" | "free" | "none" | "per_unit" | "percentage" | "range" | "unknown";
  text: string;
  percentage_decimal?: string | null;
}

/** A line under one regime: the treatment applied, the others, and its part of each charge. */
export interface OptionLine {
  reference: string | null;
  code: string;
  name: string | null;
  customs_value: string | null;
  customs_value_low?: string;
  customs_value_high?: string;
  treatment: Treatment | null;
  treatments?: Treatment[];
  charges?: LineCharge[];
}

/** A tariff treatment of a line: its duty and its requirements. */
export interface Treatment {
  id: string;
  title: string;
  status: "closed" | "conditional" | "open";
  duty: string | null;
  duty_low?: string;
  duty_high?: string;
  charges: string | null;
  charges_low?: string;
  charges_high?: string;
  rate_details: RateDetails;
  proofs?: string[];
  conditions?: Condition[];
  citations?: string[];
}

/**
 * The part of a charge that falls on one line, before the rounding of totals.
 *
 * `id` is that of the charge in `charges` of the option. Every other field is there only where it differs from that
 * charge: `Option.line_charges` gives the charges of a line with all fields.
 */
export interface LineCharge {
  id: string;
  amount: string | null;
  amount_low?: string;
  amount_high?: string;
  taxable_amount?: string | null;
  rate_details?: RateDetails;
  formula?: string;
  reason?: string;
  citations?: string[];
}

/** A required document or permit: its kind, authority and law. */
export interface Requirement {
  id: string;
  kind: string;
  says: string;
  authority: string;
  citations: string[];
}
