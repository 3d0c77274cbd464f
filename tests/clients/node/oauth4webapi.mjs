// oauth4webapi, unmodified: the strictest reading of OAuth 2.1 and OIDC.
import * as oauth from "oauth4webapi";
import { hear, say } from "./lines.mjs";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, CALLBACK, RS_ID, RS_SECRET, API } = process.env;
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(ISSUER);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const client = { client_id: CLIENT_ID };
const auth = oauth.ClientSecretBasic(CLIENT_SECRET);
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();

const url = new URL(as.authorization_endpoint);
const asked = {
  client_id: CLIENT_ID, redirect_uri: CALLBACK, response_type: "code", scope: "openid profile offline_access vso.profile", state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
};
for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
say({ url: url.href });

const params = oauth.validateAuthResponse(as, client, new URL(await hear()), state);
const answer = await oauth.authorizationCodeGrantRequest(as, client, auth, params, CALLBACK, verifier, insecure);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, requireIdToken: true });
const sub = oauth.getValidatedIdTokenClaims(tokens).sub;
const userinfo = await oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, insecure));
const api = (token) => oauth.protectedResourceRequest(token, "GET", new URL(API), undefined, undefined, insecure);
const server = { client_id: RS_ID };
const introspect = async (token) => oauth.processIntrospectionResponse(
  as, server, await oauth.introspectionRequest(as, server, oauth.ClientSecretBasic(RS_SECRET), token, insecure));
const refresh = async (token) => oauth.processRefreshTokenResponse(
  as, client, await oauth.refreshTokenGrantRequest(as, client, auth, token, insecure));
const refreshed = await refresh(tokens.refresh_token);
say({
  name: (await (await api(tokens.access_token)).json()).displayName, sub: Boolean(sub), userinfo: userinfo.name,
  active: (await introspect(tokens.access_token)).active, rotated: refreshed.refresh_token !== tokens.refresh_token,
});

await hear();
say({
  api: await api(refreshed.access_token).then((r) => r.status, (error) => error.response?.status ?? error.status),
  refresh: await refresh(refreshed.refresh_token).then(() => "ok", (error) => error.error),
  active: (await introspect(refreshed.access_token)).active,
});
process.exit(0);
