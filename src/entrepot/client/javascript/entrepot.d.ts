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
  classifyGoods(described: GoodsDescribed & { description: string }, options?: CallOptions & { language?: Language }): Promise<ClassifiedGoods>;
  classifyGoods(described: GoodsDescribed & { descriptions: string[] }, options?: CallOptions & { language?: Language }): Promise<ClassifiedList>;
  getLaw(economy: string, code: string, options?: CallOptions & { on?: string; language?: Language }): Promise<LawOf>;
  compareLaw(economy: string, options: CallOptions & { from: string; to: string; code?: string }): Promise<LawDiff>;
  listEconomies(options?: CallOptions): Promise<Economies>;
  listProcedures(options: CallOptions & { economy: string; on?: string; language?: Language }): Promise<Ways>;
  getAgreements(options: CallOptions & { economy: string; partner: string; on?: string; language?: Language }): Promise<AgreementsBetween>;
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
  objectToService(number: string, body: ServiceObjected, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  acceptService(number: string, body: ServiceAccepted, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  correctOrder(number: string, body: OrderCorrected, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  declareOrder(number: string, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  quoteOrder(number: string, options?: CallOptions & { language?: Language }): Promise<StoredQuote>;
  acceptQuote(number: string, body: QuoteAccepted, options?: CallOptions & { language?: Language }): Promise<OrderShown>;
  payOrder(number: string, body: Paid, options?: CreateOptions): Promise<PaymentShown>;
  createAsset(body: AssetWritten, options?: CreateOptions): Promise<AssetShown>;
  listAssets(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<AssetShown>>;
  getAsset(number: string, options?: CallOptions & { language?: Language }): Promise<AssetShown>;
  updateAsset(number: string, body: AssetChanged, options?: CallOptions & { language?: Language }): Promise<AssetShown>;
  listFreeTimes(options: CallOptions & { asset?: string; offer?: string; since?: string; until?: string; minutes?: number; language?: Language }): Promise<Page<FreeTimeShown>>;
  holdTime(body: BookingWritten, options?: CreateOptions): Promise<BookingShown>;
  listCourses(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<CourseShown>>;
  listEnrolments(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<EnrolmentShown>>;
  listWorkspaces(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<WorkspaceShown>>;
  listBookings(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<BookingShown>>;
  getBooking(number: string, options?: CallOptions & { language?: Language }): Promise<BookingShown>;
  updateBooking(number: string, body: BookingChanged, options?: CallOptions & { language?: Language }): Promise<BookingShown>;
  recordUse(number: string, body: UseWritten, options?: CreateOptions): Promise<BookingShown>;
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
  refundOrder(number: string, body: OrderRefunded, options?: CreateOptions): Promise<PaymentShown | OrderShown>;
  listPayouts(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<PayoutShown>>;
  getPayout(number: string, options?: CallOptions & { language?: Language }): Promise<PayoutShown>;
  listStatements(options?: CallOptions & { month?: string; language?: Language }): Promise<Page<StatementShown>>;
  getStatement(month: string, currency: string, options?: CallOptions & { limit?: number; startingAfter?: number; language?: Language }): Promise<StatementRead>;
  getShipment(number: string, options?: CallOptions & { language?: Language }): Promise<ShipmentShown>;
  createShipment(body: ShipmentWritten, options?: CallOptions & { language?: Language }): Promise<ShipmentShown>;
  nameCrossing(number: string, body: CrossingNamed, options?: CallOptions & { language?: Language }): Promise<ShipmentShown>;
  listUnmatchedAnswers(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<UnmatchedShown>>;
  getUnmatchedAnswer(number: string, options?: CallOptions & { language?: Language }): Promise<UnmatchedShown>;
  retryUnmatchedAnswer(number: string, options?: CallOptions & { language?: Language }): Promise<UnmatchedShown>;
  createProgramme(body: ProgrammeWritten, options?: CreateOptions): Promise<ProgrammeShown>;
  listProgrammes(options?: CallOptions & { limit?: number; startingAfter?: string; language?: Language }): Promise<Page<ProgrammeShown>>;
  getProgramme(number: string, options?: CallOptions & { language?: Language }): Promise<ProgrammeShown>;
  updateProgramme(number: string, body: ProgrammeChanged, options?: CallOptions & { language?: Language }): Promise<ProgrammeShown>;
  getStatisticsTable(options: CallOptions & { period: string; partner?: string; sector?: string; product?: string; currency?: string; valuation?: string; language?: Language }): Promise<StatisticsTable>;
  getStatisticsMirror(options: CallOptions & { peer: string; period: string; currency?: string; language?: Language }): Promise<PublishedMirror>;
  getRanking(options?: CallOptions & { year?: number; flow?: "exports" | "imports" | "both"; first?: number; source?: string; language?: Language }): Promise<RankingShown>;
  closeUnmatchedAnswer(number: string, body?: AnswerClosed, options?: CallOptions & { language?: Language }): Promise<UnmatchedShown>;
  reportShipment(number: string, body: ShipmentReported, options?: CallOptions & { language?: Language }): Promise<ShipmentShown>;
  listDeliveries(options?: CallOptions & { limit?: number; startingAfter?: string; status?: string; language?: Language }): Promise<Page<ServiceDeliveryShown>>;
  getDelivery(number: string, options?: CallOptions & { language?: Language }): Promise<ServiceDeliveryShown>;
  consentToDelivery(number: string, body: ConsentGiven, options?: CallOptions & { language?: Language }): Promise<ServiceDeliveryShown>;
  acceptDelivery(number: string, options?: CallOptions & { language?: Language }): Promise<ServiceDeliveryShown>;
  objectToDelivery(number: string, body: DeliveryObjected, options?: CallOptions & { language?: Language }): Promise<ServiceDeliveryShown>;
  cancelDelivery(number: string, options?: CallOptions & { language?: Language }): Promise<ServiceDeliveryShown>;
  reportNoShow(number: string, options?: CallOptions & { language?: Language }): Promise<ServiceDeliveryShown>;
  finishDelivery(number: string, options?: CallOptions & { language?: Language }): Promise<ServiceDeliveryShown>;
  createDeliveryToken(number: string, body?: TokenAsked, options?: CallOptions & { language?: Language }): Promise<DeliveryToken>;
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
 * Goods without a code are classified by their `description`; `classification` has the codes, where the caller knows
 * them already. Measures are totals of the line: kilograms, litres, pieces, pairs, square and cubic metres, head,
 * % vol.
 */
export interface Line {
  amount: string | number;
  reference?: string | null;
  hs_code?: string | null;
  service?: string | null;
  description?: string | null;
  classification?: PossibleCodes | null;
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

/**
 * The codes that a description may mean, the most probable first; one code where the classification is sure.
 *
 * `left_out`: less probable codes, which are named and not assessed. `question`: what would decide between several.
 * `corrected`: it is the code that somebody chose for this description. `measures_read`: the measures of the line
 * that were read from the description.
 */
export interface PossibleCodes {
  candidates: PossibleCode[];
  left_out?: PossibleCode[];
  question?: string | null;
  corrected?: boolean;
  measures_read?: ("alcohol_percent" | "litres" | "net_mass_kg")[];
}

/** A code that the goods of a line may have, and how probable it is, from 0 to 1. */
export interface PossibleCode {
  hs_code: string;
  probability?: string | number | null;
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
 * Goods to classify: one `description`, or several `descriptions`.
 *
 * `to`: the economy whose tariff lines are given under each code. `attributes`: more that is known of the goods of one
 * description, such as `{"material": "cotton"}`. `limit`: of codes, at most 20. `correct`: keep this code for the
 * description, for the organization of the key, whose requests get it first from then on; an empty text forgets it.
 */
export interface GoodsDescribed {
  description?: string | null;
  descriptions?: string[] | null;
  to?: string | null;
  attributes?: Record<string, string>;
  limit?: number;
  correct?: string | null;
}

/**
 * The six-digit codes that a description of goods may mean, the likeliest first.
 *
 * `status`: `sure` (`hs6` is the code), `unsure` (`question` would decide between the candidates) or `unusable`
 * (`reason` says why as a word, `message` as a sentence). `corrected`: the code is the one that was chosen before for
 * this description.
 */
export interface ClassifiedGoods {
  object: "classification";
  query: string;
  language: string;
  status: "sure" | "unsure" | "unusable";
  hs6: string | null;
  corrected: boolean;
  candidates: CodeCandidate[];
  question: QuestionShown | null;
  reason: string | null;
  message: string | null;
  notes: string[];
  assumed: string[];
}

/**
 * A six-digit code that the goods may have, with the path of headings to it.
 *
 * `because`: the words of the description that decided, the strongest first. `lines`: of the schedule of `to`.
 * `corrected`: somebody chose this code for the description before.
 */
export interface CodeCandidate {
  hs6: string;
  probability: number;
  path: Step[];
  because: string[];
  lines: LineCandidate[];
  corrected: boolean;
}

/** One level of the path to a code: chapter, heading or subheading. */
export interface Step {
  code: string;
  name: string;
}

/** A line of the destination's own schedule under a six-digit candidate. */
export interface LineCandidate {
  code: string;
  name: string;
  probability: number;
}

/** The question that would decide between the candidates, with its choices. A choice leaves some of the codes. */
export interface QuestionShown {
  id: string;
  text: string;
  choices: Choice[];
}

/** One answer to a question, with the candidates that it leaves. */
export interface Choice {
  label: string;
  codes: string[];
}

/** The classifications of several descriptions, in their order. */
export interface ClassifiedList {
  object: "list";
  data: ClassifiedGoods[];
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
 * there is no finer code under it. `name`: in `name_language`, from the pack `named_by` (or `world`, or `entrepot` for
 * a short name of a heading, which is this project's own translation and is not checked); it may be the name of the
 * six digits if the line itself has none. `names`: its own, by language. `called`: everyday names in the
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
 * The agreements on digital trade between two economies on a day, and what they open to the nodes of the two.
 *
 * `read_on`: the day on which the rows were last read. `hash`: of the pack that has them.
 */
export interface AgreementsBetween {
  object: string;
  economy: string;
  partner: string;
  date: string;
  says: string[];
  capabilities: AgreementCapability[];
  in_force: AgreementInForce[];
  not_in_force: AgreementNotInForce[];
  sources: Record<string, CitedSource>;
  read_on: string;
  hash: string;
}

/**
 * What the nodes of the two may open to each other under a name: `open`, `withheld` or `closed`.
 *
 * `agreements`: those that it rests on; none where national law is enough. `effects`: what only a binding article
 * gives, such as the `legal_effect` of documents. `outcome`: estimated where what decides is unchecked.
 */
export interface AgreementCapability {
  name: string;
  title: string;
  state: string;
  says: string[];
  agreements: string[];
  effects: Record<string, boolean>;
  articles: ArticleCited[];
  trust: string | null;
  outcome: string;
}

/** An article that decides: its agreement, the two days of its entry into force, and its trust. */
export interface ArticleCited {
  agreement: string;
  article: string;
  topic: string;
  since: string[];
  trust: string;
}

/** An agreement in force between the two, with its articles. */
export interface AgreementInForce {
  id: string;
  title: string;
  kind: string;
  signed: string | null;
  parties: AgreementParty[];
  articles: AgreementArticle[];
  note: string;
}

/** One of the two economies: the day since which the agreement is in force for it. */
export interface AgreementParty {
  since: string;
  until: string | null;
  trust: string;
  row: string;
  sources: string[];
  economy: string;
}

/**
 * A provision: how far it binds (`force`), and whether it `applies` between the two on this day.
 *
 * `article`: empty where its number was not read. `effect`: what it does where it applies: it `opens` or `closes`
 * `capabilities`, `requires` something of both, or `shows` what it is about. `reason`: why it does not apply.
 * `held_by`: the economies whose transition or reservation that is. `disputes`: null where it is not known.
 */
export interface AgreementArticle {
  since: string;
  until: string | null;
  trust: string;
  row: string;
  sources: string[];
  article: string;
  topic: string;
  name: string;
  says: string;
  force: string;
  effect: string;
  capabilities: string[];
  applies: boolean;
  reason: string | null;
  held_by: string[];
  condition: string;
  exceptions: string[];
  disputes: boolean | null;
  note: string;
}

/** An agreement of one or both that opens nothing between them, and why. */
export interface AgreementNotInForce {
  since: string;
  until: string | null;
  trust: string;
  row: string;
  sources: string[];
  id: string;
  title: string;
  kind: string;
  reason: string;
  says: string;
  note: string;
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
 * An offer to create. Prices in major units of `currency`; measures of one piece.
 *
 * `stock`: pieces that can be ordered; without it they are not counted. `titles`: by language. `freight_on_return`:
 * whether freight and insurance go back to the buyer if all pieces of an order come back. `delivery`: of a service,
 * how this node delivers it.
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
  delivery?: DeliveryTermsWritten | null;
}

/**
 * How a service is delivered. A change replaces all terms.
 *
 * `resource`: the course, or the asset whose calendar is booked; `minutes`: how long a visit is (30); `days`: how long
 * access lasts from the payment (30 for courses and workspaces); `acceptance_days`: after so many days without an
 * objection it is accepted; `cancellation`: by default everything until 24 hours before the start, then nothing;
 * `no_show_percent`: what a buyer is paid back who did not come; `deposit`: of a booking, paid besides and given back
 * `deposit_days` (7) after the use at the latest; `deposit_reasons`: why a part of it may be kept.
 */
export interface DeliveryTermsWritten {
  kind: "booking" | "course" | "visit" | "workspace";
  resource?: string;
  minutes?: number;
  days?: number;
  acceptance_days?: number;
  cancellation?: CancellationStepWritten[];
  no_show_percent?: number;
  licence?: LicenceWritten | null;
  deposit?: string;
  deposit_days?: number;
  deposit_reasons?: ("cleaning" | "damage" | "late_return" | "missing_items")[];
}

/** A buyer who cancels at least so many hours before the start is paid back so many percent. */
export interface CancellationStepWritten {
  hours: number;
  percent: number;
}

/** The licence of the provider, as it states it. The operator of the node says that it was checked. */
export interface LicenceWritten {
  number: string;
  authority: string;
  economy: string;
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
  delivery?: DeliveryTermsWritten | null;
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

/** So many pieces of an offer, or a booking that is held: it says itself what its time is sold as. */
export interface ItemOrdered {
  offer?: string;
  quantity?: number;
  booking?: string;
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

/**
 * Why an order is cancelled: a code, since the ledger keeps it for ever.
 *
 * `delivery`: of an order of another node, the only service that is cancelled, by the terms of its seller.
 * `refund_percent`: of the price of this service, what is to be paid back at least; without it, what it is now.
 */
export interface Cancelled {
  reason?: "changed_mind" | "not_available" | "ordered_by_mistake" | "other" | "too_late" | "wrong_price";
  delivery?: string | null;
  refund_percent?: number | null;
}

/**
 * An objection to a service of another node. `delivery`: its id there, as the order shows it.
 *
 * `reason`: a code; `provider_missing`: its provider did not come, from a quarter of an hour after the start on.
 */
export interface ServiceObjected {
  delivery: string;
  reason: "interrupted" | "not_as_described" | "not_delivered" | "other" | "provider_missing" | "wrong_data";
}

/** The acceptance of a service of another node. `delivery`: its id there, as the order shows it. */
export interface ServiceAccepted {
  delivery: string;
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

/**
 * A part of the price of the goods that the seller pays back without a return, in the currency of the order.
 *
 * `reason`: a code, since the ledger keeps it for ever.
 */
export interface OrderRefunded {
  amount: string;
  reason?: "damaged" | "goodwill" | "not_as_described" | "other" | "too_late";
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
 * An asset to create. `zone`: a name of the IANA time zone database.
 *
 * `units`: how many there are; `capacity`: what one holds; `meters`: offers of metered use by unit (UN/ECE
 * Recommendation 20); `check_in`: minutes before its beginning from which on a booking can be checked in.
 */
export interface AssetWritten {
  titles: Record<string, string>;
  zone: string;
  kind?: "bay" | "device" | "laboratory" | "other" | "person" | "room" | "slot" | "vehicle";
  units?: number;
  capacity?: string;
  place?: AssetPlace;
  weekly?: OpenWindow[];
  exceptions?: OpenException[];
  limits?: BookingLimits;
  bands?: PriceBand[];
  meters?: Record<string, string>;
  check_in?: number;
}

/** Where an asset is: a text, and perhaps degrees of latitude and longitude. */
export interface AssetPlace {
  text?: string;
  latitude?: string;
  longitude?: string;
}

/** Open from a time of day to another one, on days of the week (1: Monday). An earlier end is on the next day. */
export interface OpenWindow {
  since: string;
  until: string;
  days?: number[];
}

/** From a date to a date nothing but these windows is open; without windows it is closed. */
export interface OpenException {
  first: string;
  last?: string;
  windows?: OpenWindow[];
}

/** What can be booked, in minutes. `buffer`: kept free afterwards; `notice`: booked before; `horizon`: in days. */
export interface BookingLimits {
  shortest?: number;
  longest?: number;
  step?: number;
  buffer?: number;
  notice?: number;
  horizon?: number;
}

/** The price of local times: an offer that is sold by the hour (HUR) or the minute (MIN). The first band counts. */
export interface PriceBand {
  offer: string;
  unit?: "HUR" | "MIN";
  since?: string;
  until?: string;
  days?: number[];
}

/** Fields of an asset to change; the others stay. What is booked already stays as it is. */
export interface AssetChanged {
  status?: "active" | "ended" | "paused";
  titles?: Record<string, string>;
  kind?: "bay" | "device" | "laboratory" | "other" | "person" | "room" | "slot" | "vehicle";
  units?: number;
  capacity?: string;
  place?: AssetPlace;
  weekly?: OpenWindow[];
  exceptions?: OpenException[];
  limits?: BookingLimits;
  bands?: PriceBand[];
  meters?: Record<string, string>;
  check_in?: number;
}

/**
 * A time to hold: from `since` to `until`, or for so many `minutes`, else as short as the asset allows.
 *
 * A time without an offset is local time of the asset. One that clocks skip there, or show twice, is refused.
 * `offer`: in place of `asset`, an offer of another node that is sold by time; then `since` has an offset, and
 * `minutes` says how long, unless the offer does.
 */
export interface BookingWritten {
  asset?: string;
  offer?: string;
  since: string;
  until?: string;
  minutes?: number;
}

/**
 * Another time for a booking, what happened with it, or its deposit. `reason`: of a cancellation.
 *
 * `deposit_kept`: what the seller keeps of the deposit after the use, in major units, "0" to give all of it back at
 * once; `deposit_reason`: why, one of those of the booking.
 */
export interface BookingChanged {
  since?: string;
  until?: string;
  status?: "" | "cancelled" | "checked_in" | "finished" | "no_show";
  reason?: "booked_by_mistake" | "changed_mind" | "not_available" | "other";
  deposit_kept?: string;
  deposit_reason?: "" | "cleaning" | "damage" | "late_return" | "missing_items";
}

/** Metered use of a booking: a decimal quantity in a unit (UN/ECE Recommendation 20); negative to correct one. */
export interface UseWritten {
  quantity: string;
  unit: string;
}

/**
 * The consent of the person concerned. `text`: the version of the text that was shown, as the condition names it.
 *
 * `guardian`: the consent of the guardian of a minor; `withdraw`: withdraws the consent, without a `text`.
 */
export interface ConsentGiven {
  text?: string;
  guardian?: boolean;
  withdraw?: boolean;
}

/** Why a buyer objects: a code, since the ledger keeps it for ever. */
export interface DeliveryObjected {
  reason: "interrupted" | "not_as_described" | "not_delivered" | "other" | "wrong_data";
}

/** A token to ask for. `audience`: what it opens, by default the kind of the delivery. */
export interface TokenAsked {
  audience?: "" | "booking" | "course" | "visit" | "workspace";
}

/** A goal: the whole number that an indicator is to reach. Of `release_hours` it is the most. */
export interface GoalWritten {
  indicator: "items_done" | "orders" | "people_trained" | "release_hours" | "sellers";
  target: number;
}

/** A work item: what is to be done, and by which day. */
export interface ItemWritten {
  says: string;
  due: string;
}

/**
 * A programme to create. `economies`: the partners, the own one first. No names of people.
 *
 * `pavilions`, `warehouses`, `courses`: whose orders and learners count; without any of the first two, all orders
 * between the partners.
 */
export interface ProgrammeWritten {
  field: "capacity_building" | "industry_promotion" | "local_cooperation" | "planning_alignment" | "policy_communication";
  title: string;
  economies: string[];
  starts: string;
  ends: string;
  bodies?: string[];
  places?: string[];
  goals?: GoalWritten[];
  items?: ItemWritten[];
  pavilions?: string[];
  warehouses?: string[];
  courses?: string[];
}

/** What changes of a programme. `status`: running, ended or cancelled; `done`: the place of a work item, from 1. */
export interface ProgrammeChanged {
  title?: string | null;
  ends?: string | null;
  bodies?: string[] | null;
  places?: string[] | null;
  goals?: GoalWritten[] | null;
  pavilions?: string[] | null;
  warehouses?: string[] | null;
  courses?: string[] | null;
  status?: "cancelled" | "ended" | "running" | null;
  done?: number | null;
}

/**
 * What a seller sells.
 *
 * `pavilion`: where the market shows it, "" for nowhere; `pictures`: the first stands for the offer; `measures`: of
 * one piece; `stock`: pieces that can still be ordered, null where they are not counted; `version`: grows with each
 * change of what is sold or of its price; `delivery`: the terms of a service that this node delivers.
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
  delivery: DeliveryTermsShown | null;
}

/** A picture of an offer: the paths of its sizes on this node, and the pixels of the larger one. */
export interface PictureShown {
  large: string;
  small: string;
  width: number;
  height: number;
}

/** How a service is delivered, as in the request. `cancellation`: from the most hours to the fewest. */
export interface DeliveryTermsShown {
  kind: "booking" | "course" | "visit" | "workspace";
  resource: string;
  minutes: number;
  days: number;
  acceptance_days: number;
  cancellation: CancellationStepShown[];
  no_show_percent: number;
  licence: LicenceShown | null;
  deposit: string;
  deposit_days: number;
  deposit_reasons: string[];
}

/** A buyer who cancels at least so many hours before the start is paid back so many percent. */
export interface CancellationStepShown {
  hours: number;
  percent: number;
}

/** The licence of the provider. `checked_by`: the operator who checked it, null where nobody has. */
export interface LicenceShown {
  number: string;
  authority: string;
  economy: string;
  checked_by: string | null;
  checked_on: string | null;
}

/**
 * An order. `status` is derived from its payment, its declarations, its shipments or deliveries, and its returns.
 *
 * `attention`: codes of what needs somebody; `waits_for`: messages that a counterpart has not accepted; `reasons`: why
 * it is an order of its own; `orders`: all orders of the checkout; `why`: of its last own event, such as a
 * cancellation. `deposit`: what is paid besides the amounts, and given back after the use. `cancellations`,
 * `objections`, `acceptances`: of single services that another node delivers; `goodwills`: what the seller gives back
 * across nodes without a return.
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
  deposit: string;
  lines: LineShown[];
  quote: QuoteOfOrder;
  supply: string;
  warehouse: string;
  payments: PartShown[];
  declarations: PartShown[];
  shipments: PartShown[];
  deliveries: PartShown[];
  cancellations: ServiceCancellationShown[];
  objections: ServiceObjectionShown[];
  acceptances: ServiceAcceptanceShown[];
  goodwills: GoodwillShown[];
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

/** A line as it was sold. `number`: from 1, as returns name it; `booking`: of a service at a time, else null. */
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
  booking: string | null;
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

/**
 * That the buyer asked another node to cancel a service. `delivery`: its id there; `line`: of the order.
 *
 * `refund_percent`: of its price, what is paid back at least while it is asked, then what the seller's terms give.
 * `reason`: why it is refused: begun, less (they give less by now), ended, not_known (the other node does not know the
 * message), peer_revoked or not_delivered; else empty.
 */
export interface ServiceCancellationShown {
  delivery: string;
  line: number;
  status: "asked" | "cancelled" | "refused";
  refund_percent: number;
  reason: string;
}

/**
 * That the buyer objected to a service of another node. `delivery`: its id there; `line`: of the order.
 *
 * `status`: `told` once that node has recorded it: its operator decides. `why`: it is refused: late, early, not_over,
 * not_known (the other node does not know the message), peer_revoked or not_delivered; else empty.
 */
export interface ServiceObjectionShown {
  delivery: string;
  line: number;
  status: "asked" | "refused" | "told";
  reason: string;
  why: string;
}

/**
 * That the buyer accepted a service of another node. `delivery`: its id there; `line`: of the order.
 *
 * `status`: `accepted` once that node has recorded it. `why`: it is refused: not_over, ended, not_known (the other
 * node does not know the message: it is accepted when its term ends), peer_revoked or not_delivered; else empty.
 */
export interface ServiceAcceptanceShown {
  delivery: string;
  line: number;
  status: "accepted" | "asked" | "refused";
  why: string;
}

/**
 * What the seller gives back of the price across nodes without a return, in the currency of the order.
 *
 * `status`: `paid` once the buyer's node has paid `amount_paid` of it back, less where less was left. `why`: it is
 * refused: nothing_left, not_known (the other node does not know the message), peer_revoked or not_delivered; else
 * empty.
 */
export interface GoodwillShown {
  id: string;
  amount: string;
  amount_paid: string;
  reason: string;
  status: "asked" | "paid" | "refused";
  why: string;
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
 * `total`: of all orders, with their deposits; null where they have several currencies.
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
 * `items`: as in the request, by offer; `identity`: whether customs asks for the buyer's identity; `deposit`: what is
 * paid besides, and given back after the use.
 */
export interface OrderQuoted {
  seller: string;
  currency: string;
  amounts: AmountsShown;
  deposit: string;
  items: entrepot.web.trade.shapes.ItemShown[];
  quote: QuoteOfOrder;
  title: string;
  identity: boolean;
  supply: string;
  reasons: ReasonShown[];
}

/** So many pieces of an offer. */
export interface entrepot.web.trade.shapes.ItemShown {
  offer: string;
  quantity: number;
}

/**
 * The payment of an order. `transaction`: its number in the declaration; `error`: why it failed.
 *
 * `status`: one of created, requires_action, authorized, captured, deposit_returned (only the deposit of a booking
 * went back, nothing of the price), partially_refunded, refunded, disputed, failed, expired, cancelled. `action`: for
 * the buyer, where the provider asks for it: the `url` or the `client_secret` with which to pay.
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

/**
 * A refund of a payment. `status`: pending, succeeded or failed; `amount_deposit`: what of it is a deposit.
 *
 * A deposit of a booking is no part of the price. Refunds from before this was recorded have 0 there.
 */
export interface RefundShown {
  id: string;
  amount: string;
  amount_deposit: string;
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

/** Something with a calendar that is booked by time. `feed`: whether its calendar feed is open. */
export interface AssetShown {
  object: "asset";
  id: string;
  created: string;
  status: "active" | "ended" | "paused";
  seller: string;
  version: number;
  feed: boolean;
  titles: Record<string, string>;
  kind: string;
  zone: string;
  units: number;
  capacity: string;
  place: AssetPlace;
  weekly: OpenWindow[];
  exceptions: OpenException[];
  limits: BookingLimits;
  bands: PriceBand[];
  meters: Record<string, string>;
  check_in: number;
}

/** A time that can be booked, on so many units. */
export interface FreeTimeShown {
  object: "free_time";
  since: string;
  until: string;
  units: number;
  lines: SoldAs[];
}

/** What a time is sold as: so many hours or minutes of an offer. It becomes a line of an order. */
export interface SoldAs {
  offer: string;
  quantity: number;
}

/**
 * A time of one unit of an asset.
 *
 * `expires`: when the hold lapses if it is not ordered, null once it is booked; `order`: in which it is paid; `used`:
 * metered quantities by their unit; `usage_order`: in which they are paid.
 */
export interface BookingShown {
  object: "booking";
  id: string;
  created: string;
  status: "booked" | "cancelled" | "checked_in" | "finished" | "held" | "lapsed" | "no_show";
  asset: string;
  unit: number;
  seller: string;
  buyer: string;
  since: string;
  until: string;
  lines: SoldAs[];
  expires: string | null;
  order: string;
  used: Record<string, string>;
  usage_order: string;
  deposit: DepositShown | null;
  why: string;
}

/**
 * The deposit of a paid booking, which is no part of its price. `until`: when it is given back at the latest.
 *
 * `reasons`: why a part of it may be kept; `kept`, `returned`, `reason`: how it was settled.
 */
export interface DepositShown {
  state: "held" | "settled";
  currency: string;
  amount: string;
  until: string | null;
  reasons: string[];
  kept: string;
  returned: string;
  reason: string;
}

/**
 * The delivery of a line of an order: of a service.
 *
 * `economies`: the provider's and the buyer's; `starts_at`: null for at once; `ends_at`: when access ends, if it does;
 * `used`: quantities by unit (UN/ECE Recommendation 20); `evidence`: codes, ids and hashes, never content;
 * `accept_until`: without an objection it is accepted then; `why`: of its last event that has a reason.
 */
export interface ServiceDeliveryShown {
  object: "delivery";
  id: string;
  created: string;
  status: "accepted" | "cancelled" | "closed" | "delivered" | "no_show" | "objected" | "ready" | "started" | "waiting";
  order: string;
  line: number;
  seller: string;
  buyer: string;
  kind: "booking" | "course" | "visit" | "workspace";
  service: string;
  titles: Record<string, string>;
  quantity: number;
  unit: string;
  currency: string;
  amount: string;
  amount_refunded: string;
  economies: string[];
  starts_at: string | null;
  ends_at: string | null;
  booking: string | null;
  terms: DeliveryTermsShown;
  rules: ServiceRuleShown[];
  conditions: DeliveryConditionShown[];
  sessions: DeliverySessionsShown;
  used: Record<string, string>;
  evidence: string[];
  accept_until: string | null;
  why: string;
}

/** What the law of an economy says of the service, with how sure it is and its sources. `id`: of its row. */
export interface ServiceRuleShown {
  economy: string;
  id: string;
  kind: string;
  authority: string;
  says: string;
  trust: string;
  sources: string[];
}

/**
 * What must be met before anything opens.
 *
 * `says`: what it asks, in the language of the request; `by`, `changed_at`: who met or withdrew it, and when; `text`:
 * the version of the text to consent to; `economies`: the jurisdictions that it names.
 */
export interface DeliveryConditionShown {
  id: "closed" | "consent" | "guardian" | "licence";
  status: "met" | "open" | "withdrawn";
  says: string;
  by: string | null;
  changed_at: string | null;
  text: string;
  economies: string[];
}

/** The sessions as the connections show them: how many, their seconds together, the first begin, the last end. */
export interface DeliverySessionsShown {
  count: number;
  seconds: number;
  under_way: boolean;
  begun_at: string | null;
  ended_at: string | null;
}

/** A token that opens one session of a delivery, once, within `expires_in` seconds. Keep it out of addresses. */
export interface DeliveryToken {
  object: "delivery_token";
  delivery: string;
  audience: "booking" | "course" | "visit" | "workspace";
  token: string;
  expires_in: number;
}

/**
 * An offer of the market. `landed`: with the parameter `to`; `stock`: null where pieces are not counted.
 *
 * `delivery`: the terms of a service that this node delivers.
 */
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
  delivery: DeliveryTermsShown | null;
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

/** A payout. `status`: requested, in_transit, paid or failed; `reference`: at the provider; `error`: why failed. */
export interface PayoutShown {
  object: "payout";
  id: string;
  created: string;
  status: string;
  seller: string;
  provider: string;
  currency: string;
  amount: string;
  reference: string;
  error: string;
}

/**
 * A statement of a month and a currency, without its lines: `closing` is `opening` and all of them.
 *
 * `totals`: the sum of each kind of line; `count`: how many lines there are.
 */
export interface StatementShown {
  object: "statement";
  seller: string;
  month: string;
  currency: string;
  opening: string;
  closing: string;
  totals: Record<string, string>;
  taxes: TaxesShown[];
  count: number;
}

/** Duties and taxes that buyers paid with the seller's sales: owed to `account`, never to the seller. */
export interface TaxesShown {
  account: string;
  collected: string;
  returned: string;
  owed: string;
}

/** A statement with a page of its lines. */
export interface StatementRead {
  object: "statement";
  seller: string;
  month: string;
  currency: string;
  opening: string;
  closing: string;
  totals: Record<string, string>;
  taxes: TaxesShown[];
  count: number;
  has_more: boolean;
  lines: StatementLineShown[];
}

/** A line: an amount added to what the seller is owed. `number`: from 1; `about`: its object; `event`: its event. */
export interface StatementLineShown {
  number: number;
  time: string;
  kind: string;
  about: string;
  event: string;
  amount: string;
}

/** A course. `source`: pages of this node, or a tool of the seller (LTI); `version`: how often it was published. */
export interface CourseShown {
  object: "course";
  id: string;
  created: string;
  status: "closed" | "draft" | "open";
  title: string;
  summary: string;
  language: string;
  source: "pages" | "tool";
  pass_percent: number;
  version: number;
}

/** A learner in a course, by the number of the seat. `percent`: the best final score, null before there is one. */
export interface EnrolmentShown {
  object: "enrolment";
  id: string;
  created: string;
  status: "completed" | "ended" | "enrolled" | "started";
  course: string;
  delivery: string;
  order: string;
  seat: number;
  started: string | null;
  completed: string | null;
  percent: string | null;
  reason: string;
}

/** A workspace. `seats`: how many were bought; `seats_taken`: by members; `guests`: links; `quota`: in bytes. */
export interface WorkspaceShown {
  object: "workspace";
  id: string;
  created: string;
  status: "open";
  delivery: string;
  seats: number;
  seats_taken: number;
  guests: number;
  quota: number;
}

/**
 * An indicator as measured from the ledger of this node.
 *
 * `value`: null where nothing can be measured yet; `target`, `reached`: null without a goal.
 */
export interface IndicatorShown {
  indicator: "items_done" | "orders" | "people_trained" | "release_hours" | "sellers";
  value: number | null;
  target: number | null;
  reached: boolean | null;
}

/** A work item. `done`: the day on which it was done; null before. */
export interface entrepot.web.trade.programme_shapes.ItemShown {
  says: string;
  due: string;
  done: string | null;
}

/**
 * A programme of the operator. `agreements`: those in force between the partners on its first day.
 *
 * `indicators`: measured now; null in a list.
 */
export interface ProgrammeShown {
  object: "programme";
  id: string;
  created: string;
  status: "cancelled" | "ended" | "planned" | "running";
  field: "capacity_building" | "industry_promotion" | "local_cooperation" | "planning_alignment" | "policy_communication";
  title: string;
  economies: string[];
  agreements: string[];
  bodies: string[];
  places: string[];
  starts: string;
  ends: string;
  items: entrepot.web.trade.programme_shapes.ItemShown[];
  pavilions: string[];
  warehouses: string[];
  courses: string[];
  indicators: IndicatorShown[] | null;
}

/**
 * A row of the template. `exports`, `imports`: null where they are not known or held back.
 *
 * `exports_at_least`, `imports_at_least`, `at_least`: a part is not known; `exports_held_back`, `imports_held_back`:
 * `held_back` where disclosure control holds the figure back.
 */
export interface StatisticsRow {
  id: string;
  measure: string;
  exports: string | null;
  exports_at_least: boolean;
  exports_held_back: string | null;
  imports: string | null;
  imports_at_least: boolean;
  imports_held_back: string | null;
  at_least: boolean;
}

/** A day without an exchange rate: the sales of that day are not known. */
export interface MissingRate {
  currency: string;
  day: string;
}

/**
 * The table of digital trade of this node for a period, after disclosure control.
 *
 * `empty`: nothing was recorded, so no figure is known; `partners`, `sectors`, `products`: of which there are tables;
 * `held_back`: how many figures are held back.
 */
export interface StatisticsTable {
  object: "digital_trade_table";
  reporter: string;
  partner: string;
  sector: string;
  product: string;
  period: string;
  currency: string;
  valuation: "CIF" | "FOB" | "price";
  empty: boolean;
  rows: StatisticsRow[];
  partners: string[];
  sectors: string[];
  products: string[];
  held_back: number;
  missing_rates: MissingRate[];
}

/**
 * Published statistics that the operator added: who published what, and when. It stands beside each figure.
 *
 * `definition`: of what could be delivered over networks (`deliverable`) or what was; `unit`, `multiplier`: a value
 * is so many units times ten to the power of the multiplier; `left_out`: areas of the file that are no economies.
 */
export interface PublishedSource {
  object: "published_statistics";
  id: string;
  title: string;
  definition: "deliverable" | "delivered";
  publisher: string;
  vintage: string;
  unit: string;
  multiplier: number;
  sha256: string;
  years: number[];
  left_out: string[];
}

/** A place of a ranking. `area`: by three letters; equal values share a place. */
export interface RankedPlace {
  rank: number;
  area: string;
  value: string;
}

/** Economies by published statistics of a year. `missing`: those without a value, which may have any place. */
export interface RankingShown {
  object: "ranking";
  source: PublishedSource;
  year: number;
  flow: "both" | "exports" | "imports";
  places: RankedPlace[];
  missing: string[];
}

/**
 * A part of a gap, never more than is left of it after those before.
 *
 * `cif_fob`: freight and insurance; `revised`: by what this node revised since the other one's table was made; `time`:
 * at most, the opposite gap of the period after or before; `classification`: at most, the opposite gap of the other
 * rows of the same whole; `coverage`: one side reports 0; `unexplained`: what published figures do not explain.
 */
export interface GapReason {
  reason: "cif_fob" | "classification" | "coverage" | "revised" | "time" | "unexplained";
  amount: string;
}

/**
 * A measure as the exporter and as the importer published it. The reasons add up to the gap.
 *
 * `gap`: null where a figure is not known or held back, which `why` says.
 */
export interface MirrorRow {
  measure: string;
  exports: string | null;
  imports: string | null;
  gap: string | null;
  at_least: boolean;
  why: "held_back" | "not_known" | null;
  reasons: GapReason[];
}

/** One direction of the trade of two nodes; without rows where a side has published nothing. */
export interface MirrorFlow {
  exporter: string;
  importer: string;
  rows: MirrorRow[];
}

/** A table that one of the two nodes has published, and when. */
export interface PublishedVintage {
  economy: string;
  valuation: string;
  made: string;
}

/**
 * The mirror of this node and another one, from what each has published, both ways.
 *
 * `compared`: false where one of them has published nothing for this period and currency: then no tables are compared.
 */
export interface PublishedMirror {
  object: "published_mirror";
  peer: string;
  economies: string[];
  period: string;
  currency: string;
  published: PublishedVintage[];
  compared: boolean;
  flows: MirrorFlow[];
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
 * `amount` is null. `at_least`: true where the base leaves out a charge that is not known. `citations`: the rows of
 * law that decided, keys of `law.rows`.
 */
export interface Charge {
  id: string;
  kind: "additional_duty" | "duty" | "excise" | "fee" | "income_tax" | "vat";
  name: string;
  amount: string | null;
  amount_low?: string;
  amount_high?: string;
  at_least?: boolean;
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
  at_least?: boolean;
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
