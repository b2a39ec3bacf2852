// Signs or verifies one message with the npm package http-message-signatures. Reads JSON, writes JSON.
const { createPublicKey, createPrivateKey } = require("node:crypto");
const { httpbis, createSigner, createVerifier } = require("http-message-signatures");

const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

async function main() {
    if (given.action === "sign") {
        const key = createSigner(createPrivateKey(given.pem), given.algorithm, given.keyid);
        const times = { created: new Date(given.created * 1000), expires: new Date((given.created + 300) * 1000) };
        return httpbis.signMessage(
            {
                key,
                fields: given.fields,
                name: "sig1",
                params: ["created", "expires", "keyid", "nonce", "tag"],
                paramValues: { ...times, nonce: given.nonce, tag: given.tag },
            },
            given.message,
            given.request,
        );
    }
    const verify = createVerifier(createPublicKey(given.pem), given.algorithm);
    const config = { keyLookup: async () => ({ id: given.keyid, algs: [given.algorithm], verify }), tolerance: 60 };
    return { verified: await httpbis.verifyMessage(config, given.message, given.request) };
}

main().then(
    (found) => process.stdout.write(JSON.stringify(found)),
    (error) => process.stdout.write(JSON.stringify({ error: String(error) })),
);
