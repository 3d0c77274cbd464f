// oidc-provider with what the bench asks of it, and nothing that would slow it down.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Provider } from "oidc-provider";

const { default: adapter, ...store } = await import(`./${process.env.PEER_STORE}.mjs`);
export { store };
export const CALLBACK = "https://bench.example/callback";
export const VERIFIER = "v".repeat(50);
export const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");
export const SECRET = "only-for-the-bench-0123456789-abcdefghijklmnop";
const DAY = 86400;
const grants = { grant_types: ["authorization_code", "refresh_token", "client_credentials"], redirect_uris: [CALLBACK] };

export const provider = new Provider(process.env.PEER_ISSUER, {
  adapter,
  jwks: JSON.parse(readFileSync(process.env.PEER_JWKS, "utf8")),
  clients: [
    { client_id: "bench", client_secret: SECRET, ...grants },
    { client_id: "pocket", token_endpoint_auth_method: "none", ...grants, grant_types: grants.grant_types.slice(0, 2) },
  ],
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email", "email_verified"] },
  scopes: ["openid", "profile", "email", "offline_access"],
  // The person is known without a question to any store.
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Person ${id}`, preferred_username: id, email: `${id}@bench.example`, email_verified: false }),
  }),
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: false },
  },
  issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
  interactions: { url: () => "/interaction" },
  ttl: {
    AccessToken: 3600, AuthorizationCode: 3600, ClientCredentials: 3600, IdToken: 3600, RefreshToken: 14 * DAY, Grant: 14 * DAY,
    Session: 14 * DAY, Interaction: 3600,
  },
});
