// Passkeys: what is asked of the browser stands in the page or, at sign-in, is fetched; what it answers goes back in the form.
const { create, get } = window.webauthnJSON ?? {};

const asked = async (button) => {
  if (button.dataset.passkey === "login") {
    const answer = await fetch(button.form.action, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options;
  }
  const said = JSON.parse(document.getElementById("js_data").textContent);
  return said.creation_options ?? said.request_options;
};

// A key that is to open the account alone is kept by the device, and asks for a finger, a face or a code.
const forSigningIn = (options, alone) => {
  const wanted = alone
    ? { residentKey: "required", requireResidentKey: true, userVerification: "required" }
    : { residentKey: "discouraged", requireResidentKey: false };
  const { publicKey } = options;
  return { ...options, publicKey: { ...publicKey, authenticatorSelection: { ...publicKey.authenticatorSelection, ...wanted } } };
};

const answer = async (button) => {
  const options = await asked(button);
  if (button.dataset.passkey !== "create") return get(options);
  return create(forSigningIn(options, button.form.elements.passwordless?.checked ?? false));
};

for (const button of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const trouble = document.getElementById(button.getAttribute("aria-describedby"));
  button.hidden = false;
  for (const words of document.querySelectorAll("[data-without-passkeys]")) words.hidden = true;
  button.addEventListener("click", async () => {
    trouble.textContent = "";
    try {
      button.form.elements.credential.value = JSON.stringify(await answer(button));
      button.form.submit();
    } catch {
      trouble.textContent = trouble.dataset.said;
    }
  });
}
