// The tour of a first visit, by keyboard; and the scope: the tenant in the address limits every question of every page.

/** Questions about the account, the server or the language, which no tenant limits. */
const UNLIMITED = /^\/api\/v1\/(me|status|session|org|flows|query\/parse|query\/complete)(\/|$)/;

/** Which services there are, so that each has a colour of its own on every page: of all tenants and a day, whatever is shown. */
const isOfColors = ({ pathname, searchParams }) => pathname === "/api/v1/services" && searchParams.get("from") === "now-24h";

export class TourWalk {
  #walk;
  #page;
  #checks;

  constructor({ walk, page, checks }) {
    this.#walk = walk;
    this.#page = page;
    this.#checks = checks;
  }

  get #card() {
    return this.#page.locator("[data-tour-step]");
  }

  #step() {
    return this.#card.getAttribute("data-tour-step");
  }

  /** It comes by itself once, goes on and back by keys, is skipped for good, and is found again in the help. */
  async firstVisit() {
    const page = this.#page;
    await this.#walk.open("/");
    await this.#card.waitFor();
    await this.#checks.becomes(() => this.#card.getAttribute("role"), "dialog", "role of the tour");
    await this.#checks.becomes(() => this.#card.evaluate((card) => card === document.activeElement), true, "the tour takes the focus");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await this.#checks.becomes(() => this.#step(), "3", "step of the tour after two arrows");
    await this.#checks.becomes(() => page.locator(".tour-target").count(), 1, "elements that the tour points at");
    await page.keyboard.press("ArrowLeft");
    await this.#checks.becomes(() => this.#step(), "2", "step of the tour after going back");
    await page.keyboard.press("Escape");
    await this.#card.waitFor({ state: "detached" });
    await this.#walk.open("/");
    await page.locator(".side nav").waitFor();
    this.#checks.same(await this.#card.count(), 0, "tours after it was skipped");
    await page.keyboard.press("?");
    await page.locator("[data-start-tour]").click();
    await this.#card.waitFor();
    for (let left = 12; left > 0 && (await this.#card.count()) > 0; left -= 1) await this.#card.getByRole("button", { name: /^(Next|Done)$/ }).click();
    await this.#checks.becomes(() => this.#card.count(), 0, "tours after its last step");
  }

  /** From the page it was picked on, every link of the side bar takes the tenant along; taken off, all are shown again. */
  async staysPicked(tenant) {
    const page = this.#page;
    const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link");
    const names = await links.allInnerTexts();
    this.#checks.that(names.length >= 11, `the side bar has ${names.length} pages`);
    for (const name of names) {
      await links.filter({ hasText: name.trim() }).first().click();
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      this.#checks.same(new URL(page.url()).searchParams.get("tenant"), tenant, `tenant of the address after the link to ${name.trim()}`);
    }
  }

  /** Opens each page with a tenant in the address and looks at what it asks for. */
  async everyPageIsLimited(tenant, paths) {
    const page = this.#page;
    const asked = [];
    const note = (request) => asked.push(request.url());
    page.on("request", note);
    for (const path of paths) {
      asked.length = 0;
      const separator = path.includes("?") ? "&" : "?";
      await this.#walk.open(`${path}${separator}tenant=${encodeURIComponent(tenant)}`);
      const questions = asked.map((address) => new URL(address)).filter((address) => address.pathname.startsWith("/api/v1/") && !UNLIMITED.test(address.pathname) && !isOfColors(address));
      this.#checks.that(questions.length > 0, `${path} asks for nothing that a tenant could limit`);
      // The list of tenants to pick from is that of all: else nobody could change the choice.
      const loose = questions.filter(({ pathname, searchParams }) => searchParams.get("tenant") !== tenant && !pathname.endsWith("/fields/tenant/values"));
      this.#checks.that(loose.length === 0, `${path} ignores the tenant in: ${loose.map(({ pathname, search }) => pathname + search).join(" ")}`);
      await this.#checks.becomes(() => page.getByRole("button", { name: new RegExp(`^tenant: ${tenant}`) }).count(), 1, `places where ${path} says that it shows ${tenant} only`);
    }
    page.off("request", note);
  }
}
