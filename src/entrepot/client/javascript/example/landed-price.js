/**
 * The price at the buyer's door, on a page of a shop: goods, shipping, and every duty and tax by its name.
 *
 * The page has a form with what is sold (see index.html); the node answers with the JavaScript client and a publishable
 * key, which may stand in a page: it asks for quotes and nothing else, and only from the web sites that it names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

for (const form of document.querySelectorAll("form.landed-price")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(form);
  });
}

/** Ask for a quote and show it. The last request counts, if the buyer is faster than the node. */
async function show(form) {
  const { node, key } = form.dataset;
  const output = form.querySelector("output");
  const button = form.querySelector("button");
  button.disabled = true;
  output.replaceChildren("…");
  try {
    const { Client } = await import(`${node}/entrepot.js`);
    const client = new Client(node, { key, language: document.documentElement.lang });
    output.replaceChildren(...answer(await client.createQuote(saleOf(form))));
  } catch (error) {
    // The message of an error of the node says what is wrong; one of the network is for the console.
    console.error(error);
    const says = error.code && error.status < 500 ? error.message : "The price cannot be calculated now. Try again later.";
    output.replaceChildren(element("p", says, "bad"));
  } finally {
    button.disabled = false;
  }
}

/** What is sold, as the API takes it. Amounts are texts: a JavaScript number is not exact. */
function saleOf(form) {
  const given = form.dataset;
  const quantity = BigInt(form.elements.quantity.value);
  return {
    ship_from: { country: given.shipFrom },
    ship_to: { country: form.elements.country.value },
    channel: "ecommerce",
    buyer: { kind: "consumer" },
    currency: given.currency,
    shipping_cost: given.shipping,
    insurance_cost: "0",
    lines: [
      {
        hs_code: given.hsCode,
        country_of_origin: given.origin,
        amount: times(given.price, quantity),
        quantity: String(quantity),
        net_mass_kg: times(given.netMassKg, quantity),
      },
    ],
  };
}

/** A decimal number times a whole one, exactly. */
function times(decimal, count) {
  const [whole, part = ""] = decimal.split(".");
  const digits = (BigInt(whole + part) * count).toString().padStart(part.length + 1, "0");
  return part ? `${digits.slice(0, -part.length)}.${digits.slice(-part.length)}` : digits;
}

/** The parts of the answer: what the best procedure costs, or why there is no price. */
function answer(quote) {
  const option = quote.options.find(({ id }) => id === (quote.best ?? quote.best_conditional));
  if (!option) return [element("p", quote.assessment.reasons[0]?.message ?? "These goods cannot be sent there.", "bad")];
  const money = (amount) => `${quote.currency} ${amount}`;
  const list = document.createElement("dl");
  const add = (name, value, look) => list.append(element("dt", name, look), element("dd", value, look));
  const totals = option.amount_subtotals;
  if (totals) {
    add("Goods", money(totals.goods));
    add("Shipping", money(totals.shipping));
  }
  for (const charge of option.charges.filter(({ charged_to }) => charged_to === "buyer")) {
    const collected = ["platform", "seller"].includes(charge.collected_by) ? "" : ", paid on arrival";
    add(`${charge.name} (${charge.rate_details.text}${collected})`, charge.amount === null ? between(charge, "amount", money) : money(charge.amount));
  }
  add("At your door", option.amount_landed === null ? between(option, "amount_landed", money) : money(option.amount_landed), "total");
  const asked = option.conditions.filter(({ state }) => state === "asked").map(({ says }) => element("p", `If: ${says}`, "quiet"));
  return [list, ...asked, element("p", `${option.title}, by the law of ${quote.law.date}.`, "quiet")];
}

/** Where a figure is not known exactly: between which it lies. */
function between(record, name, money) {
  const low = record[`${name}_low`];
  const high = record[`${name}_high`];
  if (!low) return "not known";
  return high ? `${money(low)} to ${money(high)}` : `from ${money(low)}`;
}

function element(name, text, look) {
  const made = document.createElement(name);
  made.textContent = text;
  if (look) made.className = look;
  return made;
}
