// Passkeys: shown where the browser knows them; every other way in works without this file.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(url, token, content) {
  const headers = { "X-CSRFToken": token, "Content-Type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(content ?? {}) });
  if (answer.redirected) { location.assign(answer.url); return new Promise(() => {}); }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail || "Le hub n'a pas pu lire la réponse. Réessayez.");
  return said;
}

function described(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = text(credential.response[name]);
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} };
}

async function prove(options) {
  const allowCredentials = (options.allowCredentials || []).map((each) => ({ ...each, id: bytes(each.id) }));
  return navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials } });
}

async function make(options) {
  const user = { ...options.user, id: bytes(options.user.id) };
  const excludeCredentials = (options.excludeCredentials || []).map((each) => ({ ...each, id: bytes(each.id) }));
  return navigator.credentials.create({
    publicKey: { ...options, challenge: bytes(options.challenge), user, excludeCredentials },
  });
}

async function run(form, making) {
  const token = form.elements.csrf_token.value;
  const options = await post(form.action, token);
  const answer = described(await (making ? make : prove)(options));
  const sent = making ? { answer, name: form.elements.name.value } : answer;
  location.assign((await post(form.dataset.then, token, sent)).next);
}

if (window.PublicKeyCredential)
  for (const section of document.querySelectorAll("[data-passkey-entry], [data-passkey-new]")) {
    section.hidden = false;
    const form = section.querySelector("form"), error = section.querySelector("[role=alert]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      error.hidden = true;
      run(form, section.hasAttribute("data-passkey-new")).catch((problem) => {
        const refused = problem.name === "NotAllowedError" || problem.name === "AbortError";
        error.textContent = refused ? "La clé d'accès n'a pas été présentée. Réessayez, ou entrez autrement." : problem.message;
        error.hidden = false;
      });
    });
  }
